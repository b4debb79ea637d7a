// SPDX-License-Identifier: MIT
// Outcomes of several ladders in one store, and routers that meet another ladder than their own:
// nothing is mixed silently.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/ladder.h"
#include "core/outcome.h"
#include "core/prompt.h"
#include "fixtures.h"
#include "ladder/ladder_files.h"
#include "store/store.h"

namespace paq::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr int kPrompts = 40;

// What labelling would leave: outcomes of `ladder`, whose 4-bit variant fails on every second
// prompt, from the first on where `even`.
void put_outcomes(const std::string& file, const Ladder& ladder, bool even) {
  Store store = Store::open(file, Store::Mode::kWrite);
  store.add_variants(ladder);
  for (int i = 0; i < kPrompts; ++i) {
    Prompt prompt;
    prompt.id = std::to_string(i);
    prompt.task = "mini-gsm8k";
    prompt.split = "train";
    prompt.messages = {{"user", "add " + std::to_string(i) + " and " + std::to_string(3 * i)}};
    store.add_prompts({&prompt, 1});
    for (const Variant& variant : ladder.variants) {
      Outcome outcome;
      outcome.bits = variant.bits;
      const bool fails = variant.bits.bits == 4 && (i % 2 == 0) == even;
      outcome.perplexity = fails ? 1.6 : 1.02;
      outcome.score = fails ? 0 : 1;
      outcome.scorer = "exact-match/1";
      store.put_outcome(prompt, {variant.bits, variant.sha256, "s"}, outcome);
    }
  }
}

// Two ladders of equal widths, "boat" and "moon", that have answered the same prompts.
class TwoLadders : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    for (const std::string name : {"boat", "moon"}) {
      write_tiny_model(*folder_ / (name + ".gguf"), name == "boat" ? 256 : 512);
      ASSERT_TRUE(succeeded(run_paq({"ladder", "build", *folder_ / (name + ".gguf"), "--out",
                                     *folder_ / name, "--bits", "4,8"})));
      put_outcomes(*folder_ / "s.db", read_ladder(*folder_ / name), name == "boat");
    }
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }

  static std::string hash(const std::string& name) {
    return json::parse(run_paq({"ladder", "show", *folder_ / name, "--json"}).out).at("hash");
  }

  static std::vector<std::string> train(const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        "train",    "--store", *folder_ / "s.db",    "--out", *folder_ / "r.gguf",
        "--epochs", "1",       "--validation-share", "0.5",   "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  static TemporaryFolder* folder_;
};
TemporaryFolder* TwoLadders::folder_ = nullptr;

TEST_F(TwoLadders, ThresholdsAreOfOneOfThem) {
  const std::vector<std::string> thresholds = {"thresholds", "--store", *folder_ / "s.db",
                                               "--tau",      "1.13",    "--json"};
  const RunResult mixed = run_paq(thresholds);
  EXPECT_TRUE(refused_with_one_line(mixed, hash("boat").substr(0, 12)));
  EXPECT_TRUE(refused_with_one_line(mixed, hash("moon").substr(0, 12)));
  EXPECT_TRUE(refused_with_one_line(mixed, "--ladder"));
  for (const std::string& ladder : {*folder_ / "boat", hash("boat"), hash("boat").substr(0, 10)}) {
    std::vector<std::string> arguments = thresholds;
    arguments.insert(arguments.end(), {"--ladder", ladder});
    const RunResult result = run_paq(arguments);
    ASSERT_TRUE(succeeded(result)) << ladder;
    EXPECT_EQ(json::parse(result.out).at("ladder_hash"), hash("boat"));
    EXPECT_EQ(json::parse(result.out).at("widths"), json({4, 8}));
  }
}

TEST_F(TwoLadders, ExportIsOfOneOfThem) {
  EXPECT_TRUE(refused_with_one_line(
      run_paq({"outcomes", "export", "-", "--store", *folder_ / "s.db"}), "--ladder"));
  EXPECT_TRUE(succeeded(run_paq(
      {"outcomes", "export", "-", "--store", *folder_ / "s.db", "--ladder", *folder_ / "moon"})));
}

TEST_F(TwoLadders, ARouterIsTrainedOnOneAndRefusedByTheOther) {
  if (!std::filesystem::exists(std::string(PAQ_BIN_DIR) + "/paq-train")) {
    GTEST_SKIP() << "this build has no paq-train";
  }
  EXPECT_TRUE(refused_with_one_line(run_paq(train({})), "--ladder"));
  const RunResult trained = run_paq(train({"--ladder", *folder_ / "boat"}));
  ASSERT_TRUE(succeeded(trained));
  EXPECT_EQ(json::parse(trained.out).at("ladder_hash"), hash("boat"));

  const std::vector<std::string> ask = {"run", "--router", *folder_ / "r.gguf", "--max-tokens",
                                        "2",   "hello",    "--ladder"};
  std::vector<std::string> own = ask, other = ask;
  own.push_back(*folder_ / "boat");
  other.push_back(*folder_ / "moon");
  EXPECT_TRUE(succeeded(run_paq(own)));
  EXPECT_TRUE(failed_with_one_line(run_paq(other), hash("boat").substr(0, 12)));
  EXPECT_TRUE(failed_with_one_line(run_paq(other), hash("moon").substr(0, 12)));
  other.push_back("--any-ladder");
  EXPECT_TRUE(succeeded(run_paq(other)));

  // Stored outcomes alone do not say whose they are.
  EXPECT_TRUE(refused_with_one_line(run_paq({"eval", "--router", *folder_ / "r.gguf", "--store",
                                             *folder_ / "s.db", "--split", "train"}),
                                    hash("moon").substr(0, 12)));
  EXPECT_TRUE(failed_with_one_line(
      run_paq({"eval", "--router", *folder_ / "r.gguf", "--store", *folder_ / "s.db", "--split",
               "train", "--ladder", *folder_ / "moon"}),
      "--any-ladder"));

  // A hash says so, and what it named is recorded: the report takes no other's outcomes.
  const RunResult evaluated =
      run_paq({"eval", "--router", *folder_ / "r.gguf", "--store", *folder_ / "s.db", "--split",
               "train", "--ladder", hash("boat").substr(0, 10), "--json"});
  ASSERT_TRUE(succeeded(evaluated));
  const json evaluation = json::parse(evaluated.out);
  EXPECT_EQ(evaluation.at("meta").at("ladder"), hash("boat"));
  EXPECT_EQ(evaluation.at("meta").at("prompts"), kPrompts);
  std::vector<std::string> report = {"report", "--store",           *folder_ / "s.db",
                                     "--out",  *folder_ / "r.html", "--json"};
  const RunResult reported = run_paq(report);
  ASSERT_TRUE(succeeded(reported));
  EXPECT_GT(json::parse(reported.out).at("thresholds"), 10);
  report.insert(report.end(), {"--ladder", "imported"});
  EXPECT_TRUE(failed_with_one_line(run_paq(report), hash("moon").substr(0, 12)));

  // The same base quantised anew, elsewhere: the same ladder.
  ASSERT_TRUE(succeeded(run_paq(
      {"ladder", "build", *folder_ / "boat.gguf", "--out", *folder_ / "again", "--bits", "4,8"})));
  own.back() = *folder_ / "again";
  EXPECT_TRUE(succeeded(run_paq(own)));
}

TEST_F(TwoLadders, OnlyNamesTheTrainingPrompts) {
  if (!std::filesystem::exists(std::string(PAQ_BIN_DIR) + "/paq-train")) {
    GTEST_SKIP() << "this build has no paq-train";
  }
  std::string names;
  for (int i = 0; i < 20; ++i) {
    names += "{\"task\": \"mini-gsm8k\", \"id\": \"" + std::to_string(i) + "\"}\n";
  }
  write_text(*folder_ / "only.jsonl", names);
  const std::vector<std::string> only = {"--ladder", *folder_ / "boat", "--only",
                                         *folder_ / "only.jsonl"};
  const RunResult trained = run_paq(train(only));
  ASSERT_TRUE(succeeded(trained));
  EXPECT_EQ(json::parse(trained.out).at("routers")[0].at("training_prompts"), 20);
  write_text(*folder_ / "only.jsonl", names + "{\"task\": \"mini-gsm8k\"}\n");
  EXPECT_TRUE(failed_with_one_line(run_paq(train(only)), "only.jsonl:21"));
  write_text(*folder_ / "only.jsonl", names + "{\"task\": \"mini-gsm8k\", \"id\": \"x\"}\n");
  EXPECT_TRUE(failed_with_one_line(run_paq(train(only)), "1 prompts"));
}

TEST(ForeignWidth, CostsNoLabelOnceItIsLeftOut) {
  const TemporaryFolder folder;
  write_learnable_outcomes(folder / "measured.jsonl", 60);
  write_text(folder / "odd.jsonl",
             R"({"id": "odd", "task": "mini-drop", "split": "train", "prompt": "odd",)"
             R"( "outcomes": {"3": {"perplexity": 1.5}}})"
             "\n");
  for (const char* file : {"measured.jsonl", "odd.jsonl"}) {
    ASSERT_TRUE(
        succeeded(run_paq({"outcomes", "import", folder / file, "--store", folder / "s.db"})));
  }
  std::vector<std::string> thresholds = {"thresholds", "--store", folder / "s.db",
                                         "--tau",      "1.13",    "--json"};
  const RunResult with = run_paq(thresholds);
  ASSERT_TRUE(succeeded(with));
  EXPECT_EQ(json::parse(with.out).at("without_perplexity").at("3"), 60);
  thresholds.insert(thresholds.end(), {"--bits", "2,4,8"});
  const RunResult without = run_paq(thresholds);
  ASSERT_TRUE(succeeded(without));
  const json summary = json::parse(without.out).at("thresholds")[0];
  EXPECT_EQ(summary.at("prompts"), 60);
  EXPECT_EQ(summary.at("unlabelled"), 1);
  thresholds.back() = "2,5";
  EXPECT_TRUE(refused_with_one_line(run_paq(thresholds), "2,3,4,8"));
}

}  // namespace
}  // namespace paq::testing
