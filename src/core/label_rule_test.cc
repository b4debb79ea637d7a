// SPDX-License-Identifier: MIT
#include "core/label_rule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "core/error.h"

namespace paq {
namespace {

const std::vector<BitWidth> kWidths = {{2}, {4}, {8}};

// Perplexities 1.5, 1.1, 1.0; scores 0, 1, 1; the 2-bit response loops.
PromptOutcomes make_prompt() {
  PromptOutcomes prompt;
  const double perplexities[] = {1.5, 1.1, 1.0}, scores[] = {0, 1, 1};
  for (size_t k = 0; k < kWidths.size(); ++k) {
    Outcome& outcome = prompt.outcomes[kWidths[k]];
    outcome.bits = kWidths[k];
    outcome.perplexity = perplexities[k];
    outcome.score = scores[k];
    outcome.token_ids = {1, 2, 3};
  }
  prompt.outcomes[{2}].token_ids = std::vector<int32_t>(30, 7);
  for (const BitWidth bits : {BitWidth{2}, BitWidth{4}}) {
    Comparison& comparison = prompt.comparisons[bits];
    comparison.bits = bits;
    comparison.reference = {8};
    comparison.tokens = 4;
    comparison.logprob = bits.bits == 2 ? -0.5 : -0.02;
    comparison.reference_logprob = -0.01;
    comparison.divergence = bits.bits == 2 ? 0.4 : 0.001;
    comparison.agreement = bits.bits == 2 ? 0.75 : 1.0;
  }
  return prompt;
}

TEST(LabelModes, TheTableHoldsTogether) {
  std::set<std::string_view> names;
  size_t index = 0;
  for (const LabelModeSpec& spec : label_modes()) {
    EXPECT_EQ(static_cast<size_t>(spec.mode), index++) << spec.name;
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    EXPECT_GE(spec.version, 1);
    EXPECT_FALSE(spec.measure.empty());
    EXPECT_FALSE(spec.source.empty());
    EXPECT_LE(spec.low, spec.threshold) << spec.name;
    EXPECT_LE(spec.threshold, spec.high) << spec.name;
    EXPECT_EQ(&label_mode_spec(spec.mode), &spec);
    EXPECT_EQ(&label_mode_spec(spec.name), &spec);
    EXPECT_EQ(&label_mode_spec(spec.router_name), &spec);
    check_rule({.mode = spec.mode, .threshold = spec.threshold});
    EXPECT_THROW(check_rule({.mode = spec.mode, .threshold = spec.low - 0.1}), Error);
    EXPECT_THROW(check_rule({.mode = spec.mode, .threshold = std::nan("")}), Error);
  }
  EXPECT_EQ(index, 6u);
  try {
    label_mode_spec("perplexities");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    for (const std::string_view name : names) {
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << name;
    }
  }
}

TEST(LabelModes, RoutersRememberTheirRule) {
  for (const LabelModeSpec& spec : label_modes()) {
    for (const bool reject : {false, true}) {
      const LabelRule rule{spec.mode, 0.5, reject};
      const LabelRule read = rule_of_router(router_label_mode(rule), 0.5);
      EXPECT_EQ(read.mode, rule.mode);
      EXPECT_EQ(read.reject_loops, reject);
      EXPECT_EQ(read.threshold, 0.5);
    }
  }
  EXPECT_EQ(router_label_mode({}), "response-perplexity");
  EXPECT_EQ(rule_of_router("", 1.1).mode, LabelMode::kPerplexity);
  EXPECT_THROW(rule_of_router("kl+else", 1), Error);
}

TEST(LabelModes, EachHasItsMeasure) {
  const PromptOutcomes prompt = make_prompt();
  const auto measure = [&](LabelMode mode, int bits) {
    return *label_measure(prompt, kWidths, {bits}, mode);
  };
  EXPECT_EQ(measure(LabelMode::kPerplexity, 4), 1.1);
  EXPECT_DOUBLE_EQ(measure(LabelMode::kLikelihood, 4), std::exp(0.02));
  EXPECT_DOUBLE_EQ(measure(LabelMode::kLikelihoodRatio, 4), std::exp(0.01));
  EXPECT_EQ(measure(LabelMode::kDivergence, 2), 0.4);
  EXPECT_EQ(measure(LabelMode::kTopAgreement, 2), 0.75);
  EXPECT_EQ(measure(LabelMode::kScore, 2), 1);
  EXPECT_EQ(measure(LabelMode::kScore, 8), 0);
}

// A walk over all modes: at the threshold is good enough, a hair on the wrong side of it is not,
// and without what the mode needs there is no label.
TEST(LabelModes, LabelsFollowFromMeasureAndThreshold) {
  for (const LabelModeSpec& spec : label_modes()) {
    const PromptOutcomes prompt = make_prompt();
    for (const BitWidth bits : {BitWidth{2}, BitWidth{4}}) {
      const double measure = *label_measure(prompt, kWidths, bits, spec.mode);
      LabelRule rule{.mode = spec.mode, .threshold = measure};
      EXPECT_EQ(label_of(prompt, kWidths, rule), bits) << spec.name;
      rule.threshold += spec.lower_is_better ? -1e-6 : 1e-6;
      const auto stricter = label_of(prompt, kWidths, rule);
      ASSERT_TRUE(stricter) << spec.name;
      EXPECT_GT(*stricter, bits) << spec.name;
    }
    PromptOutcomes bare = make_prompt();
    bare.comparisons.clear();
    for (auto& [bits, outcome] : bare.outcomes) outcome.perplexity = outcome.score = std::nullopt;
    EXPECT_EQ(label_of(bare, kWidths, {.mode = spec.mode, .threshold = spec.threshold}),
              std::nullopt)
        << spec.name;
    // With one width there is nothing to decide.
    EXPECT_EQ(label_of(bare, {&kWidths[2], 1}, {.mode = spec.mode, .threshold = spec.threshold}),
              BitWidth{8});
  }
}

TEST(LabelModes, NothingAboveTheLabelIsNeeded) {
  PromptOutcomes prompt = make_prompt();
  prompt.outcomes.erase({4});
  prompt.outcomes.erase({8});
  EXPECT_EQ(perplexity_label(prompt, kWidths, 1.6), BitWidth{2});
  EXPECT_EQ(perplexity_label(prompt, kWidths, 1.4), std::nullopt);
  EXPECT_EQ(label_of(prompt, kWidths, {.mode = LabelMode::kScore, .threshold = 1}), std::nullopt);
}

TEST(LabelModes, ScoresAreComparedWithoutRoundingErrors) {
  PromptOutcomes prompt = make_prompt();
  prompt.outcomes[{2}].score = 0.1 + 0.2;
  prompt.outcomes[{8}].score = 0.3;
  EXPECT_EQ(label_of(prompt, kWidths, {.mode = LabelMode::kScore, .threshold = 0}), BitWidth{2});
  std::swap(prompt.outcomes[{2}].score, prompt.outcomes[{8}].score);
  EXPECT_EQ(label_of(prompt, kWidths, {.mode = LabelMode::kScore, .threshold = 0}), BitWidth{2});
}

TEST(LabelModes, LoopsCanBeRejected) {
  const PromptOutcomes prompt = make_prompt();
  LabelRule rule{.mode = LabelMode::kPerplexity, .threshold = 1.6};
  EXPECT_EQ(label_of(prompt, kWidths, rule), BitWidth{2});
  rule.reject_loops = true;
  EXPECT_EQ(label_of(prompt, kWidths, rule), BitWidth{4});
  rule = {.mode = LabelMode::kDivergence, .threshold = 0.5, .reject_loops = true};
  EXPECT_EQ(label_of(prompt, kWidths, rule), BitWidth{4});
  PromptOutcomes unanswered = make_prompt();
  unanswered.outcomes.clear();
  EXPECT_EQ(label_of(unanswered, kWidths, rule), std::nullopt);
}

TEST(ResponseHash, GoesByTokensWhereThereAreAny) {
  Outcome a, b;
  a.response = b.response = "yes";
  EXPECT_EQ(response_hash(a), response_hash(b));
  b.response = "no";
  EXPECT_NE(response_hash(a), response_hash(b));
  a.token_ids = b.token_ids = {12, 3};
  EXPECT_EQ(response_hash(a), response_hash(b));
  b.token_ids = {1, 23};
  EXPECT_NE(response_hash(a), response_hash(b));
}

}  // namespace
}  // namespace paq
