// SPDX-License-Identifier: MIT
#include "core/half.h"

#include <algorithm>
#include <cmath>

namespace paq {
namespace {

constexpr float kLargestHalf = 65504;
constexpr uint16_t kInfinity = 0x7c00;
constexpr int kMantissaBits = 10;
constexpr int kSmallestExponent = -14;  // Of a number that is not subnormal.

}  // namespace

uint16_t half_of(float value) {
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const float size = std::fabs(value);
  if (std::isnan(value)) return sign | kInfinity | 0x200;
  if (std::isinf(value)) return sign | kInfinity;
  if (size >= kLargestHalf) return sign | (kInfinity - 1);
  if (size == 0) return sign;
  // The number in units of its last place, which nearbyint rounds as the contract says.
  const int exponent = std::max(std::ilogb(size), kSmallestExponent);
  const auto units = static_cast<int>(std::nearbyint(std::ldexp(size, kMantissaBits - exponent)));
  // Below 2^-14 there is no leading one to leave out; a carry goes into the exponent as it should.
  const int biased = (exponent - kSmallestExponent) << kMantissaBits;
  return static_cast<uint16_t>(sign | (biased + units));
}

float float_of_half(uint16_t half) {
  const int exponent = half >> kMantissaBits & 31;
  const int mantissa = half & ((1 << kMantissaBits) - 1);
  float size = 0;
  if (exponent == 31) {
    size = mantissa == 0 ? HUGE_VALF : std::nanf("");
  } else if (exponent == 0) {
    size = std::ldexp(static_cast<float>(mantissa), kSmallestExponent - kMantissaBits);
  } else {
    size = std::ldexp(static_cast<float>(mantissa + (1 << kMantissaBits)),
                      exponent - 1 + kSmallestExponent - kMantissaBits);
  }
  return half & 0x8000 ? -size : size;
}

}  // namespace paq
