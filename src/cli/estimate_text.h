// SPDX-License-Identifier: MIT
// What paq label --dry-run says.
#pragma once

#include <cstdint>
#include <filesystem>

#include "cli/json.h"
#include "label/label_estimate.h"

namespace paq {

struct EstimateContext {
  std::filesystem::path store;
  int64_t prompts = 0;
  int64_t memory_bytes = 0;       ///< Predicted for the run; 0 where servers hold the variants.
  int64_t memory_seen_bytes = 0;  ///< Largest resident memory while the sample was answered.
  int64_t memory_available_bytes = 0;  ///< 0: nobody can say.
  int concurrency = 1;
  int context = 0;  ///< Tokens of prompt and answer.
  bool lazy = false;
};

Json estimate_json(const LabelEstimate& estimate, const EstimateContext& context);

/// To standard output, for people.
void print_estimate(const LabelEstimate& estimate, const EstimateContext& context);

}  // namespace paq
