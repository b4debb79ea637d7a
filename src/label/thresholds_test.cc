// SPDX-License-Identifier: MIT
#include "label/thresholds.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"

namespace paq {
namespace {

const std::vector<BitWidth> kWidths = {{2}, {4}, {16}};

PromptOutcomes prompt_with(std::vector<double> perplexities) {
  PromptOutcomes prompt;
  for (size_t i = 0; i < perplexities.size(); ++i) {
    Outcome outcome;
    outcome.bits = kWidths[i];
    outcome.perplexity = perplexities[i];
    outcome.score = i == 0 ? 0.0 : 1.0;
    outcome.seconds = static_cast<double>(kWidths[i].bits);
    prompt.outcomes[kWidths[i]] = outcome;
  }
  return prompt;
}

TEST(Thresholds, SayWhatEveryTauWouldMean) {
  const std::vector<PromptOutcomes> prompts = {prompt_with({1.05, 1.04, 1.03}),
                                               prompt_with({1.20, 1.10, 1.05}),
                                               prompt_with({1.50, 1.40, 1.30})};
  const auto summaries = summarise_thresholds(prompts, kWidths, kPaperTaus);
  ASSERT_EQ(summaries.size(), 3u);
  EXPECT_EQ(summaries[0].use, (std::map<BitWidth, int64_t>{{{2}, 1}, {{4}, 0}, {{16}, 2}}));
  EXPECT_EQ(summaries[1].use, (std::map<BitWidth, int64_t>{{{2}, 1}, {{4}, 1}, {{16}, 1}}));
  EXPECT_EQ(summaries[2].use, (std::map<BitWidth, int64_t>{{{2}, 2}, {{4}, 0}, {{16}, 1}}));
  EXPECT_NEAR(*summaries[1].score, 2.0 / 3, 1e-12);
  EXPECT_NEAR(*summaries[1].seconds, (2 + 4 + 16) / 3.0, 1e-12);
  EXPECT_NEAR(summaries[1].bits, (2 + 4 + 16) / 3.0, 1e-12);
  EXPECT_EQ(summaries[1].prompts, 3);
  EXPECT_EQ(summaries[1].unlabelled, 0);
}

TEST(Thresholds, CountWhatIsMissing) {
  std::vector<PromptOutcomes> prompts = {prompt_with({1.5}), prompt_with({1.5, 1.4}),
                                         prompt_with({1.01})};
  for (auto& [bits, outcome] : prompts[2].outcomes) outcome.score = std::nullopt;
  const double tau[] = {1.13};
  const ThresholdSummary summary = summarise_thresholds(prompts, kWidths, tau)[0];
  EXPECT_EQ(summary.unlabelled, 1);
  EXPECT_EQ(summary.prompts, 2);
  EXPECT_EQ(summary.use.at({16}), 1);
  EXPECT_EQ(summary.score, std::nullopt);
  EXPECT_EQ(summary.seconds, 2);
  EXPECT_EQ(summary.bits, 9);
}

TEST(Thresholds, RefuseWhatMakesNoSense) {
  const std::vector<PromptOutcomes> prompts = {prompt_with({1.5})};
  for (const double bad : {0.99, -1.0, std::nan("")}) {
    EXPECT_THROW(summarise_thresholds(prompts, kWidths, {&bad, 1}), Error) << bad;
  }
  EXPECT_THROW(summarise_thresholds({}, {}, kPaperTaus), Error);
  EXPECT_EQ(summarise_thresholds({}, kWidths, kPaperTaus)[0].prompts, 0);
}

}  // namespace
}  // namespace paq
