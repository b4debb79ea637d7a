// SPDX-License-Identifier: MIT
// What a threshold would mean, computed from outcomes alone.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/label_rule.h"
#include "core/outcome.h"

namespace paq {

/// The paper's conservative, medium and aggressive thresholds (section 3).
inline constexpr double kPaperTaus[] = {1.07, 1.13, 1.21};

/// If every prompt were answered by its label's variant.
struct ThresholdSummary {
  double tau = 0;                   ///< The rule's threshold.
  int64_t prompts = 0;              ///< With a label.
  int64_t unlabelled = 0;           ///< An outcome is missing.
  std::map<BitWidth, int64_t> use;  ///< Prompts per label; a key for every width.
  std::optional<double> score;      ///< Mean score of the labels' variants, 0 to 1.
  std::optional<double> seconds;    ///< Mean latency of the labels' variants.
  double bits = 0;                  ///< Mean bit width.
};

/// One summary per tau. `widths` ascending. Throws Error(kUsage) for a tau below 1.
std::vector<ThresholdSummary> summarise_thresholds(std::span<const PromptOutcomes> prompts,
                                                   std::span<const BitWidth> widths,
                                                   std::span<const double> taus);

/// The same for any label mode, one summary per rule. Throws Error(kUsage) for a threshold that a
/// mode can't have.
std::vector<ThresholdSummary> summarise_thresholds(std::span<const PromptOutcomes> prompts,
                                                   std::span<const BitWidth> widths,
                                                   std::span<const LabelRule> rules);

}  // namespace paq
