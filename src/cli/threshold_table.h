// SPDX-License-Identifier: MIT
// Threshold summaries as text and JSON, for paq thresholds and paq demo.
#pragma once

#include <span>
#include <string>

#include "cli/json.h"
#include "label/threshold_sweep.h"
#include "label/thresholds.h"

namespace paq {

std::string threshold_table(std::span<const ThresholdSummary> summaries,
                            std::span<const BitWidth> widths);

Json thresholds_json(std::span<const ThresholdSummary> summaries);

/// One row per point of a sweep.
std::string sweep_table(const ThresholdSweep& sweep);

Json sweep_json(const ThresholdSweep& sweep);

/// null where there is none.
Json proposal_json(const std::optional<ThresholdProposal>& proposal);

}  // namespace paq
