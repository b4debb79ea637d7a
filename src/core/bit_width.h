// SPDX-License-Identifier: MIT
// The precision that a prompt is answered at.
#pragma once

#include <compare>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace paq {

/// Nominal bits per weight of a variant: 2, 4, 8, 16 in the paper, any value from 1 to 32 here.
/// The real bits per weight stand in the ladder's manifest.
struct BitWidth {
  int bits = 0;

  auto operator<=>(const BitWidth&) const = default;
};

/// "4"
std::string to_string(BitWidth width);

/// Parses "4". Throws Error(kUsage) for anything but a whole number from 1 to 32.
BitWidth parse_bit_width(std::string_view text);

/// Parses "2,4,8,16". Throws Error(kUsage) unless there are two or more ascending widths.
std::vector<BitWidth> parse_bit_widths(std::string_view text);

/// "2,4,8,16"
std::string to_string(std::span<const BitWidth> widths);

}  // namespace paq
