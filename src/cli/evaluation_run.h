// SPDX-License-Identifier: MIT
// Stored outcomes and a router's timed choices, brought together into an evaluation.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/evaluation.h"
#include "core/ladder.h"
#include "core/progress.h"
#include "core/prompt.h"
#include "report/report.h"
#include "router/router.h"
#include "store/store.h"

namespace paq {

struct EvaluationRunOptions {
  /// Whose outcomes count. Null: those of `stored_ladder`.
  const Ladder* ladder = nullptr;
  /// What choose_ladder() takes; empty: the one ladder that all outcomes of the prompts belong to.
  std::string stored_ladder = {};
  bool any_ladder = false;  ///< Take a router that was trained on another ladder.
  double tau = 1.13;
  uint64_t seed = 0;
  std::span<const Policy> policies = {};  ///< Compared with the router's own choice.
  ProgressCallback progress;
  const CancelFlag* cancel = nullptr;
  /// Choices of routers that have not seen the prompt's task, one a prompt; may be empty.
  std::function<std::vector<RoutedPrompt>(std::span<const Prompt>)> leave_one_out = nullptr;
};

/// Prompts that can't be evaluated, by what they lack.
struct LeftOut {
  int64_t outcome = 0;    ///< An outcome at every width.
  int64_t reference = 0;  ///< Something to be scored against.
  int64_t walked = 0;     ///< Chance: a lazy walk asked them on only where they were hard.

  int64_t all() const { return outcome + reference + walked; }
};

struct EvaluationRun {
  Evaluation evaluation;
  std::string ladder;      ///< Whose outcomes these are: its hash, or kImportedVariant.
  std::string base_model;  ///< Of that ladder; empty for imported outcomes.
  std::vector<PromptOutcomes> outcomes;  ///< What was evaluated, parallel to its decisions.
  LeftOut left_out;
  /// The split that a floor's calibration prompts are of, where evaluated prompts are of it too.
  std::string calibration_split;
};

/// Baselines are fitted on the train and validation splits of the store. Throws Error(kMismatch)
/// where the router is of other widths or another ladder than the outcomes, Error(kUsage) where no
/// prompt is complete, and what choose_ladder() throws.
EvaluationRun run_evaluation(const Store& store, Router& router, std::span<const Prompt> prompts,
                             const EvaluationRunOptions& options);

/// Counts of an evaluation's prompts per task, and what was left out.
std::map<std::string, int64_t> evaluation_counts(const EvaluationRun& run);

/// What a reader of the figures has to know, in whole sentences: that the model is the miniature,
/// how many prompts are left out and why, that a floor may have seen these prompts, that times are
/// not latencies of single prompts. Empty where there is nothing of the kind.
std::string evaluation_note(const EvaluationRun& run);

/// "router.gguf (3.1 MB)"
std::string file_with_size(const std::filesystem::path& file);

}  // namespace paq
