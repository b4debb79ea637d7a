// SPDX-License-Identifier: MIT
// Which number a response settles on. The rules, strongest first:
//   1. the number directly after the last "####" that has one;
//   2. of the last statement of an answer ("Answer: ...", "the answer is ...", "\boxed{...}"),
//      behind its last "=" or "equals": the number that it begins with, times its "million", else
//      its last;
//   3. the last number outside of lines that only speak of an answer.
#include <algorithm>
#include <array>

#include "tasks/ascii.h"
#include "tasks/code_block.h"
#include "tasks/extract.h"
#include "tasks/numbers.h"
#include "tasks/statement.h"

namespace paq {
namespace {

constexpr std::string_view kMarks = " \t*_`\\$~(\"'";

bool digit_at(std::string_view text, size_t i) { return i < text.size() && is_digit(text[i]); }

// LaTeX and typography between digits in terms of what numbers.h reads: "1{,}200", "1\,200" and
// thin, narrow and no-break spaces before three digits become "1,200"; "\$" becomes "$".
std::string plain_numbers(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size();) {
    size_t skip = 0;
    for (const std::string_view separator :
         {"{,}", "\\,", "\\!", ",\\!", "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89"}) {
      if (text.substr(i).starts_with(separator)) skip = separator.size();
    }
    const bool thousands = skip > 0 && i > 0 && is_digit(text[i - 1]) && digit_at(text, i + skip) &&
                           digit_at(text, i + skip + 1) && digit_at(text, i + skip + 2);
    if (thousands) {
      plain += ',';
      i += skip;
    } else if (text.substr(i).starts_with("\\$")) {
      ++i;
    } else {
      plain += text[i++];
    }
  }
  return plain;
}

// A canonical number times 10 to the power of `zeros`.
std::string times_ten_to(std::string number, size_t zeros) {
  const size_t point = number.find('.');
  const size_t decimals = point == number.npos ? 0 : number.size() - point - 1;
  if (point != number.npos) number.erase(point, 1);
  if (decimals > zeros) {
    number.insert(number.size() - (decimals - zeros), ".");
  } else {
    number.append(zeros - decimals, '0');
  }
  return number_at(number, 0)->canonical;
}

std::optional<std::string> number_after_mark(std::string_view text) {
  constexpr std::string_view kMark = "####";
  // "#### 42" is an answer; the heading "#### Step 1" is not.
  for (size_t mark = text.rfind(kMark); mark != text.npos;
       mark = mark == 0 ? text.npos : text.rfind(kMark, mark - 1)) {
    const size_t begin = text.find_first_not_of(" \t*_`\\", mark + kMark.size());
    if (begin == text.npos) continue;
    if (const auto number = number_at(text, begin)) return number->canonical;
  }
  return std::nullopt;
}

// The number that begins at `begin`, times the "million" behind it.
std::optional<FoundNumber> scaled_at(std::string_view text, size_t begin) {
  struct Scale {
    std::string_view word;
    size_t zeros;
  };
  constexpr auto kScales = std::to_array<Scale>(
      {{"hundred", 2}, {"thousand", 3}, {"million", 6}, {"billion", 9}, {"trillion", 12}});
  auto number = number_at(text, begin);
  if (!number) return number;
  const size_t word = std::min(text.find_first_not_of(" -", number->end), text.size());
  const std::string next = to_lower(text.substr(word, 9));
  for (const Scale& scale : kScales) {
    if (word == number->end || !next.starts_with(scale.word)) continue;
    return FoundNumber{times_ten_to(number->canonical, scale.zeros), word + scale.word.size()};
  }
  return number;
}

// The last number of `text`, of lines that only speak of an answer where there is no other.
std::optional<std::string> last_number(std::string_view text) {
  std::optional<std::string> last, spoken_of;
  for (const std::string_view line : lines_of(text)) {
    const bool remark = speaks_of_an_answer(line);
    for (auto number = next_number(line, 0); number; number = next_number(line, number->end)) {
      (remark ? spoken_of : last) = number->canonical;
    }
  }
  return last ? last : spoken_of;
}

// "1 000" and "12 345 678" with commas; any other text as it is.
std::string with_commas(std::string_view text) {
  std::string plain(text);
  size_t i = 0;
  while (digit_at(plain, i)) ++i;
  if (i == 0 || i > 3) return plain;
  while (i < plain.size() && plain[i] == ' ' && digit_at(plain, i + 1) && digit_at(plain, i + 2) &&
         digit_at(plain, i + 3) && !digit_at(plain, i + 4)) {
    plain[i] = ',';
    i += 4;
  }
  return plain;
}

// Behind what a result follows, "=" or "which equals"; all of it where there is none.
std::string_view after_result_mark(std::string_view statement) {
  size_t begin = 0;
  for (const std::string_view mark : {"=", "equals ", "equal to ", "which is "}) {
    const size_t at = statement.rfind(mark);
    if (at == statement.npos || !next_number(statement, at + mark.size())) continue;
    begin = std::max(begin, at + mark.size());
  }
  return statement.substr(begin);
}

// "12 / 2": what begins so is worked out further on, if at all.
bool is_calculation(std::string_view text, size_t end) {
  const size_t mark = text.find_first_not_of(' ', end);
  if (mark == text.npos || std::string_view("+*/x-").find(text[mark]) == text.npos) return false;
  const size_t next = text.find_first_not_of(' ', mark + 1);
  const bool apart = mark > end && next > mark + 1;  // "10-12" is a range, "26/26" a mark.
  return apart && digit_at(text, next);
}

std::optional<std::string> stated_number(std::string_view statement) {
  statement = without_hedge(after_result_mark(statement));
  const size_t begin = statement.find_first_not_of(kMarks);
  if (begin == statement.npos) return std::nullopt;
  // The "$" that marks skip belongs to what number_at() reads, a sign before it too.
  const std::string text = with_commas(without_hedge(statement.substr(begin)));
  const auto number = scaled_at(text, 0);
  if (number && !is_calculation(text, number->end)) return number->canonical;
  return last_number(text);
}

}  // namespace

std::optional<std::string> final_number(std::string_view response) {
  const std::string plain = plain_numbers(own_answer(response));
  if (auto number = number_after_mark(plain)) return number;
  if (const auto statement = last_statement(plain)) {
    if (auto number = stated_number(*statement)) return number;
  }
  return last_number(plain);
}

}  // namespace paq
