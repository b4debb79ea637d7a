// SPDX-License-Identifier: MIT
// Letters: P prompts, T tasks, K widths, S strategies.
#include "eval/tables.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "eval/latency.h"
#include "eval/measures.h"
#include "eval/mix.h"
#include "eval/router_figures.h"

namespace paq {
namespace {

// A response counts as right from here on.
constexpr double kRightScore = 0.5;

// The means of the prompts as they are, and how to make tables of them.
class Tables {
 public:
  Tables(const Figures& figures, std::span<const Strategy> strategies, std::span<const Means> tasks)
      : figures_(figures),
        strategies_(strategies),
        tasks_(tasks),
        maker_(figures, strategies, tasks),
        overall_(mean_over(tasks)),
        measures_(maker_.measure(tasks)) {}

  void fill(Evaluation& evaluation) const {
    size_t routed = 0;
    for (size_t s = 0; s < strategies_.size(); ++s) {
      evaluation.strategies.push_back(strategy(s, routed));
      routed += strategies_[s].kind == StrategyKind::kRouted;
    }
    for (size_t t = 0; t < tasks_.size(); ++t) {
      evaluation.routing[figures_.tasks[t]] = shares(tasks_[t], maker_.router());
      evaluation.zones[figures_.tasks[t]] = zones(t);
    }
    evaluation.best_mix = best_mix();
    fill_router(evaluation.router);
  }

 private:
  std::map<BitWidth, double> shares(const Means& means, size_t routed) const {
    std::map<BitWidth, double> result;
    for (size_t k = 0; k < figures_.widths.size(); ++k) {
      result[figures_.widths[k]] = means.routed_shares[routed * figures_.widths.size() + k];
    }
    return result;
  }

  double mean_bits(const std::map<BitWidth, double>& shares) const {
    double bits = 0;
    for (const auto& [width, share] : shares) bits += share * width.bits;
    return bits;
  }

  // `routed`: how many strategies before this one route.
  StrategyResult strategy(size_t s, size_t routed) const {
    const Strategy& strategy = strategies_[s];
    const bool is_routed = strategy.kind == StrategyKind::kRouted;
    std::vector<double> weights;
    std::map<BitWidth, double> blind;
    if (!is_routed) {
      weights = blind_weights(strategy, figures_, overall_, maker_.router());
      for (size_t k = 0; k < weights.size(); ++k) blind[figures_.widths[k]] = weights[k];
    }
    const auto shares_of = [&](const Means& means) {
      return is_routed ? shares(means, routed) : blind;
    };
    const auto seconds_of = [&](const Means& means) {
      if (is_routed) return means.routed_seconds[routed];
      double seconds = 0;
      for (size_t k = 0; k < weights.size(); ++k) seconds += weights[k] * means.fixed_seconds[k];
      return seconds;
    };

    StrategyResult result;
    result.name = strategy.name;
    result.score = measures_.score[s];
    result.shares = shares_of(overall_);
    result.bits_mean = mean_bits(result.shares);
    for (size_t t = 0; t < tasks_.size(); ++t) {
      TaskResult& task = result.tasks[figures_.tasks[t]];
      task.score = measures_.task_score[t][s];
      task.bits_mean = mean_bits(shares_of(tasks_[t]));
      task.n = static_cast<int64_t>(figures_.of_task[t].size());
      if (!figures_.timed) continue;
      task.seconds_mean = seconds_of(tasks_[t]);
      const LatencyQuantiles quantiles = latency_quantiles(figures_, strategy, weights, t);
      task.seconds_median = quantiles.median;
      task.seconds_p95 = quantiles.p95;
    }
    if (figures_.timed) {
      result.seconds_mean = measures_.seconds[s];
      const LatencyQuantiles quantiles =
          latency_quantiles(figures_, strategy, weights, std::nullopt);
      result.seconds_median = quantiles.median;
      result.seconds_p95 = quantiles.p95;
    }
    return result;
  }

  AgreementZones zones(size_t task) const {
    AgreementZones zones;
    for (size_t p : figures_.of_task[task]) {
      size_t right = 0;
      for (double score : figures_.prompts[p].scores) right += score >= kRightScore;
      int64_t& zone = right == figures_.widths.size() ? zones.all_right
                      : right > 0                     ? zones.some_right
                                                      : zones.none_right;
      ++zone;
    }
    return zones;
  }

  std::optional<EqualCostMix> best_mix() const {
    const auto mix = best_mix_within(routed_cost(figures_, overall_, maker_.router()),
                                     fixed_points(figures_, overall_));
    if (!mix) return std::nullopt;
    return EqualCostMix{.cost_is_seconds = figures_.timed,
                        .low = figures_.widths[mix->low],
                        .high = figures_.widths[mix->high],
                        .low_share = mix->low_share,
                        .score = mix->score,
                        .cost = mix->cost};
  }

  void fill_router(RouterQuality& router) const {
    hold_against_labels(figures_, router);
    router.calibration = calibration_of(figures_);
    for (const std::vector<size_t>& prompts : figures_.of_task) {
      double seconds = 0;
      for (size_t p : prompts) seconds += figures_.prompts[p].router_seconds;
      router.seconds_mean +=
          seconds / static_cast<double>(prompts.size()) / static_cast<double>(tasks_.size());
    }
    const LatencyQuantiles quantiles = router_latency(figures_);
    router.seconds_median = quantiles.median;
    router.seconds_p95 = quantiles.p95;
    router.headroom = Headroom{.best_fixed = figures_.widths[maker_.best()]};
    router.regret.emplace();
    count_misrouted(figures_, *router.regret);
    if (!figures_.probabilistic) return;
    router.sweep = sweep();
    router.cost_quality = cost_quality();
  }

  std::vector<SweepPoint> sweep() const {
    const std::vector<double> bits = sweep_bits(figures_, overall_);
    std::vector<SweepPoint> points;
    for (size_t c = 0; c < bits.size(); ++c) {
      SweepPoint point{.confidence = sweep_confidence(c),
                       .score = overall_.sweep_score[c],
                       .bits_mean = bits[c]};
      if (figures_.timed) point.seconds_mean = overall_.sweep_seconds[c];
      for (size_t k = 0; k < figures_.widths.size(); ++k) {
        point.shares[figures_.widths[k]] = overall_.sweep_shares[c * figures_.widths.size() + k];
      }
      points.push_back(std::move(point));
    }
    return points;
  }

  std::optional<CostQuality> cost_quality() const {
    if (maker_.cheapest() == maker_.best()) return std::nullopt;
    CostQuality quality{.cost_is_seconds = figures_.timed,
                        .cheapest = figures_.widths[maker_.cheapest()],
                        .best = figures_.widths[maker_.best()]};
    const std::vector<CostPoint> fixed = fixed_points(figures_, overall_);
    const CostPoint &low = fixed[maker_.cheapest()], &high = fixed[maker_.best()];
    if (!(high.cost > low.cost)) return std::nullopt;
    const CostCurve curve(router_points(figures_, overall_, maker_.cheapest()));
    const auto cost_for = [&](double share) -> std::optional<double> {
      const auto cost = curve.cost_of(low.score + share * (high.score - low.score));
      if (!cost || *cost > high.cost) return std::nullopt;
      return std::max(0.0, (*cost - low.cost) / (high.cost - low.cost));
    };
    quality.cost_for_50 = cost_for(0.5);
    quality.cost_for_80 = cost_for(0.8);
    return quality;
  }

  const Figures& figures_;
  std::span<const Strategy> strategies_;
  std::span<const Means> tasks_;
  const MeasureMaker maker_;
  const Means overall_;
  const Measures measures_;
};

}  // namespace

void fill_tables(const Figures& figures, std::span<const Strategy> strategies,
                 std::span<const Means> tasks, Evaluation& evaluation) {
  Tables(figures, strategies, tasks).fill(evaluation);
}

bool affordable_mix(const Figures& figures, std::span<const Strategy> strategies,
                    std::span<const Means> tasks) {
  const MeasureMaker maker(figures, strategies, tasks);
  const Means overall = mean_over(tasks);
  return best_mix_within(routed_cost(figures, overall, maker.router()),
                         fixed_points(figures, overall))
      .has_value();
}

}  // namespace paq
