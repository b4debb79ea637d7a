// SPDX-License-Identifier: MIT
#include "tasks/humaneval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/error.h"
#include "tasks/task.h"

namespace paq {
namespace {

const std::string kPreamble = "from typing import List\n\n\ndef helper(x):\n    return x\n\n\n";
const CodeReference kAdd = {
    .prompt = kPreamble + "def add(x: int, y: int) -> int:\n    \"\"\" Adds. \"\"\"\n",
    .test = "def check(candidate):\n    assert candidate(2, 3) == 5\n",
    .entry_point = "add"};

TEST(CompleteProgram, GoesOnWithABody) {
  const std::string whole = kAdd.prompt + "    z = x + y\n    return z\n";
  for (const std::string& response : std::vector<std::string>{
           "    z = x + y\n    return z\n",                       // As the paper's models write.
           "    z = x + y\n    return z",                         // Without the last newline.
           "    z = x + y\r\n    return z\r\n",                   // CR LF
           "z = x + y\n    return z",                             // Trimmed at the front.
           "z = x + y\nreturn z",                                 // Without any indentation.
           "```python\n    z = x + y\n    return z\n```",         // Fenced.
           "```\nz = x + y\nreturn z\n```\nThat is the body.",    // Fenced, not indented.
           "    z = x + y\n    return z\n```\n\nThis adds.",      // The prompt opened the fence.
           "```python\n    z = x + y\n    return z\n",            // The fence never closes.
           "Here is the body:\n\n    z = x + y\n    return z\n",  // A sentence above.
           "    z = x + y\n    return z\n\nThis adds both.",      // A sentence below.
           "    z = x + y\n    return z\n\ndef check(f):\n    pass",  // It goes on inventing:
           "    z = x + y\n    return z\n\nprint(add(2, 3))",         // the paper's
           "    z = x + y\n    return z\n\nif __name__ == '__main__':\n    add(1, 2)",  // stop
           "    z = x + y\n    return z\n# end\n",  // sequences.
           "<think>\ndef add(x, y): return 0\n</think>\n    z = x + y\n    return z",
           "    z = x + y\n    return z<|endoftext|>def add(): pass",
       }) {
    std::string program = complete_program(response, kAdd);
    while (program.ends_with("\n\n")) program.pop_back();
    EXPECT_EQ(program, whole) << response;
  }
}

TEST(CompleteProgram, KeepsWhatBelongsToABody) {
  const auto body_of = [](const std::string& response) {
    return complete_program(response, kAdd).substr(kAdd.prompt.size());
  };
  for (const std::string& body : std::vector<std::string>{
           "    for i in range(y):\n        x += 1\n    return x\n",
           "    text = \"\"\"\nnot indented\n\"\"\"\n    return x + y\n",
           "    numbers = [\n        x, y\n]\n    return sum(numbers)\n",
           "    def inner(a):\n        return a\n\n    return inner(x) + y\n",
       }) {
    EXPECT_EQ(body_of(body), body);
  }
  // Only the first line lost its indentation; what it opens stays below it.
  EXPECT_EQ(body_of("for i in range(y):\n        x += 1\n    return x"),
            "    for i in range(y):\n        x += 1\n    return x\n");
  // All lines did.
  EXPECT_EQ(body_of("for i in range(y):\n    x += 1\nreturn x"),
            "    for i in range(y):\n        x += 1\n    return x\n");
}

TEST(CompleteProgram, TakesAWholeFunction) {
  const std::string function = "def add(x, y):\n    return x + y\n";
  for (const std::string& response : std::vector<std::string>{
           function,
           "```python\n" + function + "```",
           "Sure! Here it is:\n\n```python\n" + function + "```\n\nIt adds.",
           "```\ndef add(x, y):\n    return 0\n```\nBetter:\n```\n" + function + "```",
           "```python\n" + function + "```\nUse it so:\n```python\nprint(add(2, 3))\n```",
           "1. Write it:\n   ```python\n   def add(x, y):\n       return x + y\n   ```",
           "Here is the function:\n" + function + "It adds both numbers.",
           "  def add(x, y):\n      return x + y\n",
           "```python\n" + function,
           function + "```\nDone.",
       }) {
    EXPECT_EQ(complete_program(response, kAdd), kPreamble + function) << response;
  }
  // Imports and helpers of its own come along.
  const std::string more = "import math\n\nLIMIT = 3\n\ndef own(x):\n    return x\n\n" + function;
  EXPECT_EQ(complete_program(more, kAdd), kPreamble + more);
  EXPECT_EQ(complete_program("```python\n" + more + "```", kAdd), kPreamble + more);
}

TEST(CompleteProgram, BringsHelpersFromOtherBlocks) {
  const std::string helper = "def both(x, y):\n    return x + y\n";
  const std::string function = "def add(x, y):\n    return both(x, y)\n";
  const std::string whole = kPreamble + helper + function;
  EXPECT_EQ(complete_program("```\n" + helper + "```\nand\n```\n" + function + "```", kAdd), whole);
  EXPECT_EQ(complete_program("```\n" + function + "```\nwith\n```\n" + helper + "```", kAdd),
            whole);
  const std::string constant = "ZERO = 0\n", zero = "def add(x, y):\n    return x + y + ZERO\n";
  EXPECT_EQ(complete_program("```\n" + constant + "```\n```\n" + zero + "```", kAdd),
            kPreamble + constant + zero);
  // Neither what is not used nor another version of what is there.
  const std::string own = "def add(x, y):\n    return x + y\n";
  for (const std::string& other :
       {std::string("def unused(x):\n    return x\n"), std::string("assert add(2, 3) == 5\n"),
        "def add(x, y):\n    return 0\n\n" + helper}) {
    EXPECT_EQ(complete_program("```\n" + other + "```\n```\n" + own + "```", kAdd),
              kPreamble + own);
  }
}

TEST(CompleteProgram, KnowsWhatLiesWithinTexts) {
  const std::string fenced =
      "def add(x, y):\n    \"\"\"Adds.\n    ```\n    add(1, 2)\n    ```\n"
      "    \"\"\"\n    return x + y\n";
  EXPECT_EQ(complete_program("```python\n" + fenced + "```\nDone.", kAdd), kPreamble + fenced);
  // A quote that never ends hides no fence.
  const std::string broken = "def add(x, y):\n    return x + y + '''\n";
  EXPECT_EQ(complete_program("```python\n" + broken + "```\nDone.", kAdd), kPreamble + broken);
  for (const std::string& body :
       {std::string("    # three \"\"\" in a comment\n    return x + y\n"),
        std::string("    s = 'it\"\"\"s'\n    return x + y\n"),
        std::string("    s = 'a\\'\"\"\"'\n    return x + y\n")}) {
    EXPECT_EQ(complete_program(body + "This adds.\n", kAdd), kAdd.prompt + body);
  }
}

TEST(CompleteProgram, FindsHowMuchIndentationWasLost) {
  const auto body_of = [](const std::string& response) {
    return complete_program(response, kAdd).substr(kAdd.prompt.size());
  };
  // The block is six deep, what follows it four: the first line alone lost its blanks.
  EXPECT_EQ(body_of("if x < 0:\n      return y\n\n    return x + y"),
            "    if x < 0:\n      return y\n\n    return x + y\n");
  EXPECT_EQ(body_of("if x < 0:\n    return y\nreturn x + y"),
            "    if x < 0:\n        return y\n    return x + y\n");
}

TEST(SampleProgram, IsTheOfficialHarnesss) {
  for (const std::string& completion :
       {std::string("    return both(x, y)\n\ndef both(x, y):\n    return x + y\n"),
        std::string("    pass\n\nadd = lambda x, y: x + y"),
        std::string("    return x + y\n\nassert 1 == 2\n"), std::string("```\n</s>"),
        std::string()}) {
    EXPECT_EQ(sample_program(completion, kAdd),
              kAdd.prompt + completion + "\n" + kAdd.test + "\ncheck(add)\n");
  }
}

TEST(CompleteProgram, SurvivesAnything) {
  for (const std::string& response : std::vector<std::string>{
           "", "\n\n", "I can't.", "```", "```\n```", "```python", "def", "def add", "\xFF\xFE\x80",
           "<think>def add(x, y): return x + y", "~~~\n~~~\n~~~"}) {
    EXPECT_TRUE(complete_program(response, kAdd).starts_with(kPreamble)) << response;
    EXPECT_NE(test_program(response, kAdd).find("\ncheck(add)\n"), std::string::npos) << response;
  }
  EXPECT_NO_THROW(complete_program("    return 1", {}));
}

// Passes programs that contain a text.
class FakeRunner : public CodeRunner {
 public:
  explicit FakeRunner(std::string wanted) : wanted_(std::move(wanted)) {}

  CodeResult run_python(std::string_view program) override {
    const bool passes = program.find(wanted_) != program.npos;
    return {.verdict = passes ? CodeVerdict::kPassed : CodeVerdict::kTimeout,
            .detail = {},
            .seconds = 0};
  }

 private:
  std::string wanted_;
};

TEST(PythonTests, AskTheRunner) {
  FakeRunner runner(kAdd.prompt + "    return x + y\n\n" + kAdd.test + "\ncheck(add)\n");
  Reference reference;
  reference.code = kAdd;
  EXPECT_EQ(score_response(Metric::kPythonTests, "    return x + y\n", reference, &runner), 1);
  EXPECT_EQ(score_response(Metric::kPythonTests, "    return x - y\n", reference, &runner), 0);
  EXPECT_EQ(score_response(Metric::kPythonTests, "    return x + y\n", {}, &runner), 0);
  try {
    score_response(Metric::kPythonTests, "    return x + y\n", reference);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
  }
}

// The definition: of all choices of k among n samples, the share with one that passes.
double by_counting(int n, int c, int k) {
  int with = 0, all = 0;
  for (int set = 0; set < 1 << n; ++set) {
    if (__builtin_popcount(static_cast<unsigned>(set)) != k) continue;
    ++all;
    with += (set & ((1 << c) - 1)) != 0 ? 1 : 0;
  }
  return static_cast<double>(with) / all;
}

TEST(PassAtK, IsTheShareOfChoicesWithOneThatPasses) {
  for (int n = 1; n <= 10; ++n) {
    for (int c = 0; c <= n; ++c) {
      for (int k = 1; k <= n; ++k) {
        EXPECT_NEAR(pass_at_k(n, c, k), by_counting(n, c, k), 1e-12) << n << ' ' << c << ' ' << k;
      }
    }
  }
}

TEST(PassAtK, StaysExactForManySamples) {
  EXPECT_NEAR(pass_at_k(200, 1, 1), 1.0 / 200, 1e-15);
  EXPECT_DOUBLE_EQ(pass_at_k(200, 1, 100), 0.5);
  EXPECT_NEAR(pass_at_k(1'000'000, 1, 10), 1e-5, 1e-15);
  EXPECT_EQ(pass_at_k(100000, 50000, 50001), 1);
  EXPECT_TRUE(std::isfinite(pass_at_k(100000, 50000, 50000)));
}

TEST(PassAtK, RefusesWhatHasNoMeaning) {
  EXPECT_THROW(pass_at_k(5, 6, 1), Error);
  EXPECT_THROW(pass_at_k(5, -1, 1), Error);
  EXPECT_THROW(pass_at_k(5, 1, 0), Error);
  EXPECT_THROW(pass_at_k(5, 1, 6), Error);
  EXPECT_THROW(pass_at_k(0, 0, 1), Error);
}

}  // namespace
}  // namespace paq
