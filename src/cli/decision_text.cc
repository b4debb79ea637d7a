// SPDX-License-Identifier: MIT
#include "cli/decision_text.h"

#include "report/format.h"

namespace paq {

Json decision_json(const RouterInfo& info, const TimedDecision& timed) {
  Json probabilities = Json::object(), logits = Json::object();
  for (size_t k = 0; k < info.bit_widths.size(); ++k) {
    probabilities[to_string(info.bit_widths[k])] = timed.decision.probabilities.at(k);
    logits[to_string(info.bit_widths[k])] = timed.decision.logits.at(k);
  }
  return {{"bits", timed.decision.bits.bits},
          {"probabilities", probabilities},
          {"logits", logits},
          {"prompt_tokens", timed.decision.prompt_tokens},
          {"dropped_tokens", timed.decision.dropped_tokens},
          {"seconds", timed.seconds}};
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
