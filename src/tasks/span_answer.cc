// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "tasks/ascii.h"
#include "tasks/choice_candidates.h"
#include "tasks/code_block.h"
#include "tasks/extract.h"
#include "tasks/numbers.h"
#include "tasks/statement.h"

namespace paq {
namespace {

constexpr size_t kNone = std::string_view::npos;

// After the mark of an item: "- x", "* x", "1. x", "2) x"; nullopt where the line has none.
std::optional<std::string_view> list_item(std::string_view line) {
  line = trimmed(line);
  for (const std::string_view mark : {"- ", "* ", "+ ", "\xE2\x80\xA2"}) {
    if (line.starts_with(mark)) return line.substr(mark.size());
  }
  size_t i = 0;
  while (i < line.size() && is_digit(line[i])) ++i;
  const bool numbered = i > 0 && i < 3 && i + 1 < line.size() &&
                        (line[i] == '.' || line[i] == ')') && line[i + 1] == ' ';
  return numbered ? std::optional(line.substr(i + 2)) : std::nullopt;
}

// The items from the line of `answer` on; `answer` is a part of `text`.
std::vector<std::string> listed_lines(std::string_view text, std::string_view answer) {
  const auto at = static_cast<size_t>(answer.data() - text.data());
  const size_t newline = at == 0 ? kNone : text.rfind('\n', at - 1);
  std::vector<std::string> items;
  for (const std::string_view line : lines_of(text.substr(newline == kNone ? 0 : newline + 1))) {
    const auto item = list_item(line);
    if (!item && !items.empty() && !trimmed(line).empty()) break;
    if (item) items.emplace_back(bare_answer(*item));
    if (items.empty()) break;
  }
  return items;
}

// "Rome, Paris and Bonn", "Rome; Paris", "Rome | Paris". Commas within numbers do not part.
std::vector<std::string> listed_words(std::string_view answer) {
  std::vector<std::string> items;
  std::string item;
  const auto close = [&] {
    if (const std::string_view bare = bare_answer(item); !bare.empty()) items.emplace_back(bare);
    item.clear();
  };
  for (size_t i = 0; i < answer.size();) {
    size_t skip = 0;
    for (const std::string_view mark :
         {", and ", " and ", ", ", "; ", " | ", "|", ";", " & ", "\n"}) {
      if (skip == 0 && answer.substr(i).starts_with(mark)) skip = mark.size();
    }
    if (skip > 0) {
      close();
      i += skip;
    } else {
      item += answer[i++];
    }
  }
  close();
  return items;
}

// Of letters in lower case, "field goals" or "%", and no "million" or "of 7".
bool is_unit(std::string_view text) {
  constexpr size_t kMostWords = 4;
  constexpr auto kOthers = std::to_array<std::string_view>(
      {"hundred", "thousand", "million", "billion", "trillion", "dozen", "to", "or", "and", "of",
       "out", "minus", "plus", "times", "x"});
  if (text.starts_with("%")) return trimmed(text.substr(1)).empty();
  if (text.starts_with("-")) text.remove_prefix(1);
  const bool letters = std::all_of(text.begin(), text.end(),
                                   [](char c) { return is_lower(c) || c == ' ' || c == '%'; });
  const std::vector<std::string> words = words_after(text, 0, kMostWords + 1);
  return letters && !words.empty() && words.size() <= kMostWords &&
         !is_one_of(words.front(), kOthers);
}

// "5 yards", "5%", "about 5", "12 - 7 = 5", "5 (five)"; nullopt for anything else, a bare number
// too.
std::optional<std::string> number_alone(std::string_view answer) {
  const size_t equals = answer.rfind('=');
  const std::string_view value = without_hedge(answer.substr(equals == kNone ? 0 : equals + 1));
  const auto number = number_at(value, 0);
  if (!number || (number->end == answer.size())) return std::nullopt;
  std::string_view rest = trimmed(value.substr(number->end));
  if (rest.ends_with(')') && rest.find('(') != kNone)
    rest = trimmed(rest.substr(0, rest.find('(')));
  return rest.empty() || is_unit(rest) ? std::optional(number->canonical) : std::nullopt;
}

}  // namespace

std::string span_answer(std::string_view response) {
  const std::string_view answer = short_answer(response);
  return denies_an_answer(answer) ? std::string() : std::string(answer);
}

std::vector<std::vector<std::string>> span_readings(std::string_view response) {
  const std::string_view answer = short_answer(response);
  std::vector<std::vector<std::string>> readings = {{std::string(answer)}};
  if (answer.empty()) return readings;
  std::vector<std::string> items = listed_lines(response, answer);
  if (items.size() < 2) items = listed_words(answer);
  if (items.size() > 1) readings.push_back(std::move(items));
  if (auto number = number_alone(answer)) readings.push_back({*std::move(number)});
  return readings;
}

}  // namespace paq
