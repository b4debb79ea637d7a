// SPDX-License-Identifier: MIT
#include "eval/tally.h"

#include <numeric>

namespace paq {

void TaskTally::add(const PromptFigures& prompt) {
  ++n;
  router_score += prompt.scores[prompt.choice];
  oracle_score += prompt.scores[prompt.oracle];
  for (size_t k = 0; k < scores.size(); ++k) scores[k] += prompt.scores[k];
  chosen[prompt.choice] += 1;
  oracled[prompt.oracle] += 1;
}

std::vector<Strategy> all_strategies(std::span<const BitWidth> widths) {
  std::vector<Strategy> strategies;
  for (size_t k = 0; k < widths.size(); ++k) {
    strategies.push_back({StrategyKind::kFixed, k, "fixed-" + to_string(widths[k])});
  }
  strategies.push_back({StrategyKind::kRouter, 0, "router"});
  strategies.push_back({StrategyKind::kRandom, 0, "random"});
  strategies.push_back({StrategyKind::kRandomMix, 0, "random-mix"});
  strategies.push_back({StrategyKind::kOracle, 0, "oracle"});
  return strategies;
}

std::vector<double> router_mix(std::span<const TaskTally> tasks) {
  std::vector<double> mix(tasks.front().chosen.size());
  for (const TaskTally& task : tasks) {
    for (size_t k = 0; k < mix.size(); ++k) {
      mix[k] += task.chosen[k] / static_cast<double>(task.n) / static_cast<double>(tasks.size());
    }
  }
  return mix;
}

std::optional<std::vector<double>> blind_weights(const Strategy& strategy,
                                                 std::span<const double> mix) {
  std::vector<double> weights(mix.size());
  switch (strategy.kind) {
    case StrategyKind::kFixed:
      weights[strategy.width] = 1;
      return weights;
    case StrategyKind::kRandom:
      weights.assign(mix.size(), 1.0 / static_cast<double>(mix.size()));
      return weights;
    case StrategyKind::kRandomMix:
      weights.assign(mix.begin(), mix.end());
      return weights;
    case StrategyKind::kRouter:
    case StrategyKind::kOracle:
      break;
  }
  return std::nullopt;
}

double mean_score(const Strategy& strategy, std::span<const TaskTally> tasks) {
  const auto weights = blind_weights(strategy, router_mix(tasks));
  double sum = 0;
  for (const TaskTally& task : tasks) {
    double score = 0;
    if (weights) {
      score = std::inner_product(weights->begin(), weights->end(), task.scores.begin(), 0.0);
    } else {
      score = strategy.kind == StrategyKind::kRouter ? task.router_score : task.oracle_score;
    }
    sum += score / static_cast<double>(task.n);
  }
  return sum / static_cast<double>(tasks.size());
}

}  // namespace paq
