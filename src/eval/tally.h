// SPDX-License-Identifier: MIT
// The sums from which every strategy's figures follow, for one set of prompts or a resample of it.
//
// Letters: T tasks, K widths.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/evaluation.h"
#include "core/outcome.h"

namespace paq {

/// One prompt as numbers.
struct PromptFigures {
  size_t task = 0;              ///< Index into the tasks.
  size_t choice = 0;            ///< The router's, an index into the widths.
  size_t oracle = 0;            ///< The oracle's.
  double router_seconds = 0;    ///< Of the router alone.
  std::vector<double> scores;   ///< [K]
  std::vector<double> seconds;  ///< [K]; empty where there are no times.
};

/// Sums over prompts of one task.
struct TaskTally {
  int64_t n = 0;
  double router_score = 0, oracle_score = 0;
  std::vector<double> scores;   ///< [K]
  std::vector<double> chosen;   ///< [K] prompts that the router sends to the width.
  std::vector<double> oracled;  ///< [K] prompts that the oracle sends to it.

  explicit TaskTally(size_t widths) : scores(widths), chosen(widths), oracled(widths) {}

  void add(const PromptFigures& prompt);
};

/// Which width a strategy gives a prompt: for the router and the oracle a function of the prompt,
/// for the others the same probabilities for all.
enum class StrategyKind { kFixed, kRouter, kRandom, kRandomMix, kOracle };

struct Strategy {
  StrategyKind kind;
  size_t width = 0;  ///< Of kFixed.
  std::string name;
};

/// fixed-<b> for each width, router, random, random-mix, oracle.
std::vector<Strategy> all_strategies(std::span<const BitWidth> widths);

/// Mean over tasks of the router's share per width, [K].
std::vector<double> router_mix(std::span<const TaskTally> tasks);

/// The probabilities, [K], with which a strategy that is blind to the prompt draws a width; nullopt
/// for the router and the oracle.
std::optional<std::vector<double>> blind_weights(const Strategy& strategy,
                                                 std::span<const double> mix);

/// Mean over tasks of the strategy's mean score. Every task has n > 0.
double mean_score(const Strategy& strategy, std::span<const TaskTally> tasks);

}  // namespace paq
