// SPDX-License-Identifier: MIT
// paq report on outcomes measured elsewhere, with texts that try to get out of the page; and its
// pages opened in a browser, where there is one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "core/label_rule.h"
#include "fixtures.h"
#include "report/example_training.h"
#include "report/report.h"

namespace paq::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr BitWidth kTwo{2}, kEight{8};
constexpr char kAttack[] =
    "</script><script>intruded = 1</script><img src=x onerror='intruded = 2'>{{data}}<!--";

// Ten prompts of two tasks; on the first of each, 2-bit is wrong, 8-bit right, and 2-bit chosen.
void write_outcomes(const std::string& file, bool perplexities = true) {
  std::string lines;
  for (int i = 0; i < 10; ++i) {
    const auto answer = [&](double score) {
      json outcome = {{"score", score},
                      {"seconds", 0.1},
                      {"tokens", 7},
                      {"response", std::string(kAttack) + std::to_string(i)}};
      if (perplexities) outcome["perplexity"] = i < 5 ? 1.01 + 0.01 * i : 1.2;
      return outcome;
    };
    lines += json{{"id", "p" + std::to_string(i)},
                  {"task", i % 2 == 0 ? "even" : "odd<b>"},
                  {"split", "test"},
                  {"prompt", "Prompt " + std::to_string(i) + kAttack},
                  {"outcomes", {{"2", answer(i < 2 ? 0 : 1)}, {"8", answer(1)}}}}
                 .dump() +
             "\n";
  }
  write_text(file, lines);
}

StrategyResult strategy(const std::string& name, double score, double seconds, double two) {
  StrategyResult result;
  result.name = name;
  result.score = score;
  result.seconds_mean = seconds;
  result.bits_mean = 2 * two + 8 * (1 - two);
  result.shares = {{kTwo, two}, {kEight, 1 - two}};
  result.score_interval = Estimate{score, score - 0.1, score + 0.1};
  for (const char* task : {"even", "odd<b>"}) {
    result.tasks[task] = {.score = score, .seconds_mean = seconds, .bits_mean = 5, .n = 5};
  }
  return result;
}

void write_evaluation(const std::string& file, bool training = true) {
  Evaluation evaluation;
  evaluation.widths = {kTwo, kEight};
  evaluation.tau = 1.05;
  evaluation.prompts = 10;
  evaluation.tasks = {"even", "odd<b>"};
  evaluation.strategies = {strategy("fixed-2", 0.8, 0.1, 1), strategy("fixed-8", 1, 0.3, 0),
                           strategy("router", 0.8, 0.15, 0.5), strategy("oracle", 1, 0.12, 0.8)};
  for (const std::string& task : evaluation.tasks) {
    evaluation.routing[task] = {{kTwo, 0.6}, {kEight, 0.4}};
    evaluation.zones[task] = {.all_right = 4, .some_right = 1, .none_right = 0};
  }
  evaluation.router = {.label_accuracy = 0.7,
                       .majority_baseline = 0.5,
                       .confusion = {{4, 1}, {2, 3}},
                       .seconds_mean = 0.01};
  evaluation.router.calibration =
      Calibration{.expected_error = 0.1,
                  .log_loss = 0.5,
                  .brier = 0.3,
                  .confidence = 0.8,
                  .bins = {{.low = 0, .high = 0.5},
                           {.low = 0.5, .high = 1, .n = 10, .confidence = 0.8, .accuracy = 0.7}}};
  evaluation.differences = {{"router", "fixed-8", -0.2, -0.4, 0}};
  for (int i = 0; i < 10; ++i) {
    evaluation.decisions.push_back({.task = i % 2 == 0 ? "even" : "odd<b>",
                                    .split = "test",
                                    .id = "p" + std::to_string(i),
                                    .choice = i < 6 ? kTwo : kEight,
                                    .oracle = i < 2 ? kEight : kTwo,
                                    .label = kTwo,
                                    .scores = {i < 2 ? 0.0 : 1.0, 1.0},
                                    .seconds = {0.1, 0.3},
                                    .probabilities = {0.75, 0.25}});
  }
  if (training) {
    evaluation.training = example_training(kTwo, kEight);
    evaluation.training->device = kAttack;
    evaluation.training->tasks = {{kAttack, 2000}};
    evaluation.training->settings.emplace_back(kAttack, std::string(kAttack));
  }
  ReportMeta meta;
  meta.model = kAttack;
  meta.machine = "a machine";
  meta.command = "paq eval";
  meta.date = "2026-01-02T03:04:05Z";
  meta.note = kAttack;
  write_text(file, evaluation_json(evaluation, meta));
}

class ReportCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    write_outcomes(folder_ / "outcomes.jsonl");
    write_evaluation(folder_ / "evaluation.json");
    ASSERT_TRUE(succeeded(run_paq(
        {"outcomes", "import", folder_ / "outcomes.jsonl", "--store", folder_ / "paq.db"})));
  }

  TemporaryFolder folder_;
};

TEST_F(ReportCommand, WritesPageCsvAndLatex) {
  const RunResult result = run_paq(
      {"report", "--store", folder_ / "paq.db", "--evaluation", folder_ / "evaluation.json",
       "--out", folder_ / "r.html", "--csv", folder_ / "r.csv", "--latex", folder_ / "r.tex",
       "--modes-csv", folder_ / "m.csv", "--modes-latex", folder_ / "m.tex", "--json"});
  ASSERT_TRUE(succeeded(result));
  const json written = json::parse(result.out);
  EXPECT_TRUE(written.at("run").is_null());
  EXPECT_EQ(written.at("prompts"), 10);
  EXPECT_EQ(written.at("lost_prompts"), 2);
  EXPECT_GT(written.at("thresholds"), 10);
  EXPECT_EQ(written.at("modes"), 2) << "perplexity and score; nothing was rated";
  const std::string page = read_text(folder_ / "r.html");
  EXPECT_THAT(page, StartsWith("<!doctype html>"));
  EXPECT_THAT(page, HasSubstr("Prompt 0\\u003c/script>"));
  EXPECT_THAT(page, Not(HasSubstr("<script>intruded")));
  EXPECT_THAT(read_text(folder_ / "r.csv"), HasSubstr("\r\nrouter,odd<b>,5,0.8,"));
  EXPECT_THAT(read_text(folder_ / "r.tex"), HasSubstr("\\end{table*}"));
  // At the evaluation's tau the first five prompts have 2-bit labels, two of them wrongly; labels
  // by score differ on those two, and on the other five, which are right at 2 bits and were not
  // sure.
  EXPECT_THAT(read_text(folder_ / "m.csv"),
              HasSubstr("\r\nperplexity,1,1.05,false,10,10,0.8,0.1,5,0.5,0.5,"));
  EXPECT_THAT(read_text(folder_ / "m.csv"), HasSubstr("\r\nkl,1,0.02,false,0,0,,"));
  EXPECT_THAT(read_text(folder_ / "m.tex"), HasSubstr("score & 30.0 (-0.40)"));
}

TEST_F(ReportCommand, LeavesModesOutWhereThereAreNotTwo) {
  write_outcomes(folder_ / "scores.jsonl", /*perplexities=*/false);
  ASSERT_TRUE(succeeded(
      run_paq({"outcomes", "import", folder_ / "scores.jsonl", "--store", folder_ / "scores.db"})));
  const std::vector<std::string> arguments = {"report", "--store", folder_ / "scores.db",
                                              "--evaluation", folder_ / "evaluation.json"};
  const auto with = [&](const std::string& option, const std::string& file) {
    std::vector<std::string> all = arguments;
    all.insert(all.end(), {option, folder_ / file});
    return run_paq(all);
  };
  ASSERT_TRUE(succeeded(with("--out", "r.html")));
  EXPECT_THAT(read_text(folder_ / "r.html"), HasSubstr("\"modes\":null"));
  EXPECT_TRUE(failed_with_one_line(with("--modes-csv", "m.csv"), "paq labels compare"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "m.csv"));
}

TEST_F(ReportCommand, SaysWhichCommandMakesAnEvaluation) {
  EXPECT_TRUE(failed_with_one_line(
      run_paq({"report", "--store", folder_ / "paq.db", "--out", folder_ / "r.html"}),
      "has no finished evaluation; make one with `paq eval"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "r.html"));
}

TEST_F(ReportCommand, RefusesWhatMakesNoSense) {
  const std::string evaluation = folder_ / "evaluation.json", page = folder_ / "r.html";
  EXPECT_TRUE(refused_with_one_line(run_paq({"report", "--evaluation", evaluation}), "--out"));
  EXPECT_TRUE(refused_with_one_line(run_paq({"report", "--out", page}), "--store"));
  EXPECT_TRUE(refused_with_one_line(
      run_paq({"report", "--evaluation", evaluation, "--out", page, "--csv", page}),
      "written twice"));
  EXPECT_TRUE(refused_with_one_line(
      run_paq({"report", "--evaluation", evaluation, "--run", "3", "--out", page}), "--run"));
  EXPECT_TRUE(refused_with_one_line(
      run_paq({"report", "--evaluation", evaluation, "--ladder", "imported", "--out", page}),
      "--ladder"));
  EXPECT_TRUE(refused_with_one_line(
      run_paq({"report", "--evaluation", evaluation, "--modes-latex", page}), "--modes-latex"));
  write_text(folder_ / "bad.json", "{\"meta\": 3}");
  EXPECT_TRUE(failed_with_one_line(
      run_paq({"report", "--evaluation", folder_ / "bad.json", "--out", page}), "bad.json"));
  EXPECT_FALSE(std::filesystem::exists(page));
}

TEST_F(ReportCommand, LeavesNothingHalfWritten) {
  const RunResult result =
      run_paq({"report", "--evaluation", folder_ / "evaluation.json", "--out", folder_ / "r.html"},
              {.largest_file = 100000});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "r.html"));
}

// The programs' places, or "" where one is missing.
std::string find_chromium() {
  for (const char* name :
       {"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"}) {
    if (std::filesystem::exists(name)) return name;
  }
  return "";
}

// Opens the page in light and dark, wide and narrow, and as print; what it finds wrong is shown.
void check_in_browser(const std::string& page, const std::string& log) {
  const std::string chromium = find_chromium();
  if (chromium.empty()) GTEST_SKIP() << "there is no Chromium; apt-get install chromium";
  if (!std::filesystem::exists(std::string(PAQ_WEB_PACKAGES) + "/node_modules/playwright-core")) {
    GTEST_SKIP() << "playwright-core is not in " << PAQ_WEB_PACKAGES;
  }
  const char* pictures = std::getenv("PAQ_PICTURES");  // a folder, for people who want to look
  std::string command = "'" PAQ_NODE "' '" PAQ_SOURCE_DIR "/tests/browser/check_page.mjs' '";
  command += std::string(PAQ_WEB_PACKAGES) + "' '" + chromium + "' '" + page + "'";
  if (pictures != nullptr) command += " '" + std::string(pictures) + "'";
  const int status = std::system((command + " >'" + log + "' 2>&1").c_str());
  EXPECT_EQ(status, 0) << read_text(log);
}

TEST_F(ReportCommand, PageHoldsInABrowser) {
  ASSERT_TRUE(succeeded(run_paq({"report", "--store", folder_ / "paq.db", "--evaluation",
                                 folder_ / "evaluation.json", "--out", folder_ / "r.html"})));
  check_in_browser(folder_ / "r.html", folder_ / "log");
}

TEST_F(ReportCommand, PageWithoutTrainingHoldsInABrowser) {
  write_evaluation(folder_ / "old.json", /*training=*/false);
  ASSERT_TRUE(succeeded(
      run_paq({"report", "--evaluation", folder_ / "old.json", "--out", folder_ / "r.html"})));
  check_in_browser(folder_ / "r.html", folder_ / "log");
}

TEST(DemoReport, PageHoldsInABrowser) {
  if (!std::filesystem::exists(PAQ_SOURCE_DIR "/assets/miniature-f16.gguf")) {
    GTEST_SKIP() << "the miniature is not in assets/";
  }
  if (!std::filesystem::exists(PAQ_BIN_DIR "/paq-train")) {
    GTEST_SKIP() << "this build has no paq-train";
  }
  const TemporaryFolder folder;
  ASSERT_TRUE(succeeded(run_paq({"demo", "--dir", folder / "demo", "--limit", "16"})));
  check_in_browser(folder / "demo/report.html", folder / "log");
  // The store has the run now, so that the same page can be made again.
  const RunResult again = run_paq(
      {"report", "--store", folder / "demo/outcomes.db", "--out", folder / "again.html", "--json"});
  ASSERT_TRUE(succeeded(again));
  EXPECT_EQ(json::parse(again.out).at("prompts"), 7 * 16);
  EXPECT_EQ(json::parse(again.out).at("modes"), 2);
  EXPECT_THAT(read_text(folder / "again.html"), HasSubstr("\"training_loss\":"));

  // And with the section of label modes in full.
  ASSERT_TRUE(succeeded(run_paq({"labels", "measure", "--ladder", folder / "demo/ladder", "--store",
                                 folder / "demo/outcomes.db", "--split", "test"})));
  const RunResult measured =
      run_paq({"report", "--store", folder / "demo/outcomes.db", "--out", folder / "measured.html",
               "--modes-latex", folder / "modes.tex", "--json"});
  ASSERT_TRUE(succeeded(measured));
  EXPECT_EQ(json::parse(measured.out).at("modes"), label_modes().size());
  EXPECT_THAT(read_text(folder / "modes.tex"), HasSubstr("\nlikelihood-ratio & 1.02 &"));
  check_in_browser(folder / "measured.html", folder / "log");
}

}  // namespace
}  // namespace paq::testing
