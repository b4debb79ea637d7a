// SPDX-License-Identifier: MIT
#include "eval/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"

namespace paq {
namespace {

// Linear between the two nearest order statistics. `sorted` is not empty.
double quantile(std::span<const double> sorted, double fraction) {
  const double position = fraction * static_cast<double>(sorted.size() - 1);
  const size_t below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

}  // namespace

std::vector<Difference> router_differences(std::span<const PromptFigures> prompts,
                                           std::span<const Strategy> strategies, size_t task_count,
                                           const BootstrapOptions& options) {
  const size_t widths = prompts.front().scores.size();
  std::vector<std::vector<const PromptFigures*>> of_task(task_count);
  for (const PromptFigures& prompt : prompts) of_task[prompt.task].push_back(&prompt);

  const auto router = std::find_if(strategies.begin(), strategies.end(), [](const Strategy& s) {
    return s.kind == StrategyKind::kRouter;
  });
  const auto differences_of = [&](std::span<const TaskTally> tasks) {
    std::vector<double> differences;
    const double routed = mean_score(*router, tasks);
    for (const Strategy& other : strategies) {
      if (other.kind != StrategyKind::kRouter) {
        differences.push_back(routed - mean_score(other, tasks));
      }
    }
    return differences;
  };

  std::vector<TaskTally> tasks(task_count, TaskTally(widths));
  for (const PromptFigures& prompt : prompts) tasks[prompt.task].add(prompt);
  const std::vector<double> observed = differences_of(tasks);

  Random random(options.seed, "bootstrap");
  std::vector<std::vector<double>> resampled(observed.size());
  for (int sample = 0; sample < options.samples; ++sample) {
    for (size_t t = 0; t < task_count; ++t) {
      tasks[t] = TaskTally(widths);
      for (size_t i = 0; i < of_task[t].size(); ++i) {
        tasks[t].add(*of_task[t][random.below(of_task[t].size())]);
      }
    }
    const std::vector<double> differences = differences_of(tasks);
    for (size_t i = 0; i < differences.size(); ++i) resampled[i].push_back(differences[i]);
  }

  std::vector<Difference> results;
  for (const Strategy& other : strategies) {
    if (other.kind == StrategyKind::kRouter) continue;
    std::vector<double>& values = resampled[results.size()];
    std::sort(values.begin(), values.end());
    results.push_back({.name = router->name,
                       .than = other.name,
                       .mean = observed[results.size()],
                       .low = quantile(values, 0.025),
                       .high = quantile(values, 0.975)});
  }
  return results;
}

}  // namespace paq
