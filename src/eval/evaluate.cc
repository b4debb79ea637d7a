// SPDX-License-Identifier: MIT
// From prompts to figures, from figures to tables. Letters: P prompts, T tasks, K widths.
#include "eval/evaluate.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/error.h"
#include "eval/bootstrap.h"
#include "eval/tally.h"

namespace paq {
namespace {

[[noreturn]] void fail(const PromptOutcomes& prompt, const std::string& what) {
  throw Error(ErrorCode::kUsage,
              "prompt " + prompt.prompt.task + "/" + prompt.prompt.id + " " + what);
}

std::vector<BitWidth> widths_of(const PromptOutcomes& prompt) {
  std::vector<BitWidth> widths;
  for (const auto& [width, outcome] : prompt.outcomes) widths.push_back(width);
  if (widths.size() < 2) {
    fail(prompt, "has outcomes for " + std::to_string(widths.size()) +
                     " bit width(s), but a comparison needs two or more; run paq label first");
  }
  return widths;
}

size_t width_index(std::span<const BitWidth> widths, BitWidth width) {
  return static_cast<size_t>(std::find(widths.begin(), widths.end(), width) - widths.begin());
}

// Scores, times and the router's choice of every prompt; the oracle's comes later.
std::vector<PromptFigures> collect_figures(std::span<const PromptOutcomes> prompts,
                                           std::span<const RoutedPrompt> routed,
                                           Evaluation& evaluation) {
  std::vector<PromptFigures> figures;
  bool timed = true;
  for (size_t p = 0; p < prompts.size(); ++p) {
    PromptFigures figure;
    const auto task =
        std::find(evaluation.tasks.begin(), evaluation.tasks.end(), prompts[p].prompt.task);
    figure.task = static_cast<size_t>(task - evaluation.tasks.begin());
    if (task == evaluation.tasks.end()) evaluation.tasks.push_back(prompts[p].prompt.task);

    figure.choice = width_index(evaluation.widths, routed[p].bits);
    if (figure.choice == evaluation.widths.size()) {
      fail(prompts[p], "is routed to " + to_string(routed[p].bits) +
                           " bits, but its outcomes have " + to_string(evaluation.widths) +
                           "; use a router of the same bit widths");
    }
    figure.router_seconds = routed[p].seconds;
    for (BitWidth width : evaluation.widths) {
      const auto outcome = prompts[p].outcomes.find(width);
      if (outcome == prompts[p].outcomes.end() || !outcome->second.score) {
        fail(prompts[p], "has no score at " + to_string(width) +
                             " bits; run paq label for it, or leave it out");
      }
      figure.scores.push_back(*outcome->second.score);
      timed = timed && outcome->second.seconds.has_value();
      figure.seconds.push_back(outcome->second.seconds.value_or(0));
    }
    figures.push_back(std::move(figure));
  }
  if (!timed) {
    for (PromptFigures& figure : figures) figure.seconds.clear();
  }
  return figures;
}

bool has_times(std::span<const PromptFigures> figures) { return !figures.front().seconds.empty(); }

// What a strategy gives one task: the mean over its prompts of the expectation over widths.
TaskResult task_result(std::span<const PromptFigures> figures, size_t task,
                       const Strategy& strategy, std::span<const double> mix,
                       std::span<const BitWidth> widths) {
  const auto blind = blind_weights(strategy, mix);
  TaskResult result;
  double seconds = 0;
  for (const PromptFigures& prompt : figures) {
    if (prompt.task != task) continue;
    ++result.n;
    std::vector<double> weights(widths.size());
    if (blind) {
      weights = *blind;
    } else {
      weights[strategy.kind == StrategyKind::kRouter ? prompt.choice : prompt.oracle] = 1;
    }
    for (size_t k = 0; k < widths.size(); ++k) {
      result.score += weights[k] * prompt.scores[k];
      result.bits_mean += weights[k] * widths[k].bits;
      if (!prompt.seconds.empty()) seconds += weights[k] * prompt.seconds[k];
    }
    if (strategy.kind == StrategyKind::kRouter) seconds += prompt.router_seconds;
  }
  const double n = static_cast<double>(result.n);
  result.score /= n;
  result.bits_mean /= n;
  if (has_times(figures)) result.seconds_mean = seconds / n;
  return result;
}

StrategyResult strategy_result(std::span<const PromptFigures> figures,
                               std::span<const TaskTally> tallies, const Strategy& strategy,
                               const Evaluation& evaluation) {
  const std::vector<double> mix = router_mix(tallies);
  const double share_of_task = 1.0 / static_cast<double>(evaluation.tasks.size());
  StrategyResult result;
  result.name = strategy.name;
  for (size_t t = 0; t < evaluation.tasks.size(); ++t) {
    const TaskResult task = task_result(figures, t, strategy, mix, evaluation.widths);
    result.score += task.score * share_of_task;
    result.bits_mean += task.bits_mean * share_of_task;
    if (task.seconds_mean) {
      result.seconds_mean = result.seconds_mean.value_or(0) + *task.seconds_mean * share_of_task;
    }
    result.tasks[evaluation.tasks[t]] = task;
  }
  const auto blind = blind_weights(strategy, mix);
  for (size_t k = 0; k < evaluation.widths.size(); ++k) {
    double share = 0;
    for (const TaskTally& tally : tallies) {
      const auto& counts = strategy.kind == StrategyKind::kOracle ? tally.oracled : tally.chosen;
      share += counts[k] / static_cast<double>(tally.n) * share_of_task;
    }
    result.shares[evaluation.widths[k]] = blind ? (*blind)[k] : share;
  }
  return result;
}

// The widths from the cheapest on: by mean seconds over tasks where there are times, else by bits.
std::vector<size_t> widths_by_cost(std::span<const PromptFigures> figures, size_t task_count,
                                   size_t width_count) {
  std::vector<double> cost(width_count);
  std::vector<double> prompts(task_count);
  for (const PromptFigures& prompt : figures) prompts[prompt.task] += 1;
  for (const PromptFigures& prompt : figures) {
    for (size_t k = 0; k < prompt.seconds.size(); ++k) {
      cost[k] += prompt.seconds[k] / prompts[prompt.task];
    }
  }
  std::vector<size_t> order(width_count);
  for (size_t k = 0; k < width_count; ++k) order[k] = k;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return cost[a] < cost[b]; });
  return order;
}

RouterQuality router_quality(std::span<const PromptOutcomes> prompts,
                             std::span<const PromptFigures> figures, const Evaluation& evaluation) {
  const std::span<const BitWidth> widths = evaluation.widths;
  RouterQuality quality;
  quality.confusion.assign(widths.size(), std::vector<int64_t>(widths.size()));
  std::vector<int64_t> labels(widths.size());
  int64_t labelled = 0, agreed = 0;
  for (size_t p = 0; p < prompts.size(); ++p) {
    const auto label = perplexity_label(prompts[p], widths, evaluation.tau);
    if (!label) {
      ++quality.unlabelled;
      continue;
    }
    const size_t row = width_index(widths, *label);
    ++quality.confusion[row][figures[p].choice];
    ++labels[row];
    ++labelled;
    agreed += row == figures[p].choice;
  }
  if (labelled > 0) {
    const auto share = [&](int64_t count) {
      return static_cast<double>(count) / static_cast<double>(labelled);
    };
    quality.label_accuracy = share(agreed);
    quality.majority_baseline = share(*std::max_element(labels.begin(), labels.end()));
  }
  std::vector<double> seconds(evaluation.tasks.size()), count(evaluation.tasks.size());
  for (const PromptFigures& prompt : figures) {
    seconds[prompt.task] += prompt.router_seconds;
    count[prompt.task] += 1;
  }
  for (size_t t = 0; t < count.size(); ++t) {
    quality.seconds_mean += seconds[t] / count[t] / static_cast<double>(count.size());
  }
  return quality;
}

std::optional<EqualCostMix> best_equal_cost_mix(const Evaluation& evaluation) {
  struct Point {
    BitWidth width;
    double cost, score;
  };
  const StrategyResult& router = *evaluation.strategy("router");
  const bool timed = router.seconds_mean.has_value();
  const double budget = timed ? *router.seconds_mean : router.bits_mean;
  std::vector<Point> points;
  for (BitWidth width : evaluation.widths) {
    const StrategyResult& fixed = *evaluation.strategy("fixed-" + to_string(width));
    points.push_back({width, timed ? *fixed.seconds_mean : fixed.bits_mean, fixed.score});
  }
  std::optional<EqualCostMix> best;
  const auto offer = [&](const EqualCostMix& mix) {
    if (!best || mix.score > best->score) best = mix;
  };
  for (const Point& a : points) {
    if (a.cost > budget) continue;
    offer({timed, a.width, a.width, 1, a.score, a.cost});
    for (const Point& b : points) {
      if (b.cost <= budget) continue;  // then b alone, or a mix with a dearer one, is as good
      const double share = (b.cost - budget) / (b.cost - a.cost);
      const double score = share * a.score + (1 - share) * b.score;
      offer({timed, a.width, b.width, share, score, budget});
    }
  }
  if (best && best->high < best->low) {
    std::swap(best->low, best->high);
    best->low_share = 1 - best->low_share;
  }
  return best;
}

}  // namespace

Evaluation evaluate(std::span<const PromptOutcomes> prompts, std::span<const RoutedPrompt> routed,
                    const EvaluateOptions& options) {
  if (prompts.empty()) throw Error(ErrorCode::kUsage, "there are no prompts to evaluate");
  if (routed.size() != prompts.size() || options.bootstrap_samples < 1) {
    throw Error(ErrorCode::kUsage,
                "evaluate needs one routed choice a prompt and at least one bootstrap sample");
  }
  Evaluation evaluation;
  evaluation.widths = widths_of(prompts.front());
  evaluation.tau = options.tau;
  evaluation.seed = options.seed;
  evaluation.prompts = static_cast<int64_t>(prompts.size());
  std::vector<PromptFigures> figures = collect_figures(prompts, routed, evaluation);

  const size_t task_count = evaluation.tasks.size();
  const size_t width_count = evaluation.widths.size();
  const std::vector<size_t> by_cost = widths_by_cost(figures, task_count, width_count);
  std::vector<TaskTally> tallies(task_count, TaskTally(width_count));
  for (PromptFigures& prompt : figures) {
    prompt.oracle = by_cost.front();
    for (size_t k : by_cost) {
      if (prompt.scores[k] > prompt.scores[prompt.oracle]) prompt.oracle = k;
    }
    tallies[prompt.task].add(prompt);
  }

  const std::vector<Strategy> strategies = all_strategies(evaluation.widths);
  for (const Strategy& strategy : strategies) {
    evaluation.strategies.push_back(strategy_result(figures, tallies, strategy, evaluation));
  }
  for (size_t t = 0; t < task_count; ++t) {
    for (size_t k = 0; k < width_count; ++k) {
      evaluation.routing[evaluation.tasks[t]][evaluation.widths[k]] =
          tallies[t].chosen[k] / static_cast<double>(tallies[t].n);
    }
  }
  evaluation.router = router_quality(prompts, figures, evaluation);
  evaluation.differences =
      router_differences(figures, strategies, task_count,
                         {.samples = options.bootstrap_samples, .seed = options.seed});
  evaluation.best_mix = best_equal_cost_mix(evaluation);
  return evaluation;
}

}  // namespace paq
