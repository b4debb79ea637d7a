// SPDX-License-Identifier: MIT
// A router's decisions with the time that each took.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/evaluation.h"
#include "core/progress.h"
#include "core/prompt.h"
#include "router/router.h"

namespace paq {

struct TimedDecision {
  Decision decision;
  double seconds = 0;
};

/// Routes one prompt. The first call of a router also pays for memory that it touches first.
TimedDecision route_timed(Router& router, std::string_view prompt);

struct RoutingOptions {
  ProgressCallback progress;
  const CancelFlag* cancel = nullptr;
  std::span<const Policy> policies = {};  ///< Fill RoutedPrompt::policy_choices, in this order.
};

/// Routes every prompt on its own, as a server without other requests would, after a warm-up that
/// is not counted. Throws Error(kCancelled).
std::vector<RoutedPrompt> route_prompts(Router& router, std::span<const Prompt> prompts,
                                        const RoutingOptions& options);

}  // namespace paq
