// SPDX-License-Identifier: MIT
// Threshold summaries as text and JSON, for paq thresholds and paq demo.
#pragma once

#include <span>
#include <string>

#include "cli/json.h"
#include "core/label_rule.h"
#include "label/lazy_sample.h"
#include "label/threshold_sweep.h"
#include "label/thresholds.h"

namespace paq {

/// `needs` are those of the label mode.
std::string threshold_table(std::span<const ThresholdSummary> summaries,
                            std::span<const BitWidth> widths, LabelNeeds needs);

Json thresholds_json(std::span<const ThresholdSummary> summaries);

/// A line on the prompts that a sweep or a comparison leaves out since a walk chose them.
std::string walked_text(const FairPrompts& fair);

/// One row per point of a sweep.
std::string sweep_table(const ThresholdSweep& sweep);

Json sweep_json(const ThresholdSweep& sweep);

/// null where there is none.
Json proposal_json(const std::optional<ThresholdProposal>& proposal);

}  // namespace paq
