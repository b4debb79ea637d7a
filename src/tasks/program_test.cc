// SPDX-License-Identifier: MIT
#include "tasks/program.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "core/files.h"
#include "core/random.h"

namespace paq {
namespace {

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Program, GivesWhatPythonGives) {
  std::istringstream cases(
      read_file(std::string(PAQ_SOURCE_DIR) + "/src/tasks/testdata/program_cases.jsonl"));
  int count = 0;
  for (std::string line; std::getline(cases, line); ++count) {
    const auto item = nlohmann::json::parse(line);
    const auto value =
        run_program(item["program"].get<std::string>(), item["call"].get<std::string>());
    const auto python = item["value"].is_null() ? std::optional<int64_t>()
                                                : std::optional(item["value"].get<int64_t>());
    EXPECT_EQ(value, python) << item["program"].get<std::string>() << "\n-> " << item["call"];
  }
  EXPECT_EQ(count, 600);
}

TEST(Program, RefusesWhatTheLanguageHasNot) {
  for (const char* program : {
           "import os\ndef f(x): return x", "def f(x): return x ** 2",
           "def f(x): return x / 2",        "def f(x): return [x][0]",
           "def f(x): return 'x'",          "def f(x): return 1.5",
           "def f(x): return 0x10",         "def f(x): return 1e3",
           "def f(x=1): return x",          "def f(*x): return x",
           "def f(x): return lambda: x",    "def f(x): return x.real",
           "def f(x): return (yield)",      "def f(x):\n  y = x\n  return y",
           "def f(x): return x; import os", "def f(x): return x\nprint(f(1))",
           "def f(x: str): return x",       "class f: pass",
           "def f(x): return \xC3\xA9",     "f = 3",
           "def f(x): return print(x)",     "def f(x): return x \\\n + 1",
       }) {
    EXPECT_EQ(run_program(program, "f(3)"), std::nullopt) << program;
  }
}

TEST(Program, EndsWhateverIsWritten) {
  const std::string open = repeated("(", 5000), close = repeated(")", 5000);
  const std::string hostile[] = {
      "def f(x): return f(x)",
      "def f(x): return f(x + 1) + f(x + 2)",
      "def f(n): return 1 if n < 1 else f(n - 1) + f(n - 1)",
      "def f(x): return g(x)\ndef g(x): return f(x)",
      "def f(x): return " + open + "x" + close,
      "def f(x): return " + open,
      "def f(x): return " + repeated("-", 9000) + "x",
      "def f(x): return " + repeated("not ", 9000) + "x",
      "def f(x): return x" + repeated(" + x", 9000),
      "def f(x): return x" + repeated(" if x else x", 5000),
      "def f(x): return " + repeated("f(", 9000) + "x" + repeated(")", 9000),
      "def f(x): return x" + repeated(" <= x", 9000) + " + y",
      repeated("def f(x): return x\n", 3000),
      "def f(" + repeated("x, ", 9000) + "y): return y",
      repeated("def f(x): return x #", 20000),
  };
  for (const std::string& program : hostile) {
    EXPECT_EQ(run_program(program, "f(60)"), std::nullopt) << program.substr(0, 60);
  }
  EXPECT_EQ(run_program("def f(x): return x", open + "f(60)" + close), std::nullopt);
}

TEST(Program, AllowsWhatStaysWithinTheLimits) {
  EXPECT_EQ(run_program("def f(x): return x" + repeated(" + x", 300), "f(1)"), 301);
  EXPECT_EQ(run_program("def f(x): return " + repeated("(", 90) + "x" + repeated(")", 90), "f(1)"),
            1);
  EXPECT_EQ(run_program("def f(n): return 0 if n == 0 else 1 + f(n - 1)", "f(150)"), 150);
}

TEST(Program, TakesAnyBytes) {
  Random random(7);
  const std::string_view pieces[] = {"def ", "f",  "(", ")",  ":",    "return ", "x",  "\n",   "  ",
                                     "1",    "//", "-", "if", "else", " and ",   "\0", "\xFF", "#"};
  for (int i = 0; i < 20000; ++i) {
    std::string program, call = "f(";
    for (uint64_t n = random.below(25); n > 0; --n) program += pieces[random.below(18)];
    for (uint64_t n = random.below(6); n > 0; --n) call += pieces[random.below(18)];
    run_program(program, call);
    run_program("def f(x): return " + program, "f(3)");
  }
}

}  // namespace
}  // namespace paq
