// SPDX-License-Identifier: MIT
// What a whole task's predictions are worth: the figures that its official script gives.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/code_runner.h"
#include "core/progress.h"
#include "core/prompt.h"
#include "tasks/predictions.h"

namespace paq {

struct TaskScoreOptions {
  /// The predictions of SQuAD v2, DROP, token F1 and HumanEval are whole responses, in which the
  /// answer is to be found first. Otherwise they are answers, taken as they are; HumanEval's
  /// continue its prompt. The other metrics always look for the answer, as their official scripts
  /// do.
  bool responses = false;
  std::vector<int64_t> ks;       ///< Of pass@k; empty: those of 1, 10 and 100 that have samples.
  CodeRunner* runner = nullptr;  ///< Needed for HumanEval.
  int jobs = 1;                  ///< Programs that run at a time.
  ProgressCallback progress = {};
  const CancelFlag* cancel = nullptr;
};

/// Ids of one kind of mismatch: how many, and the first as an example.
struct IdCount {
  int64_t count = 0;
  std::string first;
};

struct TaskScore {
  /// Name and value, in the official order. Scores in percent, 0 to 100; "total" and the like are
  /// counts.
  ///   squad2: exact, f1, total, then HasAns_* and NoAns_* of each where there are such questions;
  ///   drop, token-f1: score (F1), exact, f1, total;
  ///   python-tests: score (pass@1), total, samples, pass@k;
  ///   multiple choice by log-probabilities: score (by their sum), score_per_byte (per byte of the
  ///   option's text, where it is known), total;
  ///   everything else: score, total.
  std::vector<std::pair<std::string, double>> figures;
  IdCount missing;       ///< Prompts without a prediction.
  IdCount unknown;       ///< Predictions without a prompt.
  IdCount repeated;      ///< Ids with several predictions of which the last counted.
  int64_t unscored = 0;  ///< Prompts without a reference; left out.
};

/// `prompts` of one task. A prompt without a prediction scores 0, as in DROP's script; SQuAD v2's
/// leaves it out, and so are its figures here. Unknown ids are left out. Throws Error(kMismatch)
/// where no prediction fits any prompt or where prompts are counted from 1 and predictions from 0,
/// Error(kBadFile) for one of the wrong kind, Error(kUsage)
/// where no prompt can be scored, for ks that exceed the samples, and without a runner for
/// HumanEval; and what the runner throws.
TaskScore score_predictions(std::span<const Prompt> prompts, const Predictions& predictions,
                            const TaskScoreOptions& options);

}  // namespace paq
