// SPDX-License-Identifier: MIT
#include "eval/intervals.h"

#include <limits>

#include "eval/bootstrap.h"

namespace paq {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// A share of a headroom of next to nothing is any number at all: no share is given from here on.
constexpr double kWidestShare = 1;

double ratio(double value, double of) { return of > 0 ? value / of : kUndefined; }

// Of one figure of the router and of another strategy, over all tasks or one.
template <typename Figure>
Difference router_less(const Samples& samples, const Strategy& other, Figure figure) {
  const Estimate estimate = samples.estimate(figure);
  return {.name = kRouterName,
          .than = other.name,
          .mean = estimate.value,
          .low = estimate.low,
          .high = estimate.high};
}

void fill_differences(const Samples& samples, bool timed, std::span<const Strategy> strategies,
                      Evaluation& evaluation) {
  const size_t router = strategy_index(strategies, kRouterName);
  for (size_t s = 0; s < strategies.size(); ++s) {
    if (s == router) continue;
    evaluation.differences.push_back(router_less(
        samples, strategies[s],
        [&](const Measures& measures) { return measures.score[router] - measures.score[s]; }));
    if (timed) {
      evaluation.seconds_differences.push_back(
          router_less(samples, strategies[s], [&](const Measures& measures) {
            return measures.seconds[router] - measures.seconds[s];
          }));
    }
    for (size_t t = 0; t < evaluation.tasks.size(); ++t) {
      Difference difference = router_less(samples, strategies[s], [&](const Measures& measures) {
        return measures.task_score[t][router] - measures.task_score[t][s];
      });
      difference.task = evaluation.tasks[t];
      evaluation.task_differences.push_back(difference);
    }
  }
}

void fill_strategies(const Samples& samples, bool timed, size_t largest, Evaluation& evaluation) {
  for (size_t s = 0; s < evaluation.strategies.size(); ++s) {
    StrategyResult& result = evaluation.strategies[s];
    result.score_interval =
        samples.estimate([&](const Measures& measures) { return measures.score[s]; });
    if (timed && samples.observed.seconds[largest] > 0) {
      result.seconds_ratio = samples.estimate([&](const Measures& measures) {
        return ratio(measures.seconds[s], measures.seconds[largest]);
      });
    }
  }
}

void fill_headroom(const Samples& samples, std::span<const Strategy> strategies, size_t best,
                   Headroom& headroom) {
  const size_t router = strategy_index(strategies, kRouterName);
  const size_t oracle = strategy_index(strategies, "oracle");
  headroom.available = samples.estimate(
      [&](const Measures& measures) { return measures.score[oracle] - measures.score[best]; });
  if (!(headroom.available.value > 0)) return;
  const Estimate captured = samples.estimate([&](const Measures& measures) {
    return ratio(measures.score[router] - measures.score[best],
                 measures.score[oracle] - measures.score[best]);
  });
  if (captured.high - captured.low <= kWidestShare) headroom.captured = captured;
}

void fill_regret(const Samples& samples, bool timed, std::span<const Strategy> strategies,
                 Regret& regret) {
  const size_t router = strategy_index(strategies, kRouterName);
  const size_t oracle = strategy_index(strategies, "oracle");
  regret.score = samples.estimate(
      [&](const Measures& measures) { return measures.score[oracle] - measures.score[router]; });
  if (timed) {
    regret.seconds = samples.estimate([&](const Measures& measures) {
      return measures.seconds[router] - measures.seconds[oracle];
    });
  }
}

}  // namespace

Estimate Samples::estimate(const std::function<double(const Measures&)>& statistic) const {
  std::vector<double> values;
  values.reserve(resampled.size());
  for (const Measures& measures : resampled) values.push_back(statistic(measures));
  return percentile_interval(statistic(observed), std::move(values));
}

void fill_intervals(const Samples& samples, const Figures& figures,
                    std::span<const Strategy> strategies, Evaluation& evaluation) {
  const bool timed = figures.timed;
  RouterQuality& router = evaluation.router;
  fill_differences(samples, timed, strategies, evaluation);
  fill_strategies(samples, timed, figures.widths.size() - 1, evaluation);
  if (router.unlabelled < evaluation.prompts) {
    router.agreement =
        samples.estimate([](const Measures& measures) { return measures.agreement; });
  }
  if (router.headroom) {
    fill_headroom(samples, strategies, width_index(figures.widths, router.headroom->best_fixed),
                  *router.headroom);
  }
  if (router.regret) fill_regret(samples, timed, strategies, *router.regret);
  if (router.cost_quality) {
    CostQuality& quality = *router.cost_quality;
    quality.area = samples.estimate([](const Measures& measures) { return measures.area; });
    quality.fixed_area =
        samples.estimate([](const Measures& measures) { return measures.fixed_area; });
    quality.gain = samples.estimate(
        [](const Measures& measures) { return measures.area - measures.fixed_area; });
  }
}

void fill_policies(const Samples& samples, std::span<const Strategy> strategies,
                   Evaluation& evaluation) {
  for (PolicyResult& policy : evaluation.policies) {
    const size_t own = strategy_index(strategies, policy.name);
    const size_t mix = strategy_index(strategies, policy_mix_name(policy.name));
    policy.gain = samples.estimate(
        [&](const Measures& measures) { return measures.score[own] - measures.score[mix]; });
  }
}

}  // namespace paq
