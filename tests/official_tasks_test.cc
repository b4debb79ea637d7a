// SPDX-License-Identifier: MIT
// The seven benchmarks' official files through the whole program: answered, scored, routed and
// compared. The model is random, so its answers are wrong; that they are asked for, run and counted
// is what is tested.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "fixtures.h"
#include "ladder/testing/tiny_model.h"

namespace paq::testing {
namespace {

using nlohmann::json;

constexpr int kLimit = 20;
constexpr int kWidths = 2;

const std::map<std::string, std::string> kFiles = {
    {"squad2", "squad2/dev-v2.0.json"},
    {"drop", "drop/dev.jsonl.gz"},
    {"gsm8k", "gsm8k/test.jsonl"},
    {"mmlu", "mmlu/test"},
    {"humaneval", "humaneval/HumanEval.jsonl.gz"},
    {"arc-easy", "arc/ARC-Easy-Test.jsonl"},
    {"arc-challenge", "arc/ARC-Challenge-Test.jsonl"},
};

std::string data(const std::string& name) { return std::string(PAQ_SHARED_DATA) + "/" + name; }

class OfficialTasks : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const auto& [task, file] : kFiles) {
      if (!std::filesystem::exists(data(file))) GTEST_SKIP() << data(file) << " is absent";
    }
    // One token a byte: the longest passages take some thousands.
    tiny_model({.name = "tiny", .blocks = 1, .context = 8192}).write(folder_ / "base.gguf");
    ASSERT_TRUE(succeeded(run_paq(
        {"ladder", "build", folder_ / "base.gguf", "--out", folder_ / "ladder", "--bits", "4,8"})));
  }

  RunResult label(const std::vector<std::string>& tasks, int limit) {
    std::vector<std::string> arguments = {
        "label", "--ladder", folder_ / "ladder",    "--store", folder_ / "s.db", "--context",
        "8192",  "--limit",  std::to_string(limit), "--json"};
    for (const std::string& task : tasks) {
      arguments.insert(arguments.end(), {"--task", task + "=" + data(kFiles.at(task))});
    }
    return run_paq(arguments);
  }

  // All seven, less HumanEval where programs can't be locked up.
  std::vector<std::string> tasks() {
    std::vector<std::string> names;
    for (const auto& [task, file] : kFiles) names.push_back(task);
    const RunResult locked = label({"humaneval"}, 1);
    if (locked.exit_code == 0) return names;
    EXPECT_NE(locked.err.find("--unsafe-code"), std::string::npos) << locked.err;
    std::erase(names, "humaneval");
    return names;
  }

  TemporaryFolder folder_;
};

TEST_F(OfficialTasks, RunFromTheirFilesToAnEvaluation) {
  const std::vector<std::string> names = tasks();
  const RunResult labelled = label(names, kLimit);
  ASSERT_TRUE(succeeded(labelled));
  const json summary = json::parse(labelled.out);
  EXPECT_EQ(summary.at("prompts"), names.size() * kLimit);
  EXPECT_EQ(summary.at("too_long"), 0);

  ASSERT_TRUE(succeeded(
      run_paq({"outcomes", "export", folder_ / "out.jsonl", "--store", folder_ / "s.db"})));
  std::map<std::string, int> outcomes;
  std::istringstream lines(read_text(folder_ / "out.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const json prompt = json::parse(line);
    EXPECT_EQ(prompt.at("split"), "test");
    for (const auto& [width, outcome] : prompt.at("outcomes").items()) {
      const double score = outcome.at("score");
      EXPECT_TRUE(score >= 0 && score <= 1) << line;
      ++outcomes[prompt.at("task")];
    }
  }
  for (const std::string& name : names) EXPECT_EQ(outcomes[name], kLimit * kWidths) << name;

  if (!std::filesystem::exists(std::string(PAQ_BIN_DIR) + "/paq-train")) return;
  write_learnable_outcomes(folder_ / "measured.jsonl", 60);
  ASSERT_TRUE(succeeded(run_paq(
      {"outcomes", "import", folder_ / "measured.jsonl", "--store", folder_ / "train.db"})));
  ASSERT_TRUE(succeeded(
      run_paq({"train", "--store", folder_ / "train.db", "--bits", "4,8", "--tau", "1.13", "--out",
               folder_ / "router.gguf", "--epochs", "1", "--validation-share", "0.5", "--json"})));
  const RunResult evaluated =
      run_paq({"eval", "--router", folder_ / "router.gguf", "--any-ladder", "--store",
               folder_ / "s.db", "--limit", std::to_string(kLimit), "--json"});
  ASSERT_TRUE(succeeded(evaluated));
  const json fixed = json::parse(evaluated.out).at("strategies").at(0);
  for (const std::string& name : names) EXPECT_EQ(fixed.at("tasks").at(name).at("n"), kLimit);
}

}  // namespace
}  // namespace paq::testing
