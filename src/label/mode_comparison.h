// SPDX-License-Identifier: MIT
// How far the label modes agree with each other and with correctness. Pure; docs/labels.md has the
// definitions.
#pragma once

#include <span>
#include <vector>

#include "core/label_rule.h"
#include "core/mode_comparison.h"
#include "core/outcome.h"

namespace paq {

/// `rules`: one per mode that is to be compared, the first one kPerplexity's. `widths` ascending,
/// two or more. Throws Error(kUsage) for a threshold that a mode can't have.
ModeComparison compare_modes(std::span<const PromptOutcomes> prompts,
                             std::span<const BitWidth> widths, std::span<const LabelRule> rules);

/// Thresholds at which each of the other rules gives the mean bit width nearest to the first
/// rule's, of the measures that occur and the strictest that there can be: labels that cost the
/// same can be held against each other. The means are over the prompts that every rule with labels
/// has a label for. Rules without measures, and kScore, stay as they are.
std::vector<LabelRule> match_thresholds(std::span<const PromptOutcomes> prompts,
                                        std::span<const BitWidth> widths,
                                        std::span<const LabelRule> rules);

}  // namespace paq
