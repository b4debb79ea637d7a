// SPDX-License-Identifier: MIT
// What a router has to beat, fitted on the outcomes that it was trained on itself: the best fixed
// width, a router that sees the prompt's length alone, one that sees the task's name alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/outcome.h"
#include "eval/figures.h"

namespace paq {

/// Widths are indexes into those of the figures.
struct Baselines {
  size_t best_fixed = 0;
  bool best_fixed_seen_test = false;
  int64_t training_scored = 0;
  int64_t training_labelled = 0;
  std::vector<size_t> length_choices;  ///< [P]; empty without labelled training prompts.
  std::vector<size_t> task_choices;    ///< [T]; likewise.
};

/// `prompts` are those of the figures; training outcomes of the same texts are left out.
///
/// best_fixed has the best mean over tasks of mean scores, of equals the cheapest one: over the
/// training prompts of the evaluated tasks that have all scores; where there are none, of all
/// tasks; where there are none either, over the evaluated prompts themselves.
///
/// task_choices is the commonest label of the task's training prompts, of equals the smaller width;
/// the commonest of all for a task without any.
Baselines fit_baselines(const Figures& figures, std::span<const PromptOutcomes> prompts,
                        std::span<const PromptOutcomes> training, const LabelRule& rule);

}  // namespace paq
