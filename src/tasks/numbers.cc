// SPDX-License-Identifier: MIT
#include "tasks/numbers.h"

#include <algorithm>
#include <array>

#include "tasks/ascii.h"

namespace paq {
namespace {

constexpr std::string_view kMinusSign = "\xE2\x88\x92";  // U+2212

bool digits_at(std::string_view text, size_t begin, size_t count) {
  if (text.size() < begin + count) return false;
  for (size_t i = begin; i < begin + count; ++i) {
    if (!is_digit(text[i])) return false;
  }
  return true;
}

std::string canonical_number(bool negative, std::string whole, std::string fraction) {
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (whole.empty()) whole.push_back('0');
  std::string number = fraction.empty() ? whole : whole + "." + fraction;
  if (negative && number != "0") number.insert(number.begin(), '-');
  return number;
}

// The end of "12,34,567", of which the first `digits` digits end at `i`; `i` where it is none.
size_t indian_end(std::string_view text, size_t i, size_t digits) {
  const size_t begin = i;
  if (digits == 0 || digits > 2) return begin;
  while (i < text.size() && text[i] == ',' && digits_at(text, i + 1, 2) && i + 3 < text.size() &&
         text[i + 3] == ',') {
    i += 3;
  }
  const bool hundreds = i > begin && digits_at(text, i + 1, 3) && !digits_at(text, i + 1, 4);
  return hundreds ? i + 4 : begin;
}

// Whether a number cannot begin at `i` because it would be the rest of a word or of a number.
bool continues_word(std::string_view text, size_t i) {
  return i > 0 && (is_alnum(text[i - 1]) || text[i - 1] == '_');
}

}  // namespace

std::optional<FoundNumber> number_at(std::string_view text, size_t begin) {
  size_t i = begin;
  bool negative = false;
  if (text.substr(i).starts_with(kMinusSign)) {
    negative = true;
    i += kMinusSign.size();
  } else if (i < text.size() && (text[i] == '-' || text[i] == '+')) {
    negative = text[i] == '-';
    ++i;
  }
  if (i < text.size() && text[i] == '$') ++i;

  std::string whole;
  while (i < text.size() && is_digit(text[i])) whole += text[i++];
  if (const size_t end = indian_end(text, i, whole.size()); end > i) {
    for (; i < end; ++i) {
      if (is_digit(text[i])) whole += text[i];
    }
  } else if (!whole.empty() && whole.size() <= 3) {
    // A comma separates thousands only before exactly three digits: "1,2345" is a list.
    while (i < text.size() && text[i] == ',' && digits_at(text, i + 1, 3) &&
           !digits_at(text, i + 1, 4)) {
      whole += text.substr(i + 1, 3);
      i += 4;
    }
  }
  std::string fraction;
  if (i < text.size() && text[i] == '.' && digits_at(text, i + 1, 1)) {
    for (++i; i < text.size() && is_digit(text[i]); ++i) fraction += text[i];
  }
  if (whole.empty() && fraction.empty()) return std::nullopt;
  return FoundNumber{canonical_number(negative, whole, fraction), i};
}

std::optional<FoundNumber> next_number(std::string_view text, size_t begin) {
  for (size_t i = begin; i < text.size(); ++i) {
    if (continues_word(text, i)) {
      // The digits of "H2O" and "v1.5" are skipped together with their fraction.
      if (is_digit(text[i])) i = number_at(text, i)->end - 1;
      continue;
    }
    const bool sign = text[i] == '-' || text[i] == '+' || text.substr(i).starts_with(kMinusSign);
    if (sign && i > 0 && (text[i - 1] == ')' || text[i - 1] == ']')) continue;
    if (auto number = number_at(text, i)) return number;
  }
  return std::nullopt;
}

std::string_view without_hedge(std::string_view text) {
  constexpr auto kHedges = std::to_array<std::string_view>(
      {"about", "approximately", "approx.", "around", "roughly", "nearly", "almost", "exactly",
       "only", "just", "a total of", "~", "\xE2\x89\x88"});
  for (bool found = true; found;) {
    text = trimmed(text);
    found = false;
    for (const std::string_view hedge : kHedges) {
      const std::string_view rest = text.substr(std::min(hedge.size(), text.size()));
      const bool whole = !is_alpha(hedge.back()) || rest.starts_with(' ');
      if (!whole || to_lower(text.substr(0, hedge.size())) != hedge) continue;
      text = rest;
      found = true;
    }
  }
  return text;
}

}  // namespace paq
