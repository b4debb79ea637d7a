// SPDX-License-Identifier: MIT
// Strategies side by side over the same prompts and outcomes. Pure arithmetic: no model, no clock.
#pragma once

#include <cstdint>
#include <span>

#include "core/evaluation.h"
#include "core/outcome.h"

namespace paq {

struct EvaluateOptions {
  double tau = 1.13;
  uint64_t seed = 0;
  int bootstrap_samples = 2000;
};

/// `prompts` have an outcome with score, perplexity and seconds for every width (Error(kUsage)
/// names the first that has not); `routed` is parallel to them.
///
/// random draws uniformly over the widths; random-mix draws from the router's own overall
/// distribution, so its mean cost is the router's; both are given as exact expectations, not as one
/// draw. oracle takes the cheapest (mean seconds of the width) of the widths with the best score of
/// the prompt.
Evaluation evaluate(std::span<const PromptOutcomes> prompts, std::span<const RoutedPrompt> routed,
                    const EvaluateOptions& options);

}  // namespace paq
