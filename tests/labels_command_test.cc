// SPDX-License-Identifier: MIT
// paq labels, paq outcomes merge and the sweep of paq thresholds, from the command line: real
// variants with random weights, whose outcomes are rated, compared and merged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/label_rule.h"
#include "fixtures.h"
#include "ladder/ladder_files.h"
#include "store/store.h"

namespace paq::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr int kPrompts = 6;

class LabelsCommand : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    write_tiny_model(*folder_ / "model.gguf");
    ASSERT_TRUE(succeeded(run_paq({"ladder", "build", *folder_ / "model.gguf", "--out",
                                   *folder_ / "ladder", "--bits", "4,8,16"})));
    write_prompts(*folder_ / "prompts.jsonl", kPrompts, "train");
    ASSERT_TRUE(succeeded(label("s.db")));
    ASSERT_TRUE(succeeded(measure("s.db")));
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }

  static RunResult label(const std::string& store, const std::string& limit = "0") {
    return run_paq({"label", "--ladder", *folder_ / "ladder", "--store", *folder_ / store, "--task",
                    "mini-gsm8k=" + (*folder_ / "prompts.jsonl"), "--limit", limit, "--context",
                    "512", "--json"});
  }

  static RunResult measure(const std::string& store, const std::string& memory = "1") {
    return run_paq({"labels", "measure", "--ladder", *folder_ / "ladder", "--store",
                    *folder_ / store, "--context", "512", "--memory", memory, "--json"});
  }

  static std::vector<PromptOutcomes> stored(const std::string& store) {
    return Store::open(*folder_ / store, Store::Mode::kRead).outcomes({});
  }

  static TemporaryFolder* folder_;
};
TemporaryFolder* LabelsCommand::folder_ = nullptr;

// Rating a response that was generated must find the probabilities that it was generated with, by
// the variant that generated it: the same tokens, at the same places, after the same prompt.
TEST_F(LabelsCommand, TheLargestVariantRatesItsResponsesAsItGaveThem) {
  const auto prompts = stored("s.db");
  ASSERT_EQ(prompts.size(), static_cast<size_t>(kPrompts));
  for (const PromptOutcomes& item : prompts) {
    ASSERT_EQ(item.comparisons.size(), 2u);
    const Outcome& largest = item.outcomes.at({16});
    for (const auto& [bits, comparison] : item.comparisons) {
      EXPECT_EQ(comparison.reference, BitWidth{16});
      EXPECT_EQ(comparison.tokens, *largest.tokens);
      EXPECT_NEAR(std::exp(-comparison.reference_logprob) / *largest.perplexity, 1, 0.01);
      ASSERT_TRUE(comparison.divergence);
      EXPECT_GT(*comparison.divergence, 0);
      EXPECT_GE(*comparison.agreement, 0);
      EXPECT_LE(*comparison.agreement, 1);
      EXPECT_EQ(comparison.logprobs.size(), static_cast<size_t>(comparison.tokens));
      double sum = 0;
      for (const float logprob : comparison.logprobs) sum += logprob;
      EXPECT_NEAR(sum / comparison.tokens, comparison.logprob, 1e-3 * -comparison.logprob);
    }
    EXPECT_LT(*item.comparisons.at({8}).divergence, *item.comparisons.at({4}).divergence);
  }
}

TEST_F(LabelsCommand, MeasuringDoesNothingTwiceAndWindowsChangeNothing) {
  const RunResult again = measure("s.db");
  ASSERT_TRUE(succeeded(again));
  EXPECT_EQ(json::parse(again.out)["added"], 0);
  EXPECT_EQ(json::parse(again.out)["already_there"], 2 * kPrompts);
  EXPECT_EQ(json::parse(again.out)["tokens"], 0);

  // The same prompts, rated one by one.
  ASSERT_TRUE(succeeded(label("bare.db")));
  ASSERT_TRUE(succeeded(measure("bare.db", "0")));
  const auto whole = stored("s.db"), bare = stored("bare.db");
  for (size_t i = 0; i < whole.size(); ++i) {
    if (whole[i].outcomes.at({16}).token_ids != bare[i].outcomes.at({16}).token_ids) continue;
    for (const auto& [bits, comparison] : whole[i].comparisons) {
      EXPECT_NEAR(bare[i].comparisons.at(bits).logprob, comparison.logprob,
                  0.01 * std::fabs(comparison.logprob));
    }
  }
}

TEST_F(LabelsCommand, ComparesEveryModeThereIs) {
  const RunResult result =
      run_paq({"labels", "compare", "--store", *folder_ / "s.db", "--threshold", "kl=0.5",
               "--threshold", "top1=0.25", "--tau", "1.2", "--json"});
  ASSERT_TRUE(succeeded(result));
  const json comparison = json::parse(result.out);
  EXPECT_EQ(comparison["widths"], (std::vector<int>{4, 8, 16}));
  EXPECT_EQ(comparison["prompts"], kPrompts);
  ASSERT_EQ(comparison["modes"].size(), label_modes().size());
  for (size_t m = 0; m < label_modes().size(); ++m) {
    const json& mode = comparison["modes"][m];
    EXPECT_EQ(mode["mode"], label_modes()[m].name);
    EXPECT_EQ(mode["labelled"], kPrompts) << mode;
    int used = 0;
    for (const auto& [bits, count] : mode["use"].items()) used += count.get<int>();
    EXPECT_EQ(used, comparison["common"]);
  }
  EXPECT_EQ(comparison["modes"][0]["threshold"], 1.2);
  EXPECT_EQ(comparison["modes"][3]["threshold"], 0.5);
  EXPECT_EQ(comparison["modes"][4]["threshold"], 0.25);
  EXPECT_EQ(comparison["pairs"].size(), label_modes().size() * (label_modes().size() - 1) / 2);
  EXPECT_EQ(comparison["loops"]["4"]["answers"], kPrompts);

  const RunResult table = run_paq({"labels", "compare", "--store", *folder_ / "s.db", "--match"});
  ASSERT_TRUE(succeeded(table));
  for (const LabelModeSpec& spec : label_modes()) {
    EXPECT_THAT(table.out, HasSubstr(std::string(spec.name)));
  }
}

TEST_F(LabelsCommand, ListsTheModes) {
  const RunResult result = run_paq({"labels", "modes", "--json"});
  ASSERT_TRUE(succeeded(result));
  const json modes = json::parse(result.out);
  ASSERT_EQ(modes.size(), label_modes().size());
  for (size_t m = 0; m < modes.size(); ++m) {
    EXPECT_EQ(modes[m]["mode"], label_modes()[m].name);
    EXPECT_EQ(modes[m]["version"], label_modes()[m].version);
    EXPECT_FALSE(modes[m]["source"].get<std::string>().empty());
  }
  EXPECT_TRUE(succeeded(run_paq({"labels", "modes"})));
}

TEST_F(LabelsCommand, RefusesWhatMakesNoSense) {
  const std::string store = *folder_ / "s.db";
  for (const std::string threshold : {"kl", "kl=", "kl=x", "kl=-1", "kl=1x", "=1", "none=1"}) {
    EXPECT_TRUE(refused_with_one_line(
        run_paq({"labels", "compare", "--store", store, "--threshold", threshold}), ""))
        << threshold;
  }
  EXPECT_TRUE(refused_with_one_line(
      run_paq({"thresholds", "--store", store, "--label-mode", "none"}), "likelihood-ratio"));
  EXPECT_TRUE(refused_with_one_line(
      run_paq({"thresholds", "--store", store, "--label-mode", "top1", "--tau", "2"}), "top1"));
  EXPECT_TRUE(refused_with_one_line(run_paq({"labels", "measure", "--store", store}), "--ladder"));
  EXPECT_TRUE(failed_with_one_line(run_paq({"labels", "measure", "--store", *folder_ / "none.db",
                                            "--ladder", *folder_ / "ladder"}),
                                   "there is no store"));
  EXPECT_FALSE(std::filesystem::exists(*folder_ / "none.db"));
}

TEST_F(LabelsCommand, SweepsThresholdsOfAnyMode) {
  for (const LabelModeSpec& spec : label_modes()) {
    const RunResult result = run_paq({"thresholds", "--store", *folder_ / "s.db", "--label-mode",
                                      std::string(spec.name), "--json"});
    ASSERT_TRUE(succeeded(result)) << spec.name;
    const json summary = json::parse(result.out);
    EXPECT_EQ(summary["label_mode"], spec.name);
    EXPECT_EQ(summary["sweep"]["prompts"], kPrompts);
    const json& points = summary["sweep"]["points"];
    ASSERT_FALSE(points.empty());
    EXPECT_NEAR(points.back()["shares"]["4"], 1, 1e-12) << spec.name;
    for (const json& point : points) {
      double sum = 0;
      for (const auto& [bits, share] : point["shares"].items()) sum += share.get<double>();
      EXPECT_NEAR(sum, 1, 1e-9);
    }
  }
  const RunResult table = run_paq({"thresholds", "--store", *folder_ / "s.db", "--sweep", "5"});
  ASSERT_TRUE(succeeded(table));
  EXPECT_THAT(table.out, HasSubstr("1.07, 1.13 and 1.21 admit"));
}

TEST(Thresholds, ProposesThreeForLearnableOutcomes) {
  const TemporaryFolder folder;
  write_learnable_outcomes(folder / "o.jsonl", 600);
  ASSERT_TRUE(
      succeeded(run_paq({"outcomes", "import", folder / "o.jsonl", "--store", folder / "s.db"})));
  const RunResult result = run_paq({"thresholds", "--store", folder / "s.db", "--json"});
  ASSERT_TRUE(succeeded(result));
  const json proposal = json::parse(result.out).at("proposal");
  ASSERT_FALSE(proposal.is_null());
  EXPECT_EQ(proposal["least_share"], 0.05);
  EXPECT_LE(proposal["conservative"], proposal["medium"]);
  EXPECT_LE(proposal["medium"], proposal["aggressive"]);
  EXPECT_GE(proposal["conservative"], 1);
}

TEST_F(LabelsCommand, MergedShardsAreOneRun) {
  ASSERT_TRUE(succeeded(label("part.db", "2")));
  const std::vector<std::string> merge = {"outcomes",        "merge",  *folder_ / "part.db",
                                          *folder_ / "s.db", "--into", *folder_ / "all.db",
                                          "--json"};
  const RunResult merged = run_paq(merge);
  ASSERT_TRUE(succeeded(merged));
  const json summary = json::parse(merged.out);
  EXPECT_EQ(summary["outcomes"], 3 * kPrompts);
  EXPECT_EQ(summary["merged"][0]["outcomes"], 6);
  EXPECT_EQ(summary["merged"][1]["outcomes"], 3 * kPrompts - 6);
  EXPECT_EQ(summary["merged"][1]["comparisons"], 2 * kPrompts);
  const int same = summary["merged"][1]["already_there"], other = summary["merged"][1]["different"];
  EXPECT_EQ(same + other, 6);

  const json again = json::parse(run_paq(merge).out);
  EXPECT_EQ(again["outcomes"], 3 * kPrompts);
  EXPECT_EQ(again["merged"][1]["outcomes"], 0);
  EXPECT_EQ(again["merged"][1]["comparisons"], 0);
  // Nothing is left to be done.
  EXPECT_EQ(json::parse(label("all.db").out)["added"], 0);

  EXPECT_TRUE(failed_with_one_line(
      run_paq({"outcomes", "merge", *folder_ / "none.db", "--into", *folder_ / "new.db"}),
      "none.db"));
  EXPECT_FALSE(std::filesystem::exists(*folder_ / "new.db"));
  EXPECT_TRUE(refused_with_one_line(
      run_paq({"outcomes", "merge", *folder_ / "s.db", "--into", *folder_ / "s.db"}), "itself"));
}

}  // namespace
}  // namespace paq::testing
