// SPDX-License-Identifier: MIT
// A routing decision as text and JSON, for paq route and paq run.
#pragma once

#include <string>

#include "cli/json.h"
#include "cli/timed_routing.h"

namespace paq {

/// {"bits", "probabilities": {bits: p}, "logits", "prompt_tokens", "dropped_tokens", "seconds"}
Json decision_json(const RouterInfo& info, const TimedDecision& timed);

/// "2-bit 0.71, 4-bit 0.20, 8-bit 0.06, 16-bit 0.03"
std::string probabilities_text(const RouterInfo& info, const Decision& decision);

}  // namespace paq
