// SPDX-License-Identifier: MIT
// What this machine takes for a prompt at each width: rates of prefill and decode, one prompt at a
// time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/bit_width.h"
#include "core/progress.h"
#include "engine/engine.h"

namespace paq {

struct BenchOptions {
  int prompt_tokens = 128;  ///< About as many; what it came to stands in the result. >= 8
  int answer_tokens = 64;   ///< >= 2
  int rounds = 5;           ///< Of all widths, one after another; medians are taken. >= 1
  ProgressCallback progress = nullptr;
  const CancelFlag* cancel = nullptr;
};

struct WidthBench {
  BitWidth bits;
  double prefill_tokens_per_second = 0;
  double decode_tokens_per_second = 0;
  double seconds = 0;                          ///< For a prompt and an answer of these lengths.
  double seconds_least = 0, seconds_most = 0;  ///< Of the rounds.
};

struct BenchResult {
  int prompt_tokens = 0, answer_tokens = 0;
  std::string prompt;  ///< The text that was asked.
  std::vector<WidthBench> widths;
};

/// Warms every width up, then measures. Blocks. The engine is idle and answers one request at a
/// time. Throws Error(kCancelled), Error(kTooLong) where prompt and answer exceed the context,
/// Error(kEngine) where a model ends all its answers at once, and what the engine throws.
BenchResult run_bench(Engine& engine, const BenchOptions& options);

/// Middle value, the mean of the two middle ones of an even number; one value at least.
double median(std::vector<double> values);

}  // namespace paq
