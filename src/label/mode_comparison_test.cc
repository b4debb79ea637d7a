// SPDX-License-Identifier: MIT
#include "label/mode_comparison.h"

#include <gtest/gtest.h>

#include "core/random.h"
#include "core/testing/error_code.h"

namespace paq {
namespace {

const std::vector<BitWidth> kWidths = {{2}, {8}};

// One prompt with its 2-bit perplexity, divergence and score; at 8 bits all are right.
PromptOutcomes make(double perplexity, double divergence, double score) {
  PromptOutcomes prompt;
  for (const BitWidth bits : kWidths) {
    Outcome& outcome = prompt.outcomes[bits];
    outcome.bits = bits;
    outcome.perplexity = bits.bits == 2 ? perplexity : 1.01;
    outcome.score = bits.bits == 2 ? score : 1;
    outcome.seconds = bits.bits;
    outcome.token_ids = {1, 2, 3};
  }
  Comparison& comparison = prompt.comparisons[{2}];
  comparison.divergence = divergence;
  comparison.agreement = 1 - divergence;
  comparison.logprob = -divergence;
  return prompt;
}

const std::vector<LabelRule> kRules = {
    {LabelMode::kPerplexity, 1.13}, {LabelMode::kDivergence, 0.1}, {LabelMode::kScore, 0}};

const ModePair& pair_of(const ModeComparison& comparison, LabelMode a, LabelMode b) {
  for (const ModePair& pair : comparison.pairs) {
    if (pair.a == a && pair.b == b) return pair;
  }
  throw Error(ErrorCode::kNotFound, "no such pair");
}

TEST(ModeComparison, AgreementAndKappaByHand) {
  // Labels by perplexity 2 2 8 8, by divergence 2 8 8 2, by score 2 8 8 8.
  const std::vector<PromptOutcomes> prompts = {make(1.0, 0.0, 1), make(1.1, 0.5, 0),
                                               make(1.5, 0.6, 0), make(1.6, 0.01, 0)};
  const ModeComparison comparison = compare_modes(prompts, kWidths, kRules);
  EXPECT_EQ(comparison.prompts, 4);
  EXPECT_EQ(comparison.common, 4);
  EXPECT_EQ(comparison.pairs.size(), 3u);
  const ModePair& first = pair_of(comparison, LabelMode::kPerplexity, LabelMode::kDivergence);
  EXPECT_EQ(first.prompts, 4);
  EXPECT_EQ(first.agreement, 0.5);
  EXPECT_DOUBLE_EQ(*first.kappa, 0);
  const ModePair& second = pair_of(comparison, LabelMode::kPerplexity, LabelMode::kScore);
  EXPECT_EQ(second.agreement, 0.75);
  EXPECT_DOUBLE_EQ(*second.kappa, 0.5);  // chance (2*1 + 2*3) / 16

  ASSERT_EQ(comparison.modes.size(), 3u);
  const ModeFigures& perplexity = comparison.modes[0];
  EXPECT_EQ(perplexity.labelled, 4);
  EXPECT_EQ(perplexity.use.at({2}), 2);
  EXPECT_DOUBLE_EQ(*perplexity.score, 0.75);
  EXPECT_DOUBLE_EQ(*perplexity.seconds, 5);
  EXPECT_DOUBLE_EQ(perplexity.bits, 5);
  EXPECT_DOUBLE_EQ(perplexity.areas.at({2}).right.area.value, 1);
  EXPECT_DOUBLE_EQ(perplexity.areas.at({2}).adequate.area.value, 1);
  EXPECT_DOUBLE_EQ(perplexity.pooled->right.area.value, 1);
  EXPECT_FALSE(perplexity.areas.at({8}).right.is_defined());
  const ModeFigures& divergence = comparison.modes[1];
  EXPECT_DOUBLE_EQ(divergence.pooled->right.area.value, 1);
  EXPECT_FALSE(divergence.areas.contains({8}));
  EXPECT_TRUE(comparison.modes[2].areas.empty());
  EXPECT_FALSE(comparison.modes[2].pooled);
}

TEST(ModeComparison, ModesWithoutLabelsAreNamedAndNotCompared) {
  std::vector<PromptOutcomes> prompts = {make(1.0, 0.0, 1), make(1.5, 0.5, 0)};
  for (PromptOutcomes& prompt : prompts) prompt.comparisons.clear();
  const ModeComparison comparison = compare_modes(prompts, kWidths, kRules);
  EXPECT_EQ(comparison.common, 2);
  EXPECT_EQ(comparison.modes[1].labelled, 0);
  EXPECT_EQ(comparison.pairs.size(), 1u);
  EXPECT_FALSE(comparison.modes[1].pooled);
  EXPECT_EQ(comparison.modes[0].use.at({2}), 1);
}

TEST(ModeComparison, FiguresAreOverPromptsThatAllHaveLabelsFor) {
  std::vector<PromptOutcomes> prompts = {make(1.0, 0.0, 1), make(1.5, 0.5, 0)};
  prompts[1].comparisons.clear();
  const ModeComparison comparison = compare_modes(prompts, kWidths, kRules);
  EXPECT_EQ(comparison.common, 1);
  EXPECT_EQ(comparison.modes[0].labelled, 2);
  EXPECT_EQ(comparison.modes[0].use.at({2}), 1);
  EXPECT_EQ(comparison.modes[0].use.at({8}), 0);
  EXPECT_EQ(pair_of(comparison, LabelMode::kPerplexity, LabelMode::kScore).prompts, 2);
  EXPECT_EQ(pair_of(comparison, LabelMode::kPerplexity, LabelMode::kDivergence).prompts, 1);
  // All labels equal: nothing that chance would not do.
  EXPECT_EQ(pair_of(comparison, LabelMode::kPerplexity, LabelMode::kDivergence).kappa,
            std::nullopt);
}

TEST(ModeComparison, AreasAreOfTheSameAnswers) {
  // By perplexity alone all four are told apart; of two of them nothing else is known.
  std::vector<PromptOutcomes> prompts = {make(1.0, 0.5, 1), make(1.1, 0.0, 1), make(1.5, 0.6, 0),
                                         make(1.05, 0.1, 0)};
  prompts[1].comparisons.clear();
  prompts[2].comparisons.clear();
  const ModeComparison comparison = compare_modes(prompts, kWidths, kRules);
  for (const size_t mode : {0u, 1u}) {
    const RocArea& right = comparison.modes[mode].pooled->right;
    EXPECT_EQ(right.right, 1);
    EXPECT_EQ(right.wrong, 1);
  }
  EXPECT_EQ(comparison.modes[0].areas.at({8}).right.right, 4);
}

TEST(ModeComparison, MatchingCountsPromptsThatAllModesLabel) {
  Random random(5, "match");
  std::vector<PromptOutcomes> prompts;
  for (int i = 0; i < 400; ++i) {
    // Where nothing but outcomes is known, 2 bits never do.
    const double difficulty = random.uniform();
    prompts.push_back(make(i % 2 == 0 ? 1 + 0.2 * difficulty : 9, difficulty, 1));
    if (i % 2 == 1) prompts.back().comparisons.clear();
  }
  const auto matched = match_thresholds(prompts, kWidths, kRules);
  const ModeComparison comparison = compare_modes(prompts, kWidths, matched);
  EXPECT_EQ(comparison.common, 200);
  EXPECT_NEAR(comparison.modes[1].bits, comparison.modes[0].bits, 0.05);
  EXPECT_LT(comparison.modes[1].bits, 6);
}

TEST(ModeComparison, AThresholdThatNothingMeetsIsAmongThoseTried) {
  std::vector<PromptOutcomes> prompts;
  for (int i = 0; i < 10; ++i) prompts.push_back(make(2, 0.5, 1));  // 2 bits never do
  const auto matched = match_thresholds(prompts, kWidths, kRules);
  EXPECT_EQ(matched[1].threshold, 0);
  EXPECT_EQ(compare_modes(prompts, kWidths, matched).modes[1].bits, 8);
}

TEST(ModeComparison, CountsLoopsAndWhatThePaperMakesOfThem) {
  std::vector<PromptOutcomes> prompts = {make(1.01, 0, 0), make(1.3, 0, 1), make(1.2, 0, 0),
                                         make(1.4, 0, 1)};
  for (const size_t i : {0u, 2u}) prompts[i].outcomes[{2}].token_ids.assign(40, 7);
  prompts[3].outcomes[{2}].token_ids.clear();  // neither tokens nor text
  const LoopFigures loops = compare_modes(prompts, kWidths, kRules).loops.at({2});
  EXPECT_EQ(loops.answers, 3);
  EXPECT_EQ(loops.loops, 2);
  EXPECT_EQ(loops.accepted, 1);
  EXPECT_DOUBLE_EQ(*loops.perplexity, (1.01 + 1.2) / 2);
  EXPECT_DOUBLE_EQ(*loops.other_perplexity, 1.3);
  EXPECT_EQ(loops.score, 0);
  EXPECT_EQ(loops.other_score, 1);
}

TEST(ModeComparison, MatchedThresholdsCostTheSame) {
  Random random(4, "match");
  std::vector<PromptOutcomes> prompts;
  for (int i = 0; i < 500; ++i) {
    const double difficulty = random.uniform();
    prompts.push_back(make(1 + difficulty * random.uniform(), difficulty * 0.9, 1));
  }
  std::vector<LabelRule> rules = kRules;
  rules.push_back({LabelMode::kTopAgreement, 1});
  const auto matched = match_thresholds(prompts, kWidths, rules);
  EXPECT_EQ(matched[0].threshold, 1.13);
  EXPECT_EQ(matched[2].threshold, 0);
  const ModeComparison comparison = compare_modes(prompts, kWidths, matched);
  EXPECT_NEAR(comparison.modes[1].bits, comparison.modes[0].bits, 0.02);
  EXPECT_NEAR(comparison.modes[3].bits, comparison.modes[0].bits, 0.02);
  // Matching a mode with itself changes no label.
  const std::vector<LabelRule> twice = {{LabelMode::kPerplexity, 1.13},
                                        {LabelMode::kPerplexity, 2}};
  const auto same = match_thresholds(prompts, kWidths, twice);
  EXPECT_EQ(compare_modes(prompts, kWidths, same).pairs.front().agreement, 1);
}

TEST(ModeComparison, RefusesThresholdsThatCannotBe) {
  const std::vector<PromptOutcomes> prompts = {make(1, 0, 1)};
  const std::vector<LabelRule> rules = {{LabelMode::kPerplexity, 0.9}};
  EXPECT_EQ(code_of([&] { compare_modes(prompts, kWidths, rules); }), ErrorCode::kUsage);
}

}  // namespace
}  // namespace paq
