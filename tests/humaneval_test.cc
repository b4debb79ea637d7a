// SPDX-License-Identifier: MIT
// HumanEval's 164 canonical solutions through paq score, whole and with their last line removed.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "fixtures.h"
#include "tasks/gzip.h"

namespace paq::testing {
namespace {

using nlohmann::json;

constexpr int kProblems = 164;

std::string without_last_line(std::string code) {
  code.erase(code.find_last_not_of(" \n") + 1);
  const size_t end = code.rfind('\n');
  return end == std::string::npos ? "" : code.substr(0, end + 1);
}

class HumanEval : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(file_)) GTEST_SKIP() << file_ << " is absent";
  }

  // The percentage of solutions that pass after `change`.
  template <typename Change>
  void expect(double pass_at_1, Change change) {
    std::istringstream lines(read_dataset_file(file_));
    std::string samples;
    for (std::string line; std::getline(lines, line);) {
      const json problem = json::parse(line);
      const std::string completion = change(problem.at("canonical_solution").get<std::string>());
      samples += json{{"task_id", problem.at("task_id")}, {"completion", completion}}.dump() + "\n";
    }
    write_text(folder_ / "samples.jsonl", samples);
    const RunResult result = run_paq({"score", "--task", "humaneval=" + file_.string(),
                                      "--predictions", folder_ / "samples.jsonl", "--k", "1"});
    if (result.exit_code != 0 && result.err.find("bubblewrap") != std::string::npos) {
      GTEST_SKIP() << result.err;
    }
    ASSERT_TRUE(succeeded(result));
    const json figures = json::parse(result.out);
    EXPECT_EQ(figures.at("total"), kProblems);
    EXPECT_EQ(figures.at("pass@1"), pass_at_1) << result.out;
    EXPECT_LT(result.seconds, 600);
  }

  const std::filesystem::path file_ =
      std::filesystem::path(PAQ_SHARED_DATA) / "humaneval/HumanEval.jsonl.gz";
  TemporaryFolder folder_;
};

TEST_F(HumanEval, CanonicalSolutionsPass) {
  expect(100, [](const std::string& code) { return code; });
}

TEST_F(HumanEval, SolutionsWithoutTheirLastLineEndAndFail) { expect(0, without_last_line); }

}  // namespace
}  // namespace paq::testing
