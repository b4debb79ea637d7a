// SPDX-License-Identifier: MIT
// paq score: what it prints, says and refuses.
#include <gmock/gmock.h>
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
using ::testing::HasSubstr;

constexpr char kSquad[] = R"({"version": "v2.0", "data": [{"title": "Towers", "paragraphs": [
  {"context": "The tower is in Paris.", "qas": [
    {"id": "a", "question": "Where?", "is_impossible": false,
     "answers": [{"text": "Paris", "answer_start": 16}]},
    {"id": "b", "question": "What is there?", "is_impossible": false,
     "answers": [{"text": "The tower", "answer_start": 0}]},
    {"id": "c", "question": "When?", "is_impossible": true, "answers": []}]}]}]})";

class Score : public ::testing::Test {
 protected:
  RunResult score(const std::string& predictions, std::vector<std::string> more = {}) {
    write_text(folder_ / "dev.json", kSquad);
    write_text(folder_ / "predictions.json", predictions);
    std::vector<std::string> arguments = {"score", "--task", "squad2=" + (folder_ / "dev.json"),
                                          "--predictions", folder_ / "predictions.json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_paq(arguments);
  }

  TemporaryFolder folder_;
};

TEST_F(Score, PrintsTheOfficialKeys) {
  const RunResult result = score(R"({"a": "Paris", "b": "a tall tower", "c": ""})", {"--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json expected = {{"exact", 200.0 / 3},
                         {"f1", 100 * (2 + 2.0 / 3) / 3},
                         {"total", 3},
                         {"HasAns_exact", 50.0},
                         {"HasAns_f1", 250.0 / 3},
                         {"HasAns_total", 2},
                         {"NoAns_exact", 100.0},
                         {"NoAns_f1", 100.0},
                         {"NoAns_total", 1}};
  const json printed = json::parse(result.out);
  ASSERT_EQ(printed.size(), expected.size()) << result.out;
  for (const auto& [key, value] : expected.items()) {
    EXPECT_NEAR(printed.at(key).get<double>(), value.get<double>(), 1e-9) << key;
  }
  EXPECT_EQ(result.err, "");
}

TEST_F(Score, SaysWhatIsMissingUnknownOrRepeated) {
  const RunResult result = score("{\"a\": \"Rome\"}\n{\"x\": \"?\"}\n{\"a\": \"Paris\"}\n");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(json::parse(result.out).at("exact"), 100);
  EXPECT_EQ(json::parse(result.out).at("total"), 1);
  EXPECT_EQ(json::parse(result.out).at("missing"), 2);
  EXPECT_THAT(result.err, HasSubstr("2 prompts have no prediction and are left out, \"b\""));
  EXPECT_THAT(result.err, HasSubstr("1 predictions are for no prompt of the file"));
  EXPECT_THAT(result.err, HasSubstr("1 ids have several predictions, of which the last counts"));
}

TEST_F(Score, ReadsWholeResponsesWhenTold) {
  const std::string responses =
      R"({"a": "Let me see. The answer is Paris.", "b": "**the tower**", "c": "unanswerable"})";
  EXPECT_LT(json::parse(score(responses).out).at("exact"), 50);
  EXPECT_EQ(json::parse(score(responses, {"--responses"}).out).at("exact"), 100);
}

TEST_F(Score, RefusesWhatDoesNotFit) {
  EXPECT_EQ(score(R"({"x": "Paris"})").exit_code, 1);
  EXPECT_THAT(score(R"({"x": "Paris"})").err, HasSubstr("none of the 1 predictions fits"));
  EXPECT_THAT(score("{\"a\": ").err, HasSubstr("predictions.json"));
  EXPECT_THAT(score(R"({"a": "Paris"})", {"--split", "train"}).err, HasSubstr("--split"));
  EXPECT_EQ(run_paq({"score"}).exit_code, 2);
  EXPECT_EQ(run_paq({"score", "--task", "squad2", "--predictions", "x"}).exit_code, 2);
  EXPECT_EQ(run_paq({"score", "--task", "nothing=x", "--predictions", "x"}).exit_code, 2);
  const RunResult help = run_paq({"score", "--help"});
  EXPECT_THAT(help.out, HasSubstr("Example: paq score"));
  EXPECT_THAT(help.out, HasSubstr("--json"));
}

// Twenty problems; humaneval_test runs all 164.
TEST_F(Score, RunsHumanEvalsOwnSolutions) {
  const std::filesystem::path file =
      std::filesystem::path(PAQ_SHARED_DATA) / "humaneval/HumanEval.jsonl.gz";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is absent";
  std::istringstream lines(read_dataset_file(file));
  std::string problems, solutions;
  int count = 0;
  for (std::string line; count < 20 && std::getline(lines, line); ++count) {
    const json problem = json::parse(line);
    problems += line + "\n";
    solutions +=
        json{{"task_id", problem.at("task_id")}, {"completion", problem.at("canonical_solution")}}
            .dump() +
        "\n";
    // A second sample of each that does not pass.
    solutions +=
        json{{"task_id", problem.at("task_id")}, {"completion", "    exit(0)\n"}}.dump() + "\n";
  }
  write_text(folder_ / "HumanEval.jsonl", problems);
  write_text(folder_ / "samples.jsonl", solutions);
  const RunResult result = run_paq({"score", "--task", "humaneval=" + (folder_ / "HumanEval.jsonl"),
                                    "--predictions", folder_ / "samples.jsonl", "--k", "1,2"});
  if (result.exit_code != 0 && result.err.find("bubblewrap") != std::string::npos) {
    GTEST_SKIP() << result.err;
  }
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(
      json::parse(result.out),
      (json{{"score", 50.0}, {"total", 20}, {"samples", 40}, {"pass@1", 50.0}, {"pass@2", 100.0}}));
}

}  // namespace
}  // namespace paq::testing
