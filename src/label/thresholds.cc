// SPDX-License-Identifier: MIT
#include "label/thresholds.h"

#include <string>

#include "core/error.h"

namespace paq {
namespace {

// A mean over what is there.
class Mean {
 public:
  void add(std::optional<double> value) {
    if (!value) return;
    sum_ += *value;
    ++count_;
  }
  std::optional<double> value() const {
    return count_ == 0 ? std::nullopt : std::optional(sum_ / static_cast<double>(count_));
  }

 private:
  double sum_ = 0;
  int64_t count_ = 0;
};

ThresholdSummary summarise(std::span<const PromptOutcomes> prompts,
                           std::span<const BitWidth> widths, const LabelRule& rule) {
  ThresholdSummary summary;
  summary.tau = rule.threshold;
  for (const BitWidth width : widths) summary.use[width] = 0;
  Mean score, seconds, bits;
  for (const PromptOutcomes& prompt : prompts) {
    const std::optional<BitWidth> label = label_of(prompt, widths, rule);
    if (!label) {
      ++summary.unlabelled;
      continue;
    }
    ++summary.prompts;
    ++summary.use[*label];
    bits.add(label->bits);
    // The largest width is the label where no smaller one will do, whether it has answered or not.
    const auto outcome = prompt.outcomes.find(*label);
    if (outcome == prompt.outcomes.end()) continue;
    score.add(outcome->second.score);
    seconds.add(outcome->second.seconds);
  }
  summary.score = score.value();
  summary.seconds = seconds.value();
  summary.bits = bits.value().value_or(0);
  return summary;
}

}  // namespace

std::vector<ThresholdSummary> summarise_thresholds(std::span<const PromptOutcomes> prompts,
                                                   std::span<const BitWidth> widths,
                                                   std::span<const double> taus) {
  std::vector<LabelRule> rules;
  for (const double tau : taus) {
    // Also false for a NaN.
    if (!(tau >= 1)) {
      throw Error(ErrorCode::kUsage, "the threshold " + std::to_string(tau) +
                                         " is below 1; a perplexity is 1 at least, the paper uses "
                                         "1.07, 1.13 and 1.21");
    }
    rules.push_back({.mode = LabelMode::kPerplexity, .threshold = tau});
  }
  return summarise_thresholds(prompts, widths, rules);
}

std::vector<ThresholdSummary> summarise_thresholds(std::span<const PromptOutcomes> prompts,
                                                   std::span<const BitWidth> widths,
                                                   std::span<const LabelRule> rules) {
  if (widths.empty()) {
    throw Error(ErrorCode::kUsage, "there are no outcomes to summarise; run `paq label` first");
  }
  std::vector<ThresholdSummary> summaries;
  for (const LabelRule& rule : rules) {
    check_rule(rule);
    summaries.push_back(summarise(prompts, widths, rule));
  }
  return summaries;
}

}  // namespace paq
