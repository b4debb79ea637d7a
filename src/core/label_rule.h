// SPDX-License-Identifier: MIT
// What makes a variant's answer good enough, and the label that follows: the smallest bit width
// that is. docs/labels.md has the formulas, their sources and how the modes compare.
//
// Pure functions over outcomes and comparisons that were measured before.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/bit_width.h"
#include "core/outcome.h"

namespace paq {

enum class LabelMode {
  kPerplexity,       ///< The paper's: perplexity of the variant's own response.
  kLikelihood,       ///< Perplexity of the largest variant's response under the variant.
  kLikelihoodRatio,  ///< The same over that under the largest variant itself.
  kDivergence,       ///< Mean KL divergence from the largest variant along its response.
  kTopAgreement,     ///< How often both predict the same token there.
  kScore,            ///< What the task score falls short of the largest variant's.
};

/// What a mode is computed from.
enum class LabelNeeds {
  kPerplexities,   ///< Outcomes with a perplexity.
  kScores,         ///< Outcomes with a score, the largest variant's too.
  kComparisons,    ///< Comparisons (`paq labels measure`).
  kDistributions,  ///< Comparisons by an engine that gives logits.
};

/// "perplexities", "scores", "paq labels measure", "paq labels measure, logits".
std::string_view to_string(LabelNeeds needs);

struct LabelModeSpec {
  LabelMode mode;
  std::string_view name;         ///< "perplexity"
  int version;                   ///< Goes up when the same outcomes give other labels.
  std::string_view router_name;  ///< What routers' files call it.
  LabelNeeds needs;
  bool lower_is_better;      ///< Whether the measure must be at most the threshold, or at least.
  double threshold;          ///< Used where none is asked for.
  double low, high;          ///< What thresholds may be.
  std::string_view measure;  ///< In a few words, for people.
  std::string_view source;
};

/// Every mode, in the order of the enumeration.
std::span<const LabelModeSpec> label_modes();

const LabelModeSpec& label_mode_spec(LabelMode mode);

/// By name or by what routers' files call it. Throws Error(kUsage) that lists the names there are.
const LabelModeSpec& label_mode_spec(std::string_view name);

struct LabelRule {
  LabelMode mode = LabelMode::kPerplexity;
  double threshold = 1.13;
  /// A response that ends in a loop (core/repetition.h) is never good enough. Needs outcomes of
  /// every width but the largest.
  bool reject_loops = false;
};

/// Throws Error(kUsage) for a threshold that the mode can't have.
void check_rule(const LabelRule& rule);

/// What a router's file says of the rule besides its threshold: "response-perplexity",
/// "kl+reject-loops".
std::string router_label_mode(const LabelRule& rule);

/// Back from there; an empty text is the paper's mode. Throws Error(kUsage) for a mode that this
/// program does not know.
LabelRule rule_of_router(std::string_view label_mode, double threshold);

/// The figure that the mode compares with its threshold, for the variant `bits` of `widths`
/// (ascending, not empty). nullopt where what it needs is missing.
std::optional<double> label_measure(const PromptOutcomes& prompt, std::span<const BitWidth> widths,
                                    BitWidth bits, LabelMode mode);

/// The smallest of `widths` that is good enough, the largest where none is. nullopt where something
/// that the decision needs is missing; nothing above the label is needed, except for kScore.
std::optional<BitWidth> label_of(const PromptOutcomes& prompt, std::span<const BitWidth> widths,
                                 const LabelRule& rule);

}  // namespace paq
