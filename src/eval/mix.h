// SPDX-License-Identifier: MIT
// Random mixes of fixed widths: strategies that know nothing of the prompt.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "eval/cost_curve.h"
#include "eval/figures.h"
#include "eval/means.h"
#include "eval/strategies.h"

namespace paq {

/// Two fixed widths, by their place among the points they were found in.
struct WidthMix {
  size_t low = 0, high = 0;  ///< low <= high; equal for a single width.
  double low_share = 1;      ///< Probability of `low`.
  double score = 0, cost = 0;
};

/// The mix of at most two of `fixed` with the best score at a mean cost of at most `budget`; of
/// equals the cheapest, then a single width. nullopt where each costs more.
std::optional<WidthMix> best_mix_within(double budget, std::span<const CostPoint> fixed);

/// (mean cost, mean score) of every fixed width, [K]; cost as Figures::by_cost has it.
std::vector<CostPoint> fixed_points(const Figures& figures, const Means& means);

/// What `strategy`, the r-th of those that route, costs on the mean.
double routed_cost(const Figures& figures, const Means& means, size_t r);

/// The probabilities, [K], with which a strategy that is not kRouted draws a width. `router` is the
/// router's place among those that route, by whose cost kBestMix goes: the cheapest width alone
/// where none is within it.
std::vector<double> blind_weights(const Strategy& strategy, const Figures& figures,
                                  const Means& means, size_t router);

}  // namespace paq
