// SPDX-License-Identifier: MIT
#include "core/outcome.h"

#include "core/hash.h"
#include "core/label_rule.h"

namespace paq {

std::string response_hash(const Outcome& outcome) {
  Sha256 hash;
  if (outcome.token_ids.empty()) {
    hash.update_field("text");
    hash.update_field(outcome.response.value_or(""));
  } else {
    hash.update_field("tokens");
    for (const int32_t id : outcome.token_ids) hash.update_field(std::to_string(id));
  }
  return hash.finish();
}

std::optional<BitWidth> perplexity_label(const PromptOutcomes& prompt,
                                         std::span<const BitWidth> widths, double tau) {
  return label_of(prompt, widths, {.mode = LabelMode::kPerplexity, .threshold = tau});
}

std::map<BitWidth, int64_t> missing_perplexities(std::span<const PromptOutcomes> prompts,
                                                 std::span<const BitWidth> widths) {
  std::map<BitWidth, int64_t> missing;
  for (const PromptOutcomes& prompt : prompts) {
    for (const BitWidth width : widths.first(widths.size() - 1)) {
      const auto outcome = prompt.outcomes.find(width);
      if (outcome == prompt.outcomes.end() || !outcome->second.perplexity) ++missing[width];
    }
  }
  return missing;
}

}  // namespace paq
