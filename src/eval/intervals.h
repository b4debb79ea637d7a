// SPDX-License-Identifier: MIT
// Measures of the prompts and of every resample, and the intervals that follow from them.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "core/evaluation.h"
#include "eval/measures.h"

namespace paq {

struct Samples {
  Measures observed;
  std::vector<Measures> resampled;

  /// Of any function of the measures; NaN where it is not defined.
  Estimate estimate(const std::function<double(const Measures&)>& statistic) const;
};

/// Fills every field of the evaluation that is an interval: of the strategies' scores and ratios,
/// the differences, the router's agreement, headroom, regret and areas. `evaluation.strategies` are
/// there, in the order of `strategies`.The router's headroom, regret and
/// cost_quality are filled where they are there.
void fill_intervals(const Samples& samples, const Figures& figures,
                    std::span<const Strategy> strategies, Evaluation& evaluation);

/// Fills the gain of every policy of the evaluation over its mix; both are among `strategies`.
void fill_policies(const Samples& samples, std::span<const Strategy> strategies,
                   Evaluation& evaluation);

}  // namespace paq
