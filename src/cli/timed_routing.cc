// SPDX-License-Identifier: MIT
#include "cli/timed_routing.h"

#include <algorithm>
#include <chrono>

#include "core/error.h"

namespace paq {
namespace {

constexpr size_t kWarmUpPrompts = 5;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

TimedDecision route_timed(Router& router, std::string_view prompt) {
  const auto start = Clock::now();
  TimedDecision result;
  result.decision = router.route(prompt);
  result.seconds = seconds_since(start);
  return result;
}

std::vector<RoutedPrompt> route_prompts(Router& router, std::span<const Prompt> prompts,
                                        const RoutingOptions& options) {
  for (const Prompt& prompt : prompts.first(std::min(kWarmUpPrompts, prompts.size()))) {
    router.route(request_text(prompt));
  }
  const auto start = Clock::now();
  std::vector<RoutedPrompt> routed;
  for (const Prompt& prompt : prompts) {
    if (options.cancel != nullptr && *options.cancel) {
      throw Error(ErrorCode::kCancelled, "interrupted while routing");
    }
    const TimedDecision timed = route_timed(router, request_text(prompt));
    routed.push_back({timed.decision.bits, timed.seconds, timed.decision.probabilities});
    for (const Policy& policy : options.policies) {
      routed.back().policy_choices.push_back(choose_width(policy, timed.decision));
    }
    if (options.progress) {
      options.progress({.stage = "routing",
                        .done = static_cast<int64_t>(routed.size()),
                        .total = static_cast<int64_t>(prompts.size()),
                        .unit = "prompts",
                        .seconds = seconds_since(start),
                        .detail = ""});
    }
  }
  return routed;
}

}  // namespace paq
