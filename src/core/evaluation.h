// SPDX-License-Identifier: MIT
// Strategies compared over the same prompts: the plain values that eval/ computes and report/
// shows.
//
// Overall figures are means over tasks of the tasks' means, as in the paper's tables.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/bit_width.h"

namespace paq {

/// What the router said of one prompt.
struct RoutedPrompt {
  BitWidth bits;
  double seconds = 0;  ///< Of the router, for this prompt alone.
};

struct TaskResult {
  double score = 0;         ///< Mean task score, 0 to 1.
  double seconds_mean = 0;  ///< Mean latency per prompt, the router's time included.
  int64_t n = 0;
};

struct StrategyResult {
  std::string name;  ///< "fixed-4", "router", "random", "random-mix", "oracle".
  double score = 0;  ///< Mean over tasks of the task's mean score, as the paper's tables have it.
  double seconds_mean = 0;
  double bits_mean = 0;
  std::map<std::string, TaskResult> tasks;
  std::map<BitWidth, double> shares;  ///< Share of prompts per width.
};

/// A difference of two strategies' scores with its paired bootstrap interval (percentile method;
/// Efron and Tibshirani 1993, chapter 13): prompts are drawn with replacement within each task.
struct Difference {
  std::string name, than;
  double mean = 0, low = 0, high = 0;
};

struct RouterQuality {
  double label_accuracy = 0;     ///< Share of prompts routed to their label's width.
  double majority_baseline = 0;  ///< Of always answering the commonest label of these prompts.
  std::vector<std::vector<int64_t>> confusion;  ///< [label][choice], in the order of the widths.
  double seconds_mean = 0;
};

struct Evaluation {
  std::vector<BitWidth> widths;
  double tau = 0;
  uint64_t seed = 0;
  int64_t prompts = 0;
  std::vector<std::string> tasks;  ///< In the order of the task table.
  std::vector<StrategyResult> strategies;
  std::map<std::string, std::map<BitWidth, double>> routing;  ///< Task -> share per width.
  RouterQuality router;
  std::vector<Difference> differences;  ///< Score of the router less that of the others.
};

}  // namespace paq
