// SPDX-License-Identifier: MIT
// The option that a response settles on where the options are known. Strongest first:
//   1. the answer is one option's text, even where that has letters in it ("Both A and B"), unless
//      it is a single letter;
//   2. the option's letter;
//   3. the answer is the option's number, as ARC labels some: "2", "(2)", "2. blue";
//   4. the option's place in words: "the second option", "option two".
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tasks/ascii.h"
#include "tasks/choice_candidates.h"
#include "tasks/extract.h"
#include "tasks/statement.h"

namespace paq {
namespace {

constexpr auto kOrdinals = std::to_array<std::string_view>(
    {"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"});
constexpr auto kCardinals = std::to_array<std::string_view>(
    {"one", "two", "three", "four", "five", "six", "seven", "eight"});
constexpr auto kNouns = std::to_array<std::string_view>({"option", "choice", "answer", "number"});

template <size_t N>
std::optional<size_t> place_in(const std::array<std::string_view, N>& words,
                               std::string_view word) {
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) return std::nullopt;
  return static_cast<size_t>(found - words.begin());
}

std::optional<size_t> option_by_text(std::string_view answer,
                                     std::span<const std::string> choices) {
  const std::string wanted = normalise_answer(answer);
  if (wanted.size() == 1 && is_option(wanted.front())) return std::nullopt;
  // Formulas differ in nothing but marks, which normalise_answer() drops.
  if (std::count(choices.begin(), choices.end(), answer) == 1) {
    return static_cast<size_t>(std::find(choices.begin(), choices.end(), answer) - choices.begin());
  }
  std::optional<size_t> found;
  for (size_t i = 0; i < choices.size(); ++i) {
    if (wanted.empty() || normalise_answer(choices[i]) != wanted) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

std::optional<size_t> option_by_digit(std::string_view answer) {
  size_t i = answer.find_first_not_of("([*_`\"' ");
  if (i == answer.npos) return std::nullopt;
  const std::string start = to_lower(answer.substr(i, 8));
  for (const std::string_view noun : {"option ", "choice ", "number "}) {
    if (start.starts_with(noun)) i += noun.size();
  }
  if (i >= answer.size() || answer[i] < '1' || answer[i] > '8') return std::nullopt;
  // "2", "2)", "2. blue" and "2: blue", but neither "25", "2.5" nor "2 apples".
  const std::string_view rest = answer.substr(i + 1);
  const size_t more = rest.find_first_not_of(")]*_`\"'.: ");
  const bool marked = !rest.empty() && std::string_view(")].:").find(rest.front()) != rest.npos;
  if (more != rest.npos && (!marked || (rest.front() == '.' && is_digit(rest[more])))) {
    return std::nullopt;
  }
  return static_cast<size_t>(answer[i] - '1');
}

std::optional<size_t> option_by_words(std::string_view text, size_t count) {
  std::optional<size_t> last;
  const std::vector<std::string> words = words_after(text, 0, 40);
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const bool noun = is_one_of(words[i + 1], kNouns) || words[i + 1] == "one";
    if (const auto place = place_in(kOrdinals, words[i]); place && noun) last = place;
    if (words[i] == "last" && noun) last = count - 1;
    if (is_one_of(words[i], kNouns)) {
      if (const auto place = place_in(kCardinals, words[i + 1])) last = place;
    }
  }
  return last;
}

}  // namespace

std::optional<char> chosen_option(std::string_view response, std::span<const std::string> choices) {
  if (choices.empty()) return choice_letter(response);
  const auto letter_of = [&](std::optional<size_t> option) -> std::optional<char> {
    if (!option || *option >= choices.size()) return std::nullopt;
    return static_cast<char>('A' + *option);
  };
  const std::string_view answer = short_answer(response);
  if (const auto letter = letter_of(option_by_text(answer, choices))) return letter;
  // "All of the above (A, B and C)"
  if (answer.ends_with(')') && answer.find(" (") != answer.npos) {
    const std::string_view text = answer.substr(0, answer.find(" ("));
    if (const auto letter = letter_of(option_by_text(text, choices))) return letter;
  }
  if (const auto letter = choice_letter(response, choices.size())) return letter;
  if (const auto letter = letter_of(option_by_digit(answer))) return letter;
  return letter_of(option_by_words(answer, choices.size()));
}

}  // namespace paq
