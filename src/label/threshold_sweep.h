// SPDX-License-Identifier: MIT
// Every threshold that makes a difference, and three of them to work with. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/bit_width.h"
#include "core/label_rule.h"
#include "core/outcome.h"

namespace paq {

/// What one threshold would mean, over the prompts of a sweep.
struct ThresholdPoint {
  double threshold = 0;
  double position = 0;  ///< Share of the measures of all widths but the largest that satisfy it.
  std::vector<double> shares;            ///< Of prompts, one per width.
  std::optional<double> score, seconds;  ///< Means over the labels' variants.
  double bits = 0;                       ///< Mean width.
};

struct SweepOptions {
  LabelMode mode = LabelMode::kPerplexity;
  bool reject_loops = false;
  int points = 200;  ///< At most, 2 or more; evenly spread over the measures that occur.
  /// Thresholds to look at besides.
  std::vector<double> also = {};
};

struct ThresholdSweep {
  LabelMode mode = LabelMode::kPerplexity;
  std::vector<BitWidth> widths;
  /// Prompts that have a measure and, where any has, a score at every width: the same at every
  /// threshold. `left_out` lack something.
  int64_t prompts = 0, left_out = 0;
  std::optional<double> largest_score;  ///< Of the largest width alone.
  std::vector<ThresholdPoint> points;   ///< From the strictest threshold to the most lenient.
};

/// Thresholds are rounded to the lenient side at the fourth decimal, so that they can be typed.
/// `widths` ascending, two or more. Throws Error(kUsage) for fewer than two points.
ThresholdSweep sweep_thresholds(std::span<const PromptOutcomes> prompts,
                                std::span<const BitWidth> widths, const SweepOptions& options);

/// Three thresholds in the manner of the paper's 1.07, 1.13 and 1.21, and the conditions that they
/// were chosen under.
struct ThresholdProposal {
  double conservative = 0, medium = 0, aggressive = 0;
  double least_share = 0;             ///< Every width has this share of the prompts or more.
  std::optional<double> least_score;  ///< The mean score is this or more; absent without scores.
};

/// The paper chose its thresholds "so that accuracy stays high and every width is used" (section
/// 3), made a rule: of the sweep's thresholds at which every width is the label of at least 5 % of
/// the prompts and the mean score is within one point of the largest width's, the strictest is the
/// conservative one, the most lenient the aggressive one, and the medium one has the mean bit width
/// nearest to the middle between those of the two (the stricter of equals). Where no threshold will
/// do, shares of 2 %, 1 % and any at all are tried before nullopt is returned.
std::optional<ThresholdProposal> propose_thresholds(const ThresholdSweep& sweep);

}  // namespace paq
