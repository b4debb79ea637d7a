// SPDX-License-Identifier: MIT
#include "core/label_rule.h"

#include <array>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/repetition.h"

namespace paq {
namespace {

constexpr double kAnything = std::numeric_limits<double>::max();

// Scores are fractions; that of 2 of 3 must not fall short of itself.
constexpr double kScoreRounding = 1e-9;

constexpr std::string_view kRejectLoops = "+reject-loops";

constexpr std::array kModes = std::to_array<LabelModeSpec>({
    {LabelMode::kPerplexity, "perplexity", 1, "response-perplexity", LabelNeeds::kPerplexities,
     true, 1.13, 1, kAnything, "perplexity of the variant's own response",
     "Jimenez et al. 2026, section 3"},
    {LabelMode::kLikelihood, "likelihood", 1, "likelihood", LabelNeeds::kComparisons, true, 1.13, 1,
     kAnything, "perplexity of the largest variant's response under the variant",
     "Jelinek et al. 1977, of a given text"},
    {LabelMode::kLikelihoodRatio, "likelihood-ratio", 1, "likelihood-ratio",
     LabelNeeds::kComparisons, true, 1.02, 0, kAnything,
     "the same, over that under the largest variant", "llama.cpp, perplexity: PPL(Q)/PPL(base)"},
    {LabelMode::kDivergence, "kl", 1, "kl", LabelNeeds::kDistributions, true, 0.02, 0, kAnything,
     "mean KL divergence from the largest variant", "Kullback and Leibler 1951; llama.cpp"},
    {LabelMode::kTopAgreement, "top1", 1, "top1", LabelNeeds::kDistributions, false, 1, 0, 1,
     "share of tokens with the largest variant's likeliest token",
     "llama.cpp, perplexity: same top p"},
    {LabelMode::kScore, "score", 1, "score", LabelNeeds::kScores, true, 0, 0, 1,
     "task score short of the largest variant's", "Ding et al. 2024, section 3"},
});

const Outcome* outcome_at(const PromptOutcomes& prompt, BitWidth bits) {
  const auto found = prompt.outcomes.find(bits);
  return found == prompt.outcomes.end() ? nullptr : &found->second;
}

std::optional<double> compared(const Comparison& comparison, LabelMode mode) {
  switch (mode) {
    case LabelMode::kLikelihood:
      return std::exp(-comparison.logprob);
    case LabelMode::kLikelihoodRatio:
      return std::exp(comparison.reference_logprob - comparison.logprob);
    case LabelMode::kDivergence:
      return comparison.divergence;
    case LabelMode::kTopAgreement:
      return comparison.agreement;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::span<const LabelModeSpec> label_modes() { return kModes; }

const LabelModeSpec& label_mode_spec(LabelMode mode) { return kModes[static_cast<size_t>(mode)]; }

const LabelModeSpec& label_mode_spec(std::string_view name) {
  std::string names;
  for (const LabelModeSpec& spec : kModes) {
    if (spec.name == name || spec.router_name == name) return spec;
    names += (names.empty() ? "" : ", ") + std::string(spec.name);
  }
  throw Error(ErrorCode::kUsage,
              "there is no label mode \"" + std::string(name) + "\"; use one of " + names);
}

void check_rule(const LabelRule& rule) {
  const LabelModeSpec& spec = label_mode_spec(rule.mode);
  // Also false for a NaN.
  if (rule.threshold >= spec.low && rule.threshold <= spec.high) return;
  const auto number = [](double value) {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
  };
  throw Error(ErrorCode::kUsage, "the threshold " + number(rule.threshold) + " is " +
                                     (rule.threshold < spec.low ? "below " + number(spec.low)
                                                                : "above " + number(spec.high)) +
                                     ", which the label mode " + std::string(spec.name) +
                                     " can't have; its default is " + number(spec.threshold));
}

std::string_view to_string(LabelNeeds needs) {
  switch (needs) {
    case LabelNeeds::kPerplexities:
      return "perplexities";
    case LabelNeeds::kScores:
      return "scores";
    case LabelNeeds::kComparisons:
      return "paq labels measure";
    case LabelNeeds::kDistributions:
      return "paq labels measure, logits";
  }
  return "";
}

std::string router_label_mode(const LabelRule& rule) {
  return std::string(label_mode_spec(rule.mode).router_name) +
         (rule.reject_loops ? std::string(kRejectLoops) : "");
}

LabelRule rule_of_router(std::string_view label_mode, double threshold) {
  if (label_mode.empty()) return {.threshold = threshold};
  const bool rejects = label_mode.ends_with(kRejectLoops);
  if (rejects) label_mode.remove_suffix(kRejectLoops.size());
  return {label_mode_spec(label_mode).mode, threshold, rejects};
}

std::optional<double> label_measure(const PromptOutcomes& prompt, std::span<const BitWidth> widths,
                                    BitWidth bits, LabelMode mode) {
  const Outcome* outcome = outcome_at(prompt, bits);
  if (mode == LabelMode::kPerplexity) return outcome ? outcome->perplexity : std::nullopt;
  if (mode == LabelMode::kScore) {
    const Outcome* largest = outcome_at(prompt, widths.back());
    if (!outcome || !outcome->score || !largest || !largest->score) return std::nullopt;
    return *largest->score - *outcome->score;
  }
  const auto comparison = prompt.comparisons.find(bits);
  if (comparison == prompt.comparisons.end()) return std::nullopt;
  return compared(comparison->second, mode);
}

std::optional<BitWidth> label_of(const PromptOutcomes& prompt, std::span<const BitWidth> widths,
                                 const LabelRule& rule) {
  const LabelModeSpec& spec = label_mode_spec(rule.mode);
  const double slack = rule.mode == LabelMode::kScore ? kScoreRounding : 0;
  for (const BitWidth width : widths.first(widths.size() - 1)) {
    const auto measure = label_measure(prompt, widths, width, rule.mode);
    if (!measure) return std::nullopt;
    const bool adequate =
        spec.lower_is_better ? *measure <= rule.threshold + slack : *measure >= rule.threshold;
    if (!adequate) continue;
    if (!rule.reject_loops) return width;
    const Outcome* outcome = outcome_at(prompt, width);
    if (outcome == nullptr) return std::nullopt;
    if (!loops(*outcome)) return width;
  }
  // However the largest variant does itself, there is nothing above it.
  return widths.back();
}

}  // namespace paq
