// SPDX-License-Identifier: MIT
// What a run of labelling will take, before it is begun.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/ladder.h"
#include "core/prompt.h"
#include "engine/engine.h"
#include "label/labeler.h"
#include "store/store.h"

namespace paq {

struct VariantEstimate {
  BitWidth bits;
  int64_t there = 0;    ///< Outcomes that the store has.
  int64_t to_ask = 0;   ///< Outcomes to be had; of a lazy walk as many as are to be expected.
  int64_t refused = 0;  ///< Besides, that will be refused: too long, or by the model's template.
  int64_t sampled = 0;  ///< Prompts that were answered to find out.
  double prompt_tokens = 0;  ///< Mean of the sample.
  double tokens = 0;         ///< Likewise, of the answers.
  double seconds = 0;        ///< For all of `to_ask`.
};

struct LabelEstimate {
  std::vector<VariantEstimate> variants;
  double seconds = 0;      ///< Variants one after another, or the slowest of them side by side.
  double tokens = 0;       ///< To be generated.
  int64_t disk_bytes = 0;  ///< That the store will grow by.
};

struct EstimateOptions {
  LabelOptions label = {};
  int sample = 0;     ///< Prompts for each variant; 0: four for each place, at least 16.
  uint64_t seed = 0;  ///< Of the choice of the sample.
};

/// Answers a sample of what is missing on every variant, as label_prompts() would, and stores
/// nothing. `store` may be null where there is none yet; it is only read. Progress is that of the
/// sample. Throws as label_prompts() does.
LabelEstimate estimate_labels(Engine& engine, const Ladder& ladder, const Store* store,
                              std::span<const Prompt> prompts, const EstimateOptions& options);

}  // namespace paq
