// SPDX-License-Identifier: MIT
#include "core/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "core/random.h"

namespace paq {
namespace {

TEST(Utf8, KnowsTheBoundsOfEverySequenceLength) {
  for (const char* good : {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                           "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(utf8_sequence(good).length, std::string_view(good).size()) << good;
    EXPECT_EQ(find_invalid_utf8(good), std::string_view::npos) << good;
  }
  // Lone continuations, overlong forms, surrogates, beyond U+10FFFF, bytes that never occur.
  for (const char* bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF", "\xC2z", "\xE1\x80z"}) {
    EXPECT_EQ(utf8_sequence(bad).length, 0u) << bad;
    EXPECT_FALSE(utf8_sequence(bad).unfinished) << bad;
    EXPECT_EQ(find_invalid_utf8(bad), 0u) << bad;
  }
  for (const char* part : {"\xC2", "\xE0\xA0", "\xF4\x8F\xBF"}) {
    EXPECT_TRUE(utf8_sequence(part).unfinished) << part;
    EXPECT_EQ(find_invalid_utf8(part), 0u) << part;
  }
}

TEST(Utf8, ReplacesEachByteThatIsNone) {
  EXPECT_EQ(valid_utf8(""), "");
  EXPECT_EQ(valid_utf8("d\xC3\xA9j\xC3\xA0"), "d\xC3\xA9j\xC3\xA0");
  EXPECT_EQ(valid_utf8("a\xF5\x80z"), "a\xEF\xBF\xBD\xEF\xBF\xBDz");
  EXPECT_EQ(valid_utf8("a\xE2\x82"), "a\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Utf8, WhateverTheBytesTheResultIsValidAndKeepsWhatWas) {
  Random random(7, "utf8");
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    const int64_t length = random.between(0, 24);
    // Mostly bytes that begin or go on with sequences: the interesting ones are near misses.
    while (static_cast<int64_t>(bytes.size()) < length) {
      bytes += static_cast<char>(random.between(0, 3) == 0 ? random.between(0, 127)
                                                           : random.between(128, 255));
    }
    const std::string valid = valid_utf8(bytes);
    EXPECT_EQ(find_invalid_utf8(valid), std::string::npos);
    EXPECT_EQ(valid_utf8(valid), valid);
    const size_t good = std::min(find_invalid_utf8(bytes), bytes.size());
    EXPECT_EQ(valid.substr(0, good), bytes.substr(0, good));
  }
}

}  // namespace
}  // namespace paq
