// SPDX-License-Identifier: MIT
#include "cli/decision_text.h"

#include <algorithm>

#include "report/format.h"

namespace paq {

Json decision_json(const RouterInfo& info, const Policy& policy, const TimedDecision& timed) {
  Json probabilities = Json::object(), adequate = Json::object(), logits = Json::object();
  for (size_t k = 0; k < info.bit_widths.size(); ++k) {
    probabilities[to_string(info.bit_widths[k])] = timed.decision.probabilities.at(k);
    adequate[to_string(info.bit_widths[k])] = timed.decision.adequate.at(k);
    logits[to_string(info.bit_widths[k])] = timed.decision.logits.at(k);
  }
  return {{"bits", choose_width(policy, timed.decision).bits},
          {"policy", policy.name()},
          {"arg_max", timed.decision.bits.bits},
          {"threshold", policy.floor() ? Json(policy.floor()->threshold) : Json(nullptr)},
          {"probabilities", probabilities},
          {"adequate", adequate},
          {"logits", logits},
          {"prompt_tokens", timed.decision.prompt_tokens},
          {"dropped_tokens", timed.decision.dropped_tokens},
          {"seconds", timed.seconds}};
}

std::string policy_text(const Policy& policy) {
  if (const auto& floor = policy.floor()) {
    const RiskBound& bound = policy.spec().bound;
    return policy.name() + ": the smallest width that is adequate with a probability above " +
           fixed_point(std::max(0.0f, floor->threshold), 3) + ", so that at most " +
           percent(bound.alpha) + " % of prompts like the " + std::to_string(floor->prompts) +
           " calibration prompts are answered below their label (confidence " +
           percent(bound.confidence) + " %)";
  }
  if (const auto& costs = policy.costs()) {
    return policy.name() + ": the least of cost and price, in " + costs->unit +
           ", times the chance that the width is inadequate";
  }
  return policy.name() + ": the likeliest label";
}

std::string probabilities_text(const RouterInfo& info, const Decision& decision) {
  std::string text;
  for (size_t k = 0; k < info.bit_widths.size(); ++k) {
    if (k > 0) text += ", ";
    text += to_string(info.bit_widths[k]) + "-bit " + fixed_point(decision.probabilities.at(k), 2);
  }
  return text;
}

}  // namespace paq
