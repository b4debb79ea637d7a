// SPDX-License-Identifier: MIT
// Letters in a response that can name an option. Internal to tasks/; choice_letter.cc has the rules
// that pick one.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace paq {

/// Bytes that a statement, or the words around a letter, can span: keeps the time linear in the
/// response, whatever it is made of.
inline constexpr size_t kChoiceReach = 300;

/// A letter that stands alone and is not the article.
struct ChoiceCandidate {
  size_t begin = 0, end = 0;  ///< With its brackets and the mark after it.
  char letter = 0;            ///< 'A' to 'H'
  bool marked = false;        ///< "(B)"
  bool listed = false;        ///< "B." "B)" "B:"
  bool upper = false;
  bool line_start = false;
  bool closes_line = false;  ///< Nothing but punctuation until the line ends.
  bool rejected = false;
};

/// Typography, LaTeX and markdown in terms of the ASCII that the rules look at: "**B**", "`B`" and
/// "$B$" become "(B)", other stars and backticks go, full-width letters become ASCII.
std::string prepare_choice_text(std::string_view response);

/// The letters of a prepared text, in order, with what reject_choices() says of them.
std::vector<ChoiceCandidate> choice_candidates(std::string_view text);

/// Marks the letters that are named without being chosen: rejected, or undecided ("B or C").
void reject_choices(std::string_view text, std::vector<ChoiceCandidate>& candidates);

/// The candidates that are neither rejected nor items of a list of options.
std::vector<ChoiceCandidate> without_lists(std::vector<ChoiceCandidate> candidates);

/// The letter that opens a response with its mark or alone on its line: "B. blue", "(B) because".
std::optional<char> opening_choice(std::string_view text,
                                   const std::vector<ChoiceCandidate>& candidates);

/// A letter that opens the response otherwise ("B because ..."), else the last marked one, else one
/// that ends it, else an opening one that the response goes on to weigh ("A is too bright").
std::optional<char> placed_choice(std::string_view text,
                                  const std::vector<ChoiceCandidate>& candidates);

/// Whether text[i], not a letter or digit, ends a sentence or line.
bool ends_sentence(std::string_view text, size_t i);

/// Up to `count` lower-case words of the same sentence after `begin`.
std::vector<std::string> words_after(std::string_view text, size_t begin, size_t count);

/// The same before `end`, nearest first.
std::vector<std::string> words_before(std::string_view text, size_t end, size_t count);

bool is_word_char(char c);

/// 'A' to 'H' in either case.
bool is_option(char c);

/// "is", "would", ...: what stands between an option and what is said of it.
bool is_choice_verb(std::string_view word);

/// "the", "option", "clearly", ...: what can stand between "answer is" or "not" and the option.
bool is_choice_filler(std::string_view word);

template <size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace paq
