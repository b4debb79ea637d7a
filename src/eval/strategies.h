// SPDX-License-Identifier: MIT
// The strategies: how each one picks a width for a prompt.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eval/baselines.h"
#include "eval/figures.h"

namespace paq {

enum class StrategyKind {
  kFixed,      ///< Always `width`.
  kRouted,     ///< A function of the prompt: `choices`.
  kUniform,    ///< Every width with the same probability.
  kRouterMix,  ///< The overall shares of a strategy that routes: `mixed`.
  kBestMix,    ///< The best mix of two fixed widths within the router's cost.
};

struct Strategy {
  std::string name;
  StrategyKind kind;
  size_t width = 0;                   ///< Of kFixed.
  std::vector<size_t> choices = {};   ///< Of kRouted, [P].
  std::vector<double> overhead = {};  ///< Of kRouted, [P] seconds of choosing; empty: none.
  size_t mixed = 0;                   ///< Of kRouterMix, its place among the strategies that route.
};

inline constexpr const char* kRouterName = "router";

/// Those that make sense for these figures, in the order of evaluate(). There is one named
/// kRouterName. `leave_one_out` is empty or [P], with widths of the figures only; `policies` names
/// those of Figures::policies.
std::vector<Strategy> all_strategies(const Figures& figures, const Baselines& baselines,
                                     std::span<const RoutedPrompt> leave_one_out,
                                     std::span<const std::string> policies);

/// What the mix with a policy's shares is called.
std::string policy_mix_name(const std::string& policy);

/// Index of the strategy of that name. There must be one.
size_t strategy_index(std::span<const Strategy> strategies, std::string_view name);

}  // namespace paq
