// SPDX-License-Identifier: MIT
// How well a measure tells right answers from wrong ones. Pure.
#pragma once

#include <cstddef>
#include <span>

#include "core/mode_comparison.h"

namespace paq {

/// One answer. Lower measures should go with right answers.
struct MeasuredAnswer {
  double measure = 0;
  bool right = false;
  size_t prompt = 0;  ///< Answers to one prompt are not independent of each other.
};

/// In any order; a NaN counts as the highest measure.
RocArea roc_area(std::span<const MeasuredAnswer> answers);

}  // namespace paq
