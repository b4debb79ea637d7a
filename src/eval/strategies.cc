// SPDX-License-Identifier: MIT
#include "eval/strategies.h"

#include <algorithm>
#include <utility>

namespace paq {
namespace {

template <typename Choose>
Strategy routed(const Figures& figures, std::string name, Choose choose) {
  Strategy strategy{.name = std::move(name), .kind = StrategyKind::kRouted};
  for (size_t p = 0; p < figures.prompts.size(); ++p) {
    strategy.choices.push_back(choose(figures.prompts[p], p));
  }
  return strategy;
}

Strategy the_router(const Figures& figures) {
  Strategy strategy = routed(figures, kRouterName,
                             [](const PromptFigures& prompt, size_t) { return prompt.choice; });
  for (const PromptFigures& prompt : figures.prompts) {
    strategy.overhead.push_back(prompt.router_seconds);
  }
  return strategy;
}

Strategy leave_one_out_router(const Figures& figures, std::span<const RoutedPrompt> choices) {
  Strategy strategy = routed(figures, "router-leave-one-out", [&](const PromptFigures&, size_t p) {
    return width_index(figures.widths, choices[p].bits);
  });
  for (const RoutedPrompt& choice : choices) strategy.overhead.push_back(choice.seconds);
  return strategy;
}

}  // namespace

std::vector<Strategy> all_strategies(const Figures& figures, const Baselines& baselines,
                                     std::span<const RoutedPrompt> leave_one_out,
                                     std::span<const std::string> policies) {
  std::vector<Strategy> strategies;
  for (size_t k = 0; k < figures.widths.size(); ++k) {
    strategies.push_back({.name = "fixed-" + to_string(figures.widths[k]),
                          .kind = StrategyKind::kFixed,
                          .width = k});
  }
  strategies.push_back(
      {.name = "best-fixed", .kind = StrategyKind::kFixed, .width = baselines.best_fixed});
  strategies.push_back(the_router(figures));
  if (!leave_one_out.empty()) {
    strategies.push_back(leave_one_out_router(figures, leave_one_out));
  }
  const size_t first_policy = leave_one_out.empty() ? 1 : 2;  // among those that route
  for (size_t j = 0; j < policies.size(); ++j) {
    Strategy strategy = routed(figures, policies[j], [j](const PromptFigures& prompt, size_t) {
      return prompt.policy_choices[j];
    });
    for (const PromptFigures& prompt : figures.prompts) {
      strategy.overhead.push_back(prompt.router_seconds);
    }
    strategies.push_back(std::move(strategy));
    strategies.push_back({.name = policy_mix_name(policies[j]),
                          .kind = StrategyKind::kRouterMix,
                          .mixed = first_policy + j});
  }
  if (!baselines.length_choices.empty()) {
    strategies.push_back(routed(figures, "length-router", [&](const PromptFigures&, size_t p) {
      return baselines.length_choices[p];
    }));
    strategies.push_back(routed(figures, "task-router", [&](const PromptFigures& prompt, size_t) {
      return baselines.task_choices[prompt.task];
    }));
  }
  strategies.push_back({.name = "random", .kind = StrategyKind::kUniform});
  strategies.push_back({.name = "random-mix", .kind = StrategyKind::kRouterMix});
  strategies.push_back({.name = "best-mix", .kind = StrategyKind::kBestMix});
  if (std::any_of(figures.prompts.begin(), figures.prompts.end(),
                  [](const PromptFigures& prompt) { return prompt.label.has_value(); })) {
    const size_t largest = figures.widths.size() - 1;
    strategies.push_back(routed(figures, "labels", [&](const PromptFigures& prompt, size_t) {
      return prompt.label.value_or(largest);
    }));
  }
  strategies.push_back(
      routed(figures, "oracle", [](const PromptFigures& prompt, size_t) { return prompt.oracle; }));
  return strategies;
}

std::string policy_mix_name(const std::string& policy) { return policy + "-mix"; }

size_t strategy_index(std::span<const Strategy> strategies, std::string_view name) {
  return static_cast<size_t>(
      std::find_if(strategies.begin(), strategies.end(),
                   [&](const Strategy& strategy) { return strategy.name == name; }) -
      strategies.begin());
}

}  // namespace paq
