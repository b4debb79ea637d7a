// SPDX-License-Identifier: MIT
#include "core/repetition.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace paq {
namespace {

std::string times(int count, const std::string& text) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

std::vector<int32_t> rounds(int count, const std::vector<int32_t>& phrase) {
  std::vector<int32_t> tokens;
  for (int i = 0; i < count; ++i) tokens.insert(tokens.end(), phrase.begin(), phrase.end());
  return tokens;
}

TEST(Repetition, AwkwardTexts) {
  const struct {
    const char* what;
    std::string text;
    Repetition expected;
  } cases[] = {
      {"nothing", "", {}},
      {"white space alone", times(40, " \n"), {}},
      {"an answer", "The answer is 42.", {}},
      {"one word for ever", times(40, "the "), {1, 40}},
      {"one character for ever", times(16, "!"), {1, 16}},
      {"one less", times(15, "!"), {}},
      {"a phrase", times(6, "I do not know. "), {5, 30}},
      {"a phrase, cut in its middle", times(6, "I do not know. ") + "I do", {5, 32}},
      {"a beginning of its own", "Let me think. " + times(6, "I do not know. "), {5, 31}},
      {"three rounds of a long phrase", times(3, "one two three four five six "), {6, 18}},
      {"two rounds of it", times(2, "one two three four five six seven eight nine ten "), {}},
      {"three rounds, but short", "yes, yes, yes,", {}},
      {"an honest list", "0, 0, 0, 0, 0, 0", {}},
      {"a list in brackets", "[" + times(30, "0, ") + "0]", {}},
      {"left again", times(20, "again and ") + "then it was over.", {}},
      {"counting is no loop", "Step 1: go. Step 2: go. Step 3: go. Step 4: go. Step 5: go.", {}},
      {"lines of a table", times(5, "| a | b |\n"), {5, 25}},
      {"a rule", times(80, "-"), {1, 80}},
      {"words with umlauts",
       times(8,
             "\xC3\xBC"
             "ber "),
       {2, 16}},
      {"no UTF-8", times(20, "\xFF\xFE"), {2, 40}},
      {"a NUL is a character", std::string(16, '\0'), {1, 16}},
      {"case counts", times(5, "The the tHe "), {}},
  };
  for (const auto& [what, text, expected] : cases) {
    const Repetition found = trailing_repetition(text);
    if (std::string(what) == "case counts") {
      EXPECT_EQ(found, trailing_repetition(times(5, "a b c "))) << what;
      EXPECT_EQ(found, Repetition{}) << what << ": 15 words";
      continue;
    }
    EXPECT_EQ(found.period, expected.period) << what;
    EXPECT_EQ(found.tokens, expected.tokens) << what;
  }
}

TEST(Repetition, TakesTheShortestRound) {
  EXPECT_EQ(trailing_repetition(rounds(12, {7, 8})), (Repetition{2, 24}));
  EXPECT_EQ(trailing_repetition(rounds(16, {7})), (Repetition{1, 16}));
  EXPECT_EQ(trailing_repetition(rounds(5, {7, 7, 8, 7})), (Repetition{4, 20}));
  EXPECT_EQ(trailing_repetition(rounds(3, {1, 2, 3, 4, 5, 6, 7, 8, 9})), (Repetition{9, 27}));
  EXPECT_EQ(trailing_repetition(std::vector<int32_t>{}), Repetition{});
}

// What the rule says, spelled out for every period.
Repetition slow(const std::vector<int32_t>& tokens) {
  const int count = static_cast<int>(tokens.size());
  for (int period = 1; period <= count; ++period) {
    for (int length = count; length >= period * 3 && length >= 16; --length) {
      bool periodic = true;
      for (int i = count - length; i + period < count; ++i) {
        periodic = periodic && tokens[size_t(i)] == tokens[size_t(i + period)];
      }
      if (periodic) return {period, length};
    }
  }
  return {};
}

TEST(Repetition, AgreesWithTheDefinition) {
  uint32_t state = 1;
  int found = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<int32_t> tokens;
    state = state * 1664525u + 1013904223u;
    const int period = 1 + static_cast<int>(state >> 20) % 9;
    for (int i = 0; i < 40; ++i) {
      state = state * 1664525u + 1013904223u;
      const bool copy = i >= period && (state >> 28) != 0;
      tokens.push_back(copy ? tokens[size_t(i - period)] : static_cast<int32_t>(state >> 30));
    }
    const Repetition expected = slow(tokens);
    ASSERT_EQ(trailing_repetition(tokens), expected);
    found += expected.period > 0;
  }
  EXPECT_GT(found, 100);
  EXPECT_LT(found, 2900);
}

TEST(Repetition, OutcomesGoByTheirTokens) {
  Outcome outcome;
  EXPECT_FALSE(loops(outcome));
  outcome.response = times(30, "no ");
  EXPECT_TRUE(loops(outcome));
  outcome.token_ids = {1, 2, 3};
  EXPECT_FALSE(loops(outcome));
  outcome.token_ids = rounds(16, {5});
  outcome.finish = FinishReason::kLength;
  EXPECT_TRUE(loops(outcome));
  // The end of turn is no part of the text.
  outcome.token_ids.push_back(2);
  EXPECT_FALSE(loops(outcome));
  outcome.finish = FinishReason::kEndOfTurn;
  EXPECT_TRUE(loops(outcome));
}

}  // namespace
}  // namespace paq
