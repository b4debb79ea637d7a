// SPDX-License-Identifier: MIT
// How well a measure tells right answers from wrong ones. Pure.
#pragma once

#include <cstdint>
#include <span>

#include "core/estimate.h"

namespace paq {

/// One answer. Lower measures should go with right answers.
struct MeasuredAnswer {
  double measure = 0;
  bool right = false;
  size_t prompt = 0;  ///< Answers to one prompt are not independent of each other.
};

struct RocArea {
  /// Probability that a right answer has a lower measure than a wrong one, a tie counting half:
  /// 0.5 is chance, 1 a clean cut. The interval is that of Obuchowski (1997), which for one answer
  /// a prompt is DeLong's (1988), within 0 and 1. 0.5, 0 and 1 where all or none are right.
  Estimate area = {0.5, 0, 1};
  int64_t right = 0, wrong = 0;

  bool is_defined() const { return right > 0 && wrong > 0; }
};

/// In any order; a NaN counts as the highest measure.
RocArea roc_area(std::span<const MeasuredAnswer> answers);

}  // namespace paq
