// SPDX-License-Identifier: MIT
// Strategies compared over the same prompts: the plain values that eval/ computes and report/
// shows.
//
// Overall figures are means over tasks of the tasks' means, as in the paper's tables, whatever the
// tasks' sizes. Times are absent where an outcome has none (imported ones may not).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bit_width.h"

namespace paq {

/// What the router said of one prompt.
struct RoutedPrompt {
  BitWidth bits;
  double seconds = 0;  ///< Of the router, for this prompt alone.
};

struct TaskResult {
  double score = 0;                    ///< Mean task score, 0 to 1.
  std::optional<double> seconds_mean;  ///< Mean latency per prompt, the router's time included.
  double bits_mean = 0;
  int64_t n = 0;
};

struct StrategyResult {
  std::string name;  ///< "fixed-4", "router", "random", "random-mix", "oracle".
  double score = 0;  ///< 0 to 1.
  std::optional<double> seconds_mean;
  double bits_mean = 0;
  std::map<std::string, TaskResult> tasks;
  std::map<BitWidth, double> shares;  ///< Share per width, a key for every width, sum 1.
};

/// A difference of two strategies' scores with its paired bootstrap interval (percentile method;
/// Efron and Tibshirani 1993, chapter 13): prompts are drawn with replacement within each task.
struct Difference {
  std::string name, than;
  double mean = 0, low = 0, high = 0;  ///< `low` and `high` bound 95 %.
};

/// The best random mix of at most two fixed widths whose mean cost is at most the router's: what a
/// router has to beat to be worth having. A point of the convex hull of (cost, score).
struct EqualCostMix {
  bool cost_is_seconds = false;  ///< Else bits, where there are no times.
  BitWidth low, high;            ///< Equal for a single width.
  double low_share = 1;          ///< Probability of `low`; the rest goes to `high`.
  double score = 0, cost = 0;
};

struct RouterQuality {
  double label_accuracy = 0;     ///< Share of labelled prompts routed to their label's width.
  double majority_baseline = 0;  ///< Of always answering the commonest label of these prompts.
  std::vector<std::vector<int64_t>> confusion;  ///< [label][choice], in the order of the widths.
  int64_t unlabelled = 0;   ///< Prompts without a label, for want of a perplexity; not counted.
  double seconds_mean = 0;  ///< Of the router alone.
};

struct Evaluation {
  std::vector<BitWidth> widths;
  double tau = 0;
  uint64_t seed = 0;
  int64_t prompts = 0;
  std::vector<std::string> tasks;  ///< In the order of first appearance.
  std::vector<StrategyResult> strategies;
  std::map<std::string, std::map<BitWidth, double>> routing;  ///< Task -> share per width.
  RouterQuality router;
  std::vector<Difference> differences;   ///< Score of the router less that of each other one.
  std::optional<EqualCostMix> best_mix;  ///< Absent where every width costs more than the router.

  /// The strategy of that name, or null.
  const StrategyResult* strategy(std::string_view name) const {
    for (const StrategyResult& result : strategies) {
      if (result.name == name) return &result;
    }
    return nullptr;
  }
};

}  // namespace paq
