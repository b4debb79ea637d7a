// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <limits>

#include <string>

#include "tasks/extract.h"

namespace paq {
namespace {

struct Case {
  std::string response;
  char letter;  // '-': none
};

void expect_all(std::initializer_list<Case> cases) {
  for (const Case& item : cases) {
    EXPECT_EQ(choice_letter(item.response).value_or('-'), item.letter) << item.response;
  }
}

TEST(ChoiceLetter, ReadsPlainAnswers) {
  expect_all({
      {"B", 'B'},
      {"b", 'B'},
      {"a", 'A'},
      {"A", 'A'},
      {" C \n", 'C'},
      {"B.", 'B'},
      {"(B)", 'B'},
      {"(b)", 'B'},
      {"b)", 'B'},
      {"[D]", 'D'},
      {"D: green", 'D'},
      {"B) blue", 'B'},
      {"B. blue", 'B'},
      {"(B) blue", 'B'},
      {"B, because the sky is blue", 'B'},
      {"B because the sky is blue", 'B'},
      {"A because the sky is blue", 'A'},
      {"blue (B)", 'B'},
      {"blue(B)", 'B'},
      {"blue (B).", 'B'},
      {"a blue dog (C)", 'C'},
      {"A blue dog (C)", 'C'},
      {"the value of a is 3 (D)", 'D'},
      {"B\n\nThe sky scatters blue light. (A) would need no sun.", 'B'},
  });
}

TEST(ChoiceLetter, ReadsStatedAnswers) {
  expect_all({
      {"Answer: C", 'C'},
      {"answer: c", 'C'},
      {"Answer is C", 'C'},
      {"ANSWER: (C)", 'C'},
      {"Answer:\n\nC", 'C'},
      {"Answer - C", 'C'},
      {"The answer is C.", 'C'},
      {"The answer is a", 'A'},
      {"The answer is A", 'A'},
      {"The answer is A.", 'A'},
      {"The answer is A because of the sun.", 'A'},
      {"The correct answer is: B. Photosynthesis", 'B'},
      {"The correct answer is B.Photosynthesis", 'B'},
      {"So the answer should be option D, not A.", 'D'},
      {"The answer is not A but C.", 'C'},
      {"The answer is blue (B) since (A) is too hot.", 'B'},
      {"The answer is C because (A) is too hot.", 'C'},
      {"The answer is a bit subtle, but it is option C. Answer: C", 'C'},
      {"The answer is a bit subtle, but it is option C.", 'C'},
      {"The answer is a noble gas, (D).", 'D'},
      {"Answer: A dog is a mammal (B)", 'B'},
      {"At first I thought the answer is A. But then, the answer is D.", 'D'},
      {"B is correct. Option A is incorrect.", 'B'},
      {"B is the best answer. A lacks chlorophyll.", 'B'},
      {"A is the correct answer, and B is wrong.", 'A'},
      {"The correct option is C. Option A lacks chlorophyll.", 'C'},
      {"Final answer: $\\boxed{B}$", 'B'},
      {"Hence \\boxed{\\text{D}}.", 'D'},
      {"The answer is $C$.", 'C'},
      {"The answer is \"C\".", 'C'},
      {"The answer is vitamin C, so (B).", 'B'},
  });
}

TEST(ChoiceLetter, SurvivesMarkdownAndTypography) {
  expect_all({
      {"**B**", 'B'},
      {"**B. blue**", 'B'},
      {"**Answer:** B", 'B'},
      {"**Answer: B**", 'B'},
      {"**Answer:** **B**", 'B'},
      {"## Answer\n\n**D**", 'D'},
      {"- B", 'B'},
      {"`C`", 'C'},
      {"_C_", 'C'},
      {"**A** is a noble gas.", 'A'},
      {"The answer is \xE2\x80\x9C"
       "C\xE2\x80\x9D.",
       'C'},
      {"\xEF\xBC\x88"
       "B\xEF\xBC\x89",
       'B'},
      {"Answer\xEF\xBC\x9A"
       "C",
       'C'},
      {"B \xE2\x80\x94 blue", 'B'},
      {"<think>Is the answer A? Answer: A</think>\nAnswer: B", 'B'},
  });
}

TEST(ChoiceLetter, ReadsChoicesAndEndings) {
  expect_all({
      {"I would go with C.", 'C'},
      {"I pick option (D) here.", 'D'},
      {"We choose B since heat rises.", 'B'},
      {"Options A and B can be ruled out. So it must be C.", 'C'},
      {"(A) is wrong, (B) is wrong, so (C).", 'C'},
      {"A isn't right. B isn't either. It must be D", 'D'},
      {"It's not (A). It's (C)", 'C'},
      {"I think it's B", 'B'},
      {"I think it is B because heat rises", 'B'},
      {"A. red\nB. blue\nC. green\nD. white\nAnswer: B", 'B'},
      {"A. red\nB. blue\nC. green\n\nI choose C", 'C'},
      {"Answer choices: (A) red (B) blue (C) green. I pick (B).", 'B'},
      {"(A) red (B) blue (C) green\nIt is blue, so (B)", 'B'},
  });
}

TEST(ChoiceLetter, FindsNothingWhereNothingIsNamed) {
  expect_all({
      {"", '-'},
      {"   ", '-'},
      {"42", '-'},
      {"A dog", '-'},
      {"a dog", '-'},
      {"It is a dog.", '-'},
      {"A big dog barks. It is a big one.", '-'},
      {"I don't know.", '-'},
      {"I", '-'},
      {"Z", '-'},
      {"blue", '-'},
      {"Oranges have vitamin C", '-'},
      {"It got an A+", '-'},
      {"written in C++", '-'},
      {"e.g. a cat", '-'},
      {"the U.S.A.", '-'},
      {"F = ma", '-'},
      {"not (A)", '-'},
      {"A. red\nB. blue\nC. green", '-'},
      {"B-cells, x-b and A/B", '-'},
      {"\xFF\xFE\x80 \xC3", '-'},
  });
}

// Processor time of the quickest of some runs on `piece` repeated to `size` bytes.
double seconds_for(std::string_view piece, size_t size) {
  std::string response;
  while (response.size() < size) response += piece;
  double quickest = std::numeric_limits<double>::infinity();
  for (int run = 0; run < 5; ++run) {
    const std::clock_t begin = std::clock();
    choice_letter(response);
    choice_letter(response + "B");
    quickest = std::min(quickest, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  return quickest;
}

// Eight times the text takes eight times as long; with a quadratic algorithm it would be 64 times.
// Of a longer text the end counts; thirty-two times it is merely looked through, where a quadratic
// algorithm would take a thousand times as long. The millisecond is for the clock.
TEST(ChoiceLetter, StaysQuickOnLongResponses) {
  for (const std::string_view piece :
       {"answer a ", "A ", "(A) is ", "option ", " ", "A. ", "\n", "**", "(((", "answer:"}) {
    SCOPED_TRACE(piece);
    const double longest = seconds_for(piece, 1 << 15);
    EXPECT_LT(longest, 25 * seconds_for(piece, 1 << 12) + 0.001);
    EXPECT_LT(seconds_for(piece, 1 << 20), 100 * longest + 0.001);
  }
}

}  // namespace
}  // namespace paq
