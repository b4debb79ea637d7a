// SPDX-License-Identifier: MIT
#include "store/numbers.h"

#include <gtest/gtest.h>

#include <limits>

namespace paq {
namespace {

TEST(Numbers, LogProbabilitiesAreLittleEndianHalves) {
  const std::vector<float> values = {1.0f, -2.5f, 0.0f};
  EXPECT_EQ(encode_halves(values), std::string("\x00\x3C\x00\xC1\x00\x00", 6));
  EXPECT_EQ(decode_halves(encode_halves(values)), values);
  EXPECT_TRUE(decode_halves("a").empty());
  EXPECT_TRUE(decode_halves("").empty());
}

TEST(Numbers, FloatsOfTheFirstVersionAreRead) {
  EXPECT_EQ(decode_floats(std::string_view("\0\0\x80\x3F\0\0\x20\xC0", 8)),
            (std::vector<float>{1.0f, -2.5f}));
  EXPECT_TRUE(decode_floats("abc").empty());
}

TEST(Numbers, IdsTakeTheBytesTheyNeed) {
  EXPECT_EQ(encode_ids(std::vector<int32_t>{0, 127, 128, 300}),
            std::string("\0\x7f\x80\x01\xac\x02", 6));
  constexpr int32_t kMost = std::numeric_limits<int32_t>::max();
  const std::vector<int32_t> ids = {0, 1, 127, 128, 16383, 16384, 128255, 2097151, kMost, -1};
  EXPECT_EQ(decode_ids(encode_ids(ids)), ids);
  EXPECT_EQ(encode_ids(std::vector<int32_t>{16383}).size(), 2u);
  EXPECT_EQ(encode_ids(std::vector<int32_t>{16384}).size(), 3u);
  EXPECT_TRUE(decode_ids("\x80").empty());
  // What no encoder wrote ends in some numbers, not in a fault.
  EXPECT_EQ(decode_ids("\xff\xff\xff\xff\xff\xff\xff\xff\x01\x05").size(), 2u);
}

}  // namespace
}  // namespace paq
