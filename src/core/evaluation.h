// SPDX-License-Identifier: MIT
// Strategies compared over the same prompts: the plain values that eval/ computes and report/
// shows. docs/evaluation.md has every definition.
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
#include "core/estimate.h"
#include "core/router_quality.h"
#include "core/training_record.h"

namespace paq {

/// What the router said of one prompt.
struct RoutedPrompt {
  BitWidth bits;
  double seconds = 0;  ///< Of the router, for this prompt alone.
  /// Calibrated, one per width in ascending order, sum 1; empty where they are not known.
  std::vector<float> probabilities = {};
  /// What the policies that are compared with the router's own choice make of it, in their order.
  std::vector<BitWidth> policy_choices = {};
};

struct TaskResult {
  double score = 0;                    ///< Mean task score, 0 to 1.
  std::optional<double> seconds_mean;  ///< Mean latency per prompt, the router's time included.
  double bits_mean = 0;
  int64_t n = 0;
  std::optional<double> seconds_median = {}, seconds_p95 = {};
};

struct StrategyResult {
  /// "fixed-4", "best-fixed", "router", "router-leave-one-out", "floor:0.05" and other policies,
  /// "floor:0.05-mix", "length-router", "task-router", "random", "random-mix", "best-mix",
  /// "labels", "oracle".
  std::string name;
  double score = 0;  ///< 0 to 1.
  std::optional<double> seconds_mean;
  double bits_mean = 0;
  std::map<std::string, TaskResult> tasks;
  std::map<BitWidth, double> shares;  ///< Share per width, a key for every width, sum 1.

  std::optional<Estimate> score_interval = {};
  /// Of all prompts' times, every task with the same weight.
  std::optional<double> seconds_median = {}, seconds_p95 = {};
  std::optional<Estimate> seconds_ratio = {};  ///< seconds_mean over that of the largest width.
};

/// A difference of two strategies' figures with its paired bootstrap interval (percentile method;
/// Efron and Tibshirani 1993, chapter 13): prompts are drawn with replacement within each task.
struct Difference {
  std::string name, than;
  double mean = 0, low = 0, high = 0;  ///< `low` and `high` bound 95 %.
  std::string task = {};               ///< Empty: over all tasks.
};

/// The best random mix of at most two fixed widths whose mean cost is at most the router's: what a
/// router has to beat to be worth having. A point of the convex hull of (cost, score).
struct EqualCostMix {
  bool cost_is_seconds = false;  ///< Else bits, where there are no times.
  BitWidth low, high;            ///< Equal for a single width.
  double low_share = 1;          ///< Probability of `low`; the rest goes to `high`.
  double score = 0, cost = 0;
};

/// A policy held against the labels and against a mix that knows nothing of the prompt.
struct PolicyResult {
  std::string name;                    ///< Of its strategy; its mix is "<name>-mix".
  std::optional<double> allowed = {};  ///< Share of prompts that may be answered inadequately.
  int64_t labelled = 0;                ///< Prompts with a label.
  int64_t inadequate = 0;              ///< Of these, answered below their label.
  Estimate gain = {};                  ///< Its score less that of its mix.
};

/// What the strategies that need fitting were fitted on: outcomes of the train and validation
/// splits whose texts are no prompts of the evaluation.
struct BaselineInfo {
  BitWidth best_fixed = {};
  bool best_fixed_seen_test = false;  ///< Chosen on these very prompts, for want of training data.
  int64_t training_scored = 0;        ///< Prompts that best-fixed was chosen on otherwise.
  int64_t training_labelled = 0;      ///< Prompts that the length and task routers were fitted on.
  std::map<std::string, BitWidth> task_routes = {};  ///< Of the task router; every evaluated task.
};

/// How the variants fare on a task's prompts; right is a score of at least 0.5.
struct AgreementZones {
  int64_t all_right = 0, some_right = 0, none_right = 0;
};

/// One prompt of the evaluation, as much of it as is no text.
struct PromptDecision {
  std::string task, split, id;
  BitWidth choice = {}, oracle = {};
  std::optional<BitWidth> label = {};
  double router_seconds = 0;
  std::vector<double> scores = {};        ///< One per width, as all of these.
  std::vector<double> seconds = {};       ///< Empty where there are no times.
  std::vector<float> probabilities = {};  ///< Empty where they are not known.
};

/// Routed prompts answered for real, against router time and stored latency put together.
struct LiveCheck {
  int64_t prompts = 0;
  double composed_mean = 0, live_mean = 0;  ///< Seconds a prompt, means over tasks.
  Estimate ratio = {};                      ///< live_mean / composed_mean, paired bootstrap.
  double same_choice = 0;                   ///< Share of prompts routed as in the evaluation.
  double score = 0;                         ///< Of the live answers, mean over tasks.
  std::optional<double> same_answer = {};   ///< Share of answers equal to the stored ones.
};

struct Evaluation {
  std::vector<BitWidth> widths;
  double tau = 0;  ///< Threshold of the labels.
  /// What they are made of, as router_label_mode() has it; empty, as in files of an older paq: the
  /// paper's perplexity.
  std::string label_mode = {};
  uint64_t seed = 0;
  int64_t prompts = 0;
  std::vector<std::string> tasks;  ///< In the order of first appearance.
  std::vector<StrategyResult> strategies;
  std::map<std::string, std::map<BitWidth, double>> routing;  ///< Task -> share per width.
  RouterQuality router;
  std::vector<Difference> differences;   ///< Score of the router less that of each other one.
  std::optional<EqualCostMix> best_mix;  ///< Absent where every width costs more than the router.

  std::vector<Difference> seconds_differences = {};  ///< Likewise of mean times.
  std::vector<Difference> task_differences = {};     ///< Scores, for every task apart.
  BaselineInfo baselines = {};
  std::map<std::string, AgreementZones> zones = {};  ///< By task.
  std::vector<PromptDecision> decisions = {};        ///< In the order of the prompts.
  std::optional<LiveCheck> live = {};
  std::vector<PolicyResult> policies = {};  ///< In the order of their strategies.
  /// How the router came to be; absent where its file doesn't say.
  std::optional<TrainingRecord> training = {};

  /// The strategy of that name, or null.
  const StrategyResult* strategy(std::string_view name) const {
    for (const StrategyResult& result : strategies) {
      if (result.name == name) return &result;
    }
    return nullptr;
  }
};

}  // namespace paq
