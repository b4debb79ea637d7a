// SPDX-License-Identifier: MIT
#include "eval/figures.h"

#include <algorithm>
#include <utility>

#include "core/error.h"

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

size_t task_index(std::vector<std::string>& tasks, const std::string& task) {
  const auto place = std::find(tasks.begin(), tasks.end(), task);
  const auto index = static_cast<size_t>(place - tasks.begin());
  if (place == tasks.end()) tasks.push_back(task);
  return index;
}

void take_choice(const PromptOutcomes& prompt, const RoutedPrompt& routed,
                 std::span<const BitWidth> widths, PromptFigures& figure) {
  figure.choice = width_index(widths, routed.bits);
  if (figure.choice == widths.size()) {
    fail(prompt, "is routed to " + to_string(routed.bits) + " bits, but its outcomes have " +
                     to_string(widths) + "; use a router of the same bit widths");
  }
  if (!routed.probabilities.empty() && routed.probabilities.size() != widths.size()) {
    fail(prompt, "has " + std::to_string(routed.probabilities.size()) +
                     " probabilities for the widths " + to_string(widths) +
                     "; use a router of the same bit widths");
  }
  figure.router_seconds = routed.seconds;
  figure.probabilities = routed.probabilities;
  for (const BitWidth bits : routed.policy_choices) {
    figure.policy_choices.push_back(width_index(widths, bits));
    if (figure.policy_choices.back() < widths.size()) continue;
    fail(prompt, "is routed to " + to_string(bits) + " bits by a policy, but its outcomes have " +
                     to_string(widths) + "; use a router of the same bit widths");
  }
}

// Whether all of the prompt's outcomes have times.
bool take_outcomes(const PromptOutcomes& prompt, std::span<const BitWidth> widths,
                   PromptFigures& figure) {
  bool timed = true;
  for (BitWidth width : widths) {
    const auto outcome = prompt.outcomes.find(width);
    if (outcome == prompt.outcomes.end() || !outcome->second.score) {
      fail(prompt,
           "has no score at " + to_string(width) + " bits; run paq label for it, or leave it out");
    }
    figure.scores.push_back(*outcome->second.score);
    timed = timed && outcome->second.seconds.has_value();
    figure.seconds.push_back(outcome->second.seconds.value_or(0));
  }
  return timed;
}

std::vector<size_t> widths_by_cost(const Figures& figures) {
  std::vector<double> cost(figures.widths.size());
  for (const std::vector<size_t>& prompts : figures.of_task) {
    for (size_t p : prompts) {
      const std::vector<double>& seconds = figures.prompts[p].seconds;
      for (size_t k = 0; k < seconds.size(); ++k) {
        cost[k] += seconds[k] / static_cast<double>(prompts.size());
      }
    }
  }
  std::vector<size_t> order(cost.size());
  for (size_t k = 0; k < order.size(); ++k) order[k] = k;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return cost[a] < cost[b]; });
  return order;
}

size_t oracle_of(const PromptFigures& prompt, std::span<const size_t> by_cost) {
  size_t best = by_cost.front();
  for (size_t k : by_cost) {
    if (prompt.scores[k] > prompt.scores[best]) best = k;
  }
  return best;
}

}  // namespace

size_t width_index(std::span<const BitWidth> widths, BitWidth width) {
  return static_cast<size_t>(std::find(widths.begin(), widths.end(), width) - widths.begin());
}

Figures collect_figures(std::span<const PromptOutcomes> prompts,
                        std::span<const RoutedPrompt> routed, const LabelRule& rule) {
  Figures figures;
  figures.widths = widths_of(prompts.front());
  figures.timed = figures.probabilistic = true;
  for (size_t p = 0; p < prompts.size(); ++p) {
    PromptFigures figure;
    figure.task = task_index(figures.tasks, prompts[p].prompt.task);
    take_choice(prompts[p], routed[p], figures.widths, figure);
    figures.timed = take_outcomes(prompts[p], figures.widths, figure) && figures.timed;
    figures.probabilistic = figures.probabilistic && !figure.probabilities.empty();
    if (const auto label = label_of(prompts[p], figures.widths, rule)) {
      figure.label = width_index(figures.widths, *label);
    }
    figures.of_task.resize(figures.tasks.size());
    figures.of_task[figure.task].push_back(p);
    figures.prompts.push_back(std::move(figure));
  }
  if (!figures.timed) {
    for (PromptFigures& figure : figures.prompts) figure.seconds.clear();
  }
  figures.by_cost = widths_by_cost(figures);
  for (PromptFigures& figure : figures.prompts) figure.oracle = oracle_of(figure, figures.by_cost);
  return figures;
}

}  // namespace paq
