// SPDX-License-Identifier: MIT
#include "core/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace paq {
namespace {

TEST(Half, EveryHalfSurvivesTheWayThroughFloat) {
  for (uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float value = float_of_half(half);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(float_of_half(half_of(value)))) << bits;
    } else {
      EXPECT_EQ(half_of(value), half) << bits;
    }
  }
}

TEST(Half, KnownValues) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const struct {
    float value;
    uint16_t half;
  } cases[] = {
      {0.0f, 0x0000},           {-0.0f, 0x8000},        {1.0f, 0x3c00},     {-2.5f, 0xc100},
      {65504.0f, 0x7bff},       {65520.0f, 0x7bff},     {-1e30f, 0xfbff},   {kInfinity, 0x7c00},
      {-kInfinity, 0xfc00},     {6.1035156e-5f, 0x400}, {5.9604645e-8f, 1}, {1e-9f, 0x0000},
      {2.9802322e-8f, 0},                            // half a unit: to even
      {8.9406967e-8f, 2},                            // one and a half
      {1.00048828125f, 0x3c00},                      // ties to even, down and up
      {1.00146484375f, 0x3c02}, {1.99999f, 0x4000},  // the carry goes into the exponent
      {6.1e-5f, 0x0400 - 1},
  };
  for (const auto& [value, half] : cases) EXPECT_EQ(half_of(value), half) << value;
}

TEST(Half, RoundsToTheNearest) {
  for (float value = 6.2e-5f; value < 6e4f; value *= 1.00031f) {
    EXPECT_LE(std::fabs(float_of_half(half_of(value)) - value), value * 0x1p-11f) << value;
  }
  for (float value = 1e-9f; value < 6.1e-5f; value *= 1.0031f) {
    EXPECT_LE(std::fabs(float_of_half(half_of(value)) - value), 0x1p-25f) << value;
  }
}

}  // namespace
}  // namespace paq
