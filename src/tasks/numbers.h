// SPDX-License-Identifier: MIT
// Decimal numbers as people and models write them. Internal to tasks/.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace paq {

struct FoundNumber {
  std::string canonical;  ///< "-1200.5": no separators, no needless zeros, no "-0", no "+".
  size_t end = 0;         ///< Just after its last digit.
};

/// A number that begins exactly at `begin`: an optional sign (ASCII or U+2212), an optional "$",
/// digits with or without separators of thousands (or of lakhs, "12,34,567"), an optional fraction.
/// Nothing is compared with a floating-point value, so any length is exact.
std::optional<FoundNumber> number_at(std::string_view text, size_t begin);

/// The first number at or after `begin` that is no part of a word: digits that follow a letter
/// ("H2O") are none, and a sign that follows a letter, digit or bracket is an operator.
std::optional<FoundNumber> next_number(std::string_view text, size_t begin);

/// Without blanks and what softens a number: "about 5", "~5", "a total of 5" become "5".
std::string_view without_hedge(std::string_view text);

}  // namespace paq
