// SPDX-License-Identifier: MIT
#include "label/threshold_sweep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "core/testing/error_code.h"
#include "label/thresholds.h"

namespace paq {
namespace {

const std::vector<BitWidth> kWidths = {{2}, {4}, {8}};

// Smaller widths are less certain and less often right; certain answers are right more often.
std::vector<PromptOutcomes> make_prompts(int count, double spread = 0.3) {
  Random random(11, "sweep");
  std::vector<PromptOutcomes> prompts;
  for (int i = 0; i < count; ++i) {
    PromptOutcomes prompt;
    prompt.prompt.id = std::to_string(i);
    const double difficulty = random.uniform();
    for (const BitWidth bits : kWidths) {
      Outcome& outcome = prompt.outcomes[bits];
      outcome.bits = bits;
      outcome.perplexity = 1 + spread * difficulty * (0.5 + random.uniform()) * 4 / bits.bits;
      outcome.score = random.uniform() * 2.2 > difficulty * 4 / bits.bits ? 1 : 0;
      outcome.seconds = bits.bits;
    }
    prompts.push_back(prompt);
  }
  return prompts;
}

TEST(ThresholdSweep, AgreesWithTheLabelsAtEveryPoint) {
  const auto prompts = make_prompts(300);
  for (const bool reject : {false, true}) {
    SweepOptions options;
    options.points = 30;
    options.also = {1.07, 1.13, 1.21};
    options.reject_loops = reject;
    const ThresholdSweep sweep = sweep_thresholds(prompts, kWidths, options);
    EXPECT_EQ(sweep.prompts, 300);
    EXPECT_EQ(sweep.left_out, 0);
    EXPECT_LE(sweep.points.size(), 33u);
    EXPECT_GE(sweep.points.size(), 20u);
    for (const ThresholdPoint& point : sweep.points) {
      const std::vector<double> tau = {point.threshold};
      const ThresholdSummary summary = summarise_thresholds(prompts, kWidths, tau).front();
      for (size_t k = 0; k < kWidths.size(); ++k) {
        EXPECT_NEAR(point.shares[k] * 300, static_cast<double>(summary.use.at(kWidths[k])), 1e-9);
      }
      EXPECT_NEAR(*point.score, *summary.score, 1e-12);
      EXPECT_NEAR(*point.seconds, *summary.seconds, 1e-12);
      EXPECT_NEAR(point.bits, summary.bits, 1e-12);
    }
  }
}

TEST(ThresholdSweep, GoesFromOneEndToTheOther) {
  const ThresholdSweep sweep = sweep_thresholds(make_prompts(200), kWidths, {});
  for (size_t i = 1; i < sweep.points.size(); ++i) {
    EXPECT_GT(sweep.points[i].threshold, sweep.points[i - 1].threshold);
    EXPECT_LE(sweep.points[i].bits, sweep.points[i - 1].bits);
    EXPECT_GE(sweep.points[i].position, sweep.points[i - 1].position);
  }
  EXPECT_NEAR(sweep.points.front().position, 1.0 / 400, 0.01);
  EXPECT_EQ(sweep.points.back().position, 1);
  EXPECT_EQ(sweep.points.back().shares[0], 1);
  // What is typed is what was meant.
  for (const ThresholdPoint& point : sweep.points) {
    EXPECT_NEAR(std::round(point.threshold * 1e4), point.threshold * 1e4, 1e-6);
  }
}

TEST(ThresholdSweep, PromptsThatLackSomethingAreLeftOut) {
  auto prompts = make_prompts(50);
  prompts[0].outcomes.at({2}).perplexity = std::nullopt;
  prompts[1].outcomes.erase({4});
  prompts[2].outcomes.at({8}).score = std::nullopt;
  prompts[3].outcomes.at({8}).perplexity = std::nullopt;  // not needed
  prompts[4].outcomes.at({2}).perplexity = std::nan("");
  const ThresholdSweep sweep = sweep_thresholds(prompts, kWidths, {});
  EXPECT_EQ(sweep.left_out, 4);
  EXPECT_EQ(sweep.prompts, 46);
  for (PromptOutcomes& prompt : prompts) {
    for (auto& [bits, outcome] : prompt.outcomes) outcome.score = outcome.seconds = std::nullopt;
  }
  const ThresholdSweep bare = sweep_thresholds(prompts, kWidths, {});
  EXPECT_EQ(bare.prompts, 47);
  EXPECT_FALSE(bare.largest_score);
  EXPECT_FALSE(bare.points.front().score);
  EXPECT_FALSE(bare.points.front().seconds);
  EXPECT_TRUE(propose_thresholds(bare));
  EXPECT_TRUE(sweep_thresholds({}, kWidths, {}).points.empty());
  EXPECT_FALSE(propose_thresholds(sweep_thresholds({}, kWidths, {})));
  EXPECT_EQ(code_of([&] { sweep_thresholds(prompts, kWidths, {.points = 1}); }), ErrorCode::kUsage);
}

TEST(ThresholdSweep, HigherIsStricterWhereAgreementIsMeasured) {
  auto prompts = make_prompts(100);
  Random random(3, "agreement");
  for (PromptOutcomes& prompt : prompts) {
    for (const BitWidth bits : {BitWidth{2}, BitWidth{4}}) {
      Comparison& comparison = prompt.comparisons[bits];
      comparison.agreement = static_cast<double>(random.below(11)) / 10;
    }
  }
  const ThresholdSweep sweep =
      sweep_thresholds(prompts, kWidths, {.mode = LabelMode::kTopAgreement});
  EXPECT_EQ(sweep.points.size(), 11u);
  EXPECT_EQ(sweep.points.front().threshold, 1);
  EXPECT_NEAR(sweep.points.back().threshold, 0, 1e-12);
  EXPECT_EQ(sweep.points.back().shares[0], 1);
  for (const ThresholdPoint& point : sweep.points) {
    double small = 0;
    for (const PromptOutcomes& prompt : prompts) {
      small +=
          label_of(prompt, kWidths, {LabelMode::kTopAgreement, point.threshold}) == BitWidth{2};
    }
    EXPECT_NEAR(point.shares[0] * 100, small, 1e-9) << point.threshold;
  }
}

TEST(ThresholdProposal, KeepsItsConditions) {
  const ThresholdSweep sweep = sweep_thresholds(make_prompts(2000), kWidths, {});
  const auto proposal = propose_thresholds(sweep);
  ASSERT_TRUE(proposal);
  EXPECT_EQ(proposal->least_share, 0.05);
  EXPECT_LT(proposal->conservative, proposal->medium);
  EXPECT_LT(proposal->medium, proposal->aggressive);
  EXPECT_NEAR(*proposal->least_score, *sweep.largest_score - 0.01, 1e-12);
  const auto holds = [&](const ThresholdPoint& point) {
    return *std::min_element(point.shares.begin(), point.shares.end()) >= 0.05 &&
           *point.score >= *proposal->least_score - 1e-9;
  };
  double low = 0, high = 0, middle = 0;
  for (const ThresholdPoint& point : sweep.points) {
    const bool outside =
        point.threshold < proposal->conservative || point.threshold > proposal->aggressive;
    EXPECT_FALSE(outside && holds(point)) << point.threshold;
    if (point.threshold == proposal->conservative) low = point.bits;
    if (point.threshold == proposal->aggressive) high = point.bits;
    if (point.threshold == proposal->medium) middle = point.bits;
    EXPECT_TRUE(point.threshold != proposal->medium || holds(point));
  }
  EXPECT_NEAR(middle, (low + high) / 2, 0.1 * (low - high));
}

TEST(ThresholdProposal, AsksForLessWhereNothingElseWillDo) {
  // 4 bits are the label of three prompts in a hundred, whatever the threshold.
  std::vector<PromptOutcomes> prompts = make_prompts(100);
  for (size_t i = 0; i < prompts.size(); ++i) {
    auto& outcomes = prompts[i].outcomes;
    outcomes.at({2}).perplexity = i < 40 ? 1.05 : 1.5;
    outcomes.at({4}).perplexity = i < 43 ? 1.05 : 1.5;
    for (auto& [bits, outcome] : outcomes) outcome.score = 1;
  }
  const auto proposal = propose_thresholds(sweep_thresholds(prompts, kWidths, {}));
  ASSERT_TRUE(proposal);
  EXPECT_EQ(proposal->least_share, 0.02);
  EXPECT_EQ(proposal->conservative, 1.05);
  EXPECT_EQ(proposal->aggressive, 1.05);
  for (PromptOutcomes& prompt : prompts) prompt.outcomes.at({4}).perplexity = 2;
  EXPECT_FALSE(propose_thresholds(sweep_thresholds(prompts, kWidths, {})));
}

}  // namespace
}  // namespace paq
