// SPDX-License-Identifier: MIT
#include "eval/mix.h"

#include <utility>

namespace paq {

std::optional<WidthMix> best_mix_within(double budget, std::span<const CostPoint> fixed) {
  std::optional<WidthMix> best;
  // Means of the same scores in another order differ in their last bits.
  constexpr double kSame = 1e-12;
  const auto offer = [&](const WidthMix& mix) {
    if (!best || mix.score > best->score + kSame ||
        (mix.score >= best->score - kSame && mix.cost < best->cost)) {
      best = mix;
    }
  };
  for (size_t a = 0; a < fixed.size(); ++a) {
    if (fixed[a].cost <= budget) offer({a, a, 1, fixed[a].score, fixed[a].cost});
  }
  for (size_t a = 0; a < fixed.size(); ++a) {
    if (fixed[a].cost > budget) continue;
    for (size_t b = 0; b < fixed.size(); ++b) {
      if (fixed[b].cost <= budget)
        continue;  // then b alone, or a mix with a dearer one, is as good
      const double share = (fixed[b].cost - budget) / (fixed[b].cost - fixed[a].cost);
      offer({a, b, share, share * fixed[a].score + (1 - share) * fixed[b].score, budget});
    }
  }
  if (best && best->high < best->low) {
    std::swap(best->low, best->high);
    best->low_share = 1 - best->low_share;
  }
  return best;
}

std::vector<CostPoint> fixed_points(const Figures& figures, const Means& means) {
  std::vector<CostPoint> points;
  for (size_t k = 0; k < figures.widths.size(); ++k) {
    const double cost = figures.timed ? means.fixed_seconds[k] : figures.widths[k].bits;
    points.push_back({cost, means.fixed_score[k]});
  }
  return points;
}

double routed_cost(const Figures& figures, const Means& means, size_t r) {
  if (figures.timed) return means.routed_seconds[r];
  double bits = 0;
  for (size_t k = 0; k < figures.widths.size(); ++k) {
    bits += means.routed_shares[r * figures.widths.size() + k] * figures.widths[k].bits;
  }
  return bits;
}

std::vector<double> blind_weights(const Strategy& strategy, const Figures& figures,
                                  const Means& means, size_t router) {
  const size_t widths = figures.widths.size();
  std::vector<double> weights(widths);
  switch (strategy.kind) {
    case StrategyKind::kFixed:
      weights[strategy.width] = 1;
      break;
    case StrategyKind::kUniform:
      weights.assign(widths, 1 / static_cast<double>(widths));
      break;
    case StrategyKind::kRouterMix:
      for (size_t k = 0; k < widths; ++k)
        weights[k] = means.routed_shares[strategy.mixed * widths + k];
      break;
    case StrategyKind::kBestMix:
      if (const auto mix =
              best_mix_within(routed_cost(figures, means, router), fixed_points(figures, means))) {
        weights[mix->low] += mix->low_share;
        weights[mix->high] += 1 - mix->low_share;
      } else {
        weights[figures.by_cost.front()] = 1;
      }
      break;
    case StrategyKind::kRouted:
      break;
  }
  return weights;
}

}  // namespace paq
