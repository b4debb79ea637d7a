// SPDX-License-Identifier: MIT
// Has every variant rate the largest one's responses, resumably: what the label modes likelihood,
// kl and top1 (core/label_rule.h) are made of. Nothing is generated.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/ladder.h"
#include "core/progress.h"
#include "core/prompt.h"
#include "engine/engine.h"
#include "label/labeler.h"
#include "store/store.h"

namespace paq {

struct MeasureOptions {
  /// How the prompts were asked: form and stop strings say which outcomes are meant.
  LabelOptions asked = {};
  int concurrency = 8;  ///< Requests that the engine has at a time.
  /// For predictions of the largest variant that the others are compared with. A single prompt's
  /// are kept in any case.
  int64_t memory_bytes = int64_t{256} << 20;
  /// Measure again what has no divergence. Without, nothing but likelihoods is asked for, which
  /// every engine can give.
  bool divergence = true;
  /// Comparisons of this run, those that were there already left out.
  ProgressCallback progress = nullptr;
  const CancelFlag* cancel = nullptr;
};

struct MeasureSummary {
  int64_t already_there = 0;  ///< Comparisons, as `added`: prompts times variants but the largest.
  int64_t added = 0;
  int64_t elsewhere = 0;      ///< That another run on the same store has added meanwhile.
  int64_t unanswered = 0;     ///< Prompts without an answer of the largest variant.
  int64_t refused = 0;        ///< Prompts that the engine can't score: too long now, or refused.
  std::string first_refused;  ///< "TASK/SPLIT/ID: reason" of one of them.
  int64_t tokens = 0;         ///< Scored, over all variants.
  double seconds = 0;
};

/// Scores the response that the largest variant of `ladder` has given to each prompt under every
/// variant, itself included, and stores what comes of it. Prompts must be in the store. Works
/// through them by windows: the largest variant first, whose predictions are kept, then the others
/// one after another.
///
/// Several runs may work on one store at a time, as with label_prompts().
///
/// Throws Error(kCancelled) and what engine and store throw; whatever was finished is in the store,
/// and the next run goes on from there.
MeasureSummary measure_comparisons(Engine& engine, const Ladder& ladder, Store& store,
                                   std::span<const Prompt> prompts, const MeasureOptions& options);

}  // namespace paq
