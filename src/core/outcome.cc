// SPDX-License-Identifier: MIT
#include "core/outcome.h"

namespace paq {

std::optional<BitWidth> perplexity_label(const PromptOutcomes& prompt,
                                         std::span<const BitWidth> widths, double tau) {
  for (BitWidth width : widths.first(widths.size() - 1)) {
    const auto outcome = prompt.outcomes.find(width);
    if (outcome == prompt.outcomes.end() || !outcome->second.perplexity) return std::nullopt;
    if (*outcome->second.perplexity <= tau) return width;
  }
  // Whatever the largest variant's own perplexity is, there is nothing above it.
  return widths.back();
}

}  // namespace paq
