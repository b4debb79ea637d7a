// SPDX-License-Identifier: MIT
// Strategies side by side over the same prompts and outcomes. Pure arithmetic: no model, no clock.
#pragma once

#include <cstdint>
#include <span>

#include "core/evaluation.h"
#include "core/outcome.h"

namespace paq {

struct EvaluateOptions {
  double tau = 1.13;             ///< Threshold of the labels that the router is held against.
  uint64_t seed = 0;             ///< Of the bootstrap.
  int bootstrap_samples = 2000;  ///< >= 1
};

/// The widths are those of the first prompt's outcomes, two or more. Every prompt must have an
/// outcome with a score for each of them, and every choice of the router be one of them;
/// Error(kUsage) names the first prompt that differs. `routed` is parallel to `prompts`, of which
/// there is at least one.
///
/// Strategies, in this order:
///   fixed-<b>   always that width.
///   router      the routed width; its time is the router's plus the width's.
///   random      uniform over the widths.
///   random-mix  the router's own overall shares (means over tasks), whatever the prompt: equal
///               mean bits, no knowledge of the prompt. Both random ones are exact expectations,
///               not draws, and spend no time on routing.
///   oracle      of the widths with a prompt's best score the cheapest on the whole (mean seconds
///               of the width, else its bits).
///
/// Differences are the router's score less each other one's, with 95 % paired bootstrap intervals.
/// In every resample random-mix is derived anew from that resample's routing: the mix is part of
/// the statistic, so its own uncertainty belongs into the interval.
Evaluation evaluate(std::span<const PromptOutcomes> prompts, std::span<const RoutedPrompt> routed,
                    const EvaluateOptions& options);

}  // namespace paq
