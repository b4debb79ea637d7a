// SPDX-License-Identifier: MIT
// Runs prompts over every variant of a ladder and keeps the outcomes, resumably.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "core/ladder.h"
#include "core/progress.h"
#include "core/prompt.h"
#include "engine/engine.h"
#include "store/store.h"

namespace paq {

struct LabelOptions {
  /// Sequences in flight. 1 gives the latency of a prompt on an idle machine; more is faster.
  int concurrency = 8;
  /// Redo outcomes that were timed at another concurrency than this run's.
  bool require_concurrency = false;
  ProgressCallback progress;  ///< Prompts done over all variants, with tokens/s in detail.
  const CancelFlag* cancel = nullptr;
};

struct LabelSummary {
  int64_t already_there = 0;
  int64_t added = 0;
  int64_t too_long = 0;  ///< Prompts that do not fit the context; no outcome.
  int64_t tokens = 0;    ///< Generated in this run.
  double seconds = 0;
};

/// Answers every prompt greedily on every variant, scores it with its task's scorer and stores the
/// outcome at once. What is in the store already is not done again. Variants run one after another.
/// The caller owns all arguments. Throws Error(kCancelled) after the running prompts are dropped;
/// whatever was finished is in the store.
LabelSummary label_prompts(Engine& engine, const Ladder& ladder, Store& store,
                           std::span<const Prompt> prompts, const LabelOptions& options);

}  // namespace paq
