// SPDX-License-Identifier: MIT
#include "engine/answer_text.h"

#include <gtest/gtest.h>

namespace paq {
namespace {

TEST(AnswerText, FindsStopStringsAcrossTokens) {
  AnswerText text({"\n\n", "END"});
  EXPECT_FALSE(text.append("one E"));
  EXPECT_FALSE(text.append("N"));
  EXPECT_TRUE(text.append("D two"));
  EXPECT_EQ(text.text(), "one ");
}

TEST(AnswerText, TheEarliestStopStringCounts) {
  AnswerText text({"cd", "bc"});
  EXPECT_TRUE(text.append("abcd"));
  EXPECT_EQ(text.text(), "a");
}

TEST(AnswerText, AStopStringIsNotFoundInWhatWasAlreadyThere) {
  AnswerText text({"aa"});
  EXPECT_FALSE(text.append("a"));
  EXPECT_FALSE(text.append("b"));
  EXPECT_FALSE(text.append("a"));
  EXPECT_TRUE(text.append("a"));
  EXPECT_EQ(text.text(), "ab");
}

TEST(AnswerText, TextIsValidUtf8) {
  const auto clean = [](std::string_view bytes) {
    AnswerText text({});
    text.append(bytes);
    return text.text();
  };
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(clean("gr\xC3\xBC\xC3\x9F"), "gr\xC3\xBC\xC3\x9F");
  EXPECT_EQ(clean("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(clean("x\xF0\x9F\x98"), "x");   // unfinished at the end
  EXPECT_EQ(clean("x\xC3"), "x");           // likewise
  EXPECT_EQ(clean("\xC3y"), bad + "y");     // unfinished in the middle
  EXPECT_EQ(clean("\x80"), bad);            // a lone continuation
  EXPECT_EQ(clean("\xC0\xAF"), bad + bad);  // overlong
  EXPECT_EQ(clean("\xE0\x80\x80"), bad + bad + bad);
  EXPECT_EQ(clean("\xED\xA0\x80"), bad + bad + bad);  // a surrogate
  EXPECT_EQ(clean("\xF5\x80\x80\x80"), bad + bad + bad + bad);
  EXPECT_EQ(clean("\xFF"), bad);
  EXPECT_EQ(clean(""), "");
}

}  // namespace
}  // namespace paq
