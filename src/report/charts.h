// SPDX-License-Identifier: MIT
// The report page's pictures as inline SVG. Colours come from the page's style sheet: `bit-<k>` for
// the k-th width, counted from 0.
#pragma once

#include <string>
#include <vector>

#include "core/evaluation.h"

namespace paq {

/// Score and mean time of every strategy, two panels of horizontal bars that share their rows.
std::string strategies_chart(const Evaluation& evaluation);

/// For each task, and for all, a bar that the widths share.
std::string routing_chart(const Evaluation& evaluation);

/// "#0072b2" and so on, one per width from the smallest to the largest: blue over pale to vermilion
/// (stops from Okabe and Ito's palette), told apart with any of the common colour deficiencies and
/// on light and dark ground.
std::vector<std::string> width_colours(size_t count);

}  // namespace paq
