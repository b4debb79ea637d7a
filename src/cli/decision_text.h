// SPDX-License-Identifier: MIT
// A routing decision as text and JSON, for paq route and paq run.
#pragma once

#include <string>

#include "cli/json.h"
#include "cli/timed_routing.h"

namespace paq {

/// {"bits", "policy", "arg_max", "threshold", "probabilities": {bits: p}, "adequate": {bits: p},
/// "logits": {bits: x}, "prompt_tokens", "dropped_tokens", "seconds"}; `bits` is the policy's
/// choice, `threshold` null but for floor.
Json decision_json(const RouterInfo& info, const Policy& policy, const TimedDecision& timed);

/// What the policy goes by, one sentence.
std::string policy_text(const Policy& policy);

/// "2-bit 0.71, 4-bit 0.20, 8-bit 0.06, 16-bit 0.03"
std::string probabilities_text(const RouterInfo& info, const Decision& decision);

}  // namespace paq
