// SPDX-License-Identifier: MIT
// Strategies side by side over the same prompts and outcomes. Pure arithmetic: no model, no clock.
// docs/evaluation.md has every formula and its source.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/evaluation.h"
#include "core/label_rule.h"
#include "core/outcome.h"

namespace paq {

/// A policy whose choices the routed prompts hold.
struct EvaluatedPolicy {
  std::string name;
  std::optional<double> allowed = {};  ///< As PolicyResult has it.
};

struct EvaluateOptions {
  double tau = 1.13;  ///< Threshold of the labels that the router is held against.
  LabelMode label_mode = LabelMode::kPerplexity;
  bool reject_loops = false;     ///< As LabelRule has it.
  uint64_t seed = 0;             ///< Of the bootstrap.
  int bootstrap_samples = 2000;  ///< >= 1

  /// What best-fixed, length-router and task-router may learn from: outcomes of the train and
  /// validation splits. Texts of the evaluated prompts are left out.
  std::span<const PromptOutcomes> training = {};

  /// For every prompt the choice of a router that has not seen the prompt's task; or empty.
  std::span<const RoutedPrompt> leave_one_out = {};

  /// One for each of RoutedPrompt::policy_choices; names of no other strategy, each once.
  std::span<const EvaluatedPolicy> policies = {};
};

/// The widths are those of the first prompt's outcomes, two or more. Every prompt must have an
/// outcome with a score for each of them, and every choice of a router be one of them;
/// Error(kUsage) names the first prompt that differs. `routed` is parallel to `prompts`, of which
/// there is at least one.
///
/// Strategies, in this order:
///   fixed-<b>   always that width.
///   best-fixed  the width with the best score on the training outcomes; on these prompts where
///               there are none, as BaselineInfo says.
///   router      the routed width; its time is the router's plus the width's.
///   router-leave-one-out  likewise, where it was given.
///   <policy>    the width that a policy makes of the router's probabilities; time as the router.
///   <policy>-mix  the policy's overall shares, whatever the prompt, as random-mix.
///   length-router, task-router  see Baselines; where there are labelled training outcomes. Their
///               own time counts as none.
///   random      uniform over the widths.
///   random-mix  the router's own overall shares (means over tasks), whatever the prompt: equal
///               mean bits, no knowledge of the prompt.
///   best-mix    Evaluation::best_mix; where there is one. The random ones are exact
///               expectations, not draws, and spend no time on choosing.
///   labels      the label's width, the largest where a prompt has none; where any has one.
///   oracle      of the widths with a prompt's best score the cheapest on the whole (mean seconds
///               of the width, else its bits).
///
/// Differences are the router's figure less each other one's, with 95 % paired bootstrap intervals.
/// In every resample random-mix and best-mix are derived anew: the mix is part of the statistic, so
/// its own uncertainty belongs into the interval. Which width is the best fixed one, and what the
/// baselines choose, is held.
Evaluation evaluate(std::span<const PromptOutcomes> prompts, std::span<const RoutedPrompt> routed,
                    const EvaluateOptions& options);

}  // namespace paq
