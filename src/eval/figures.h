// SPDX-License-Identifier: MIT
// Prompts, outcomes and routed choices as numbers: what every statistic is computed from.
//
// Letters: P prompts, T tasks, K widths.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/evaluation.h"
#include "core/label_rule.h"
#include "core/outcome.h"

namespace paq {

/// One prompt. Widths are indexes.
struct PromptFigures {
  size_t task = 0;
  size_t choice = 0;                   ///< The router's.
  size_t oracle = 0;                   ///< Of the widths with the best score the first in by_cost.
  std::optional<size_t> label;         ///< Absent for want of a perplexity.
  double router_seconds = 0;           ///< Of the router alone.
  std::vector<double> scores;          ///< [K]
  std::vector<double> seconds;         ///< [K]; empty where there are no times.
  std::vector<float> probabilities;    ///< [K]; empty where they are not known.
  std::vector<size_t> policy_choices;  ///< One for each policy.
};

struct Figures {
  std::vector<BitWidth> widths;              ///< [K]
  std::vector<std::string> tasks;            ///< [T], in the order of first appearance.
  std::vector<PromptFigures> prompts;        ///< [P]
  std::vector<std::vector<size_t>> of_task;  ///< [T] prompts of each, one at least.
  /// [K] from the cheapest on: by mean seconds over tasks where there are times, else by bits.
  std::vector<size_t> by_cost;
  bool timed = false;          ///< Every outcome has its seconds.
  bool probabilistic = false;  ///< Every prompt has probabilities.
};

/// Index of a width; the number of widths where it is none of them.
size_t width_index(std::span<const BitWidth> widths, BitWidth width);

/// Throws Error(kUsage) as evaluate() says.
Figures collect_figures(std::span<const PromptOutcomes> prompts,
                        std::span<const RoutedPrompt> routed, const LabelRule& rule);

}  // namespace paq
