// SPDX-License-Identifier: MIT
#include "core/bit_width.h"

#include <charconv>

#include "core/error.h"

namespace paq {

std::string to_string(BitWidth width) { return std::to_string(width.bits); }

BitWidth parse_bit_width(std::string_view text) {
  int bits = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), bits);
  if (failure != std::errc{} || end != text.data() + text.size() || bits < 1 || bits > 32) {
    throw Error(ErrorCode::kUsage,
                "bit width \"" + std::string(text) + "\" is not a whole number from 1 to 32");
  }
  return BitWidth{bits};
}

std::vector<BitWidth> parse_bit_widths(std::string_view text) {
  std::vector<BitWidth> widths;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t comma = std::min(text.find(',', begin), text.size());
    widths.push_back(parse_bit_width(text.substr(begin, comma - begin)));
    begin = comma + 1;
  }
  for (size_t i = 1; i < widths.size(); ++i) {
    if (widths[i] <= widths[i - 1]) {
      throw Error(ErrorCode::kUsage,
                  "bit widths \"" + std::string(text) +
                      "\" are not in ascending order; write for example 2,4,8,16");
    }
  }
  if (widths.size() < 2) {
    throw Error(ErrorCode::kUsage, "a ladder needs two or more bit widths, but \"" +
                                       std::string(text) + "\" names one");
  }
  return widths;
}

std::string to_string(std::span<const BitWidth> widths) {
  std::string text;
  for (BitWidth width : widths) {
    if (!text.empty()) text += ',';
    text += to_string(width);
  }
  return text;
}

}  // namespace paq
