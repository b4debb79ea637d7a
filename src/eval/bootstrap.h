// SPDX-License-Identifier: MIT
// Paired bootstrap intervals for differences of strategies' scores.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/evaluation.h"
#include "eval/tally.h"

namespace paq {

struct BootstrapOptions {
  int samples = 2000;  ///< >= 1
  uint64_t seed = 0;
};

/// The router's mean score less that of every other strategy, with the 2.5th and 97.5th percentile
/// over resamples. Every strategy is computed on the same resample (paired); prompts are drawn with
/// replacement within their task, so that each task keeps its size. `task_count` tasks, each with a
/// prompt.
std::vector<Difference> router_differences(std::span<const PromptFigures> prompts,
                                           std::span<const Strategy> strategies, size_t task_count,
                                           const BootstrapOptions& options);

}  // namespace paq
