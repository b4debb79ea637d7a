// SPDX-License-Identifier: MIT
#include "tasks/extract.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace paq {
namespace {

using Table = std::vector<std::pair<std::string, std::string>>;

TEST(NormaliseAnswer, KeepsWhatCounts) {
  const Table table = {
      {"The Blue House.", "blue house"},
      {"  two   words\n", "two words"},
      {"**Paris**", "paris"},
      {"\"Paris\"", "paris"},
      {"unanswerable", "unanswerable"},
      {"Unanswerable.", "unanswerable"},
      {"don't", "dont"},
      {"twenty-five", "twentyfive"},
      {"1,200", "1200"},
      {"1,200.50", "1200.5"},
      {"$1,200", "1200"},
      {"45%", "45"},
      {"-3", "-3"},
      {"\xE2\x88\x92"
       "3",
       "-3"},
      {"3.", "3"},
      {"007", "7"},
      {"-0", "0"},
      {"24-17", "24-17"},
      {"10:30", "10:30"},
      {"3 apples and 4 pears", "3 apples and 4 pears"},
      {"A", "a"},
      {"the", "the"},
      {"+", "+"},
      {"", ""},
      {"a cat", "cat"},
      {"<think>maybe Rome</think> Paris", "paris"},
      {"\xC3\x89"
       "cole",
       "\xC3\x89"
       "cole"},
      {"\xFF\xFE", "\xFF\xFE"},
  };
  for (const auto& [text, expected] : table) EXPECT_EQ(normalise_answer(text), expected) << text;
}

TEST(FinalNumber, IsTheOneAfterTheMarkElseTheLast) {
  const Table table = {
      {"#### 72", "72"},
      {"3 + 4 = 7\n#### 7", "7"},
      {"####72", "72"},
      {"#### -5", "-5"},
      {"#### $5,000", "5000"},
      {"#### \\$5,000", "5000"},
      {"#### **5**", "5"},
      {"#### 72 apples, which is 6 dozen", "72"},
      {"#### Step 1\n3 + 4 = 7\n#### Step 2\n7 * 2 = 14", "14"},
      {"#### 1. Add\n3 + 4 = 7\n#### 7\n", "7"},
      {"The answer is 42.", "42"},
      {"The answer is 42", "42"},
      {"It costs $1,234.50.", "1234.5"},
      {"1,234,567", "1234567"},
      {"1, 2, 3", "3"},
      {"1,2345", "2345"},
      {"so 5-3=2", "2"},
      {"2 - 5 = -3", "-3"},
      {"2 - 5 = \xE2\x88\x92"
       "3",
       "-3"},
      {"(2)-3", "3"},
      {"-$3", "-3"},
      {"7.50", "7.5"},
      {".5", "0.5"},
      {"0.0", "0"},
      {"-0", "0"},
      {"+8", "8"},
      {"007", "7"},
      {"8 litres of H2O", "8"},
      {"$\\boxed{18}$", "18"},
      {"**18**", "18"},
      {"the 3rd", "3"},
      {"99999999999999999999999999", "99999999999999999999999999"},
      {"<think>so 5</think>It is 6", "6"},
      {"", "none"},
      {"####", "none"},
      {"no number", "none"},
      {"H2O", "none"},
      {"\xFF\xE2\x88", "none"},
  };
  for (const auto& [text, expected] : table) {
    EXPECT_EQ(final_number(text).value_or("none"), expected) << text;
  }
}

TEST(ProgramText, FindsTheCode) {
  const std::string code = "def f(x): return x\n";
  const Table table = {
      {"def f(x): return x", code},
      {"def f(x): return x\r\n", code},
      {"```python\ndef f(x): return x\n```", code},
      {"Sure:\n```\ndef f(x): return x\n```\nIt gives x.", code},
      {"First\n```\ndef f(x): return 0\n```\nbetter\n```python\ndef f(x): return x\n```", code},
      {"```python\ndef f(x): return x\n```\nUse it:\n```\nf(3)\n```", code},
      {"```python\ndef f(x): return x", code},
      {"Here it is:\ndef f(x): return x\nIt gives x.", code},
      {"def f(x):\n    return x\n\ndef g(x): return f(x)\nDone.",
       "def f(x):\n    return x\n\ndef g(x): return f(x)\n"},
      {"<think>def g(x): return 1</think>\ndef f(x): return x", code},
      {" def f(x): return x", "def f(x): return x\n"},
      {"no code", ""},
      {"", ""},
  };
  for (const auto& [text, expected] : table) EXPECT_EQ(program_text(text), expected) << text;
}

}  // namespace
}  // namespace paq
