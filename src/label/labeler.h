// SPDX-License-Identifier: MIT
// Runs prompts over every variant of a ladder and keeps the outcomes, resumably.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/code_runner.h"
#include "core/ladder.h"
#include "core/progress.h"
#include "core/prompt.h"
#include "engine/engine.h"
#include "store/store.h"

namespace paq {

/// Labels alone need no more than the variants up to the one that is good enough.
struct LazyWalk {
  double tau = 1.07;         ///< The smallest threshold that labels will be wanted for.
  double full_share = 0.05;  ///< Of the prompts, drawn by their hash: every variant answers them.
  uint64_t seed = 0;         ///< Of that draw.
};

struct LabelOptions {
  /// Ask only these variants; empty: all. What the store has of the others counts for `lazy`.
  std::vector<BitWidth> bits = {};
  /// Sequences in flight. 1 gives the latency of a prompt on an idle machine; more is faster.
  int concurrency = 8;
  /// Requests that the engine is given at a time, so that it sees which prompts begin alike; at
  /// least `concurrency`. 0: four times it, but 1 where that is 1.
  int window = 0;
  /// Redo outcomes that were timed at another concurrency than this run's.
  bool require_concurrency = false;
  /// Let a prompt whose text or reference has changed take the place of the one in the store, whose
  /// outcomes go. Else such prompts are refused.
  bool replace = false;
  /// Answers without a perplexity are asked again, for they were had from an engine without
  /// log-probabilities. False for such an engine.
  bool perplexities = true;
  /// All variants at a time, each with `concurrency` of its own: where they are answered on
  /// machines of their own. Not with `lazy`.
  bool side_by_side = false;
  /// Ask the variants from the smallest upwards and a prompt no further than the first whose
  /// response perplexity is <= tau. Variants run one after another then.
  std::optional<LazyWalk> lazy = std::nullopt;
  /// kRaw for prompts that were rendered to be continued; outcomes of the other form do not count.
  PromptForm form = PromptForm::kChat;
  /// What ends an answer, by task.
  std::map<std::string, std::vector<std::string>, std::less<>> stop = {};
  /// Runs the programs of tasks that are scored so; may be null where no prompt is of such a task.
  CodeRunner* code_runner = nullptr;
  /// Answers of this run over all variants, those that were there already left out, so that rate
  /// and time left are right after a resumption; in detail those of the variant at work: its
  /// count, rates and time left. Of a lazy walk the total is the most that there can be.
  ProgressCallback progress = nullptr;
  const CancelFlag* cancel = nullptr;
};

struct LabelSummary {
  int64_t already_there = 0;  ///< Outcomes, as all of these: prompts times variants asked.
  int64_t added = 0;
  int64_t elsewhere = 0;      ///< That another run on the same store has added meanwhile.
  int64_t rescored = 0;       ///< Stored answers that an older version of their scorer had scored.
  int64_t too_long = 0;       ///< Answers not asked for, since the prompt does not fit the context.
  int64_t spared = 0;         ///< Likewise, since a smaller variant was good enough (lazy).
  int64_t refused = 0;        ///< Likewise, since the model's chat template refuses the prompt.
  std::string first_refused;  ///< "TASK/SPLIT/ID: reason" of one of them.
  int64_t tokens = 0;         ///< In the answers added.
  /// Tokens of prompts that were computed, and that were taken from the cache instead since prompts
  /// begin alike; both 0 where the engine does not count them.
  int64_t computed_tokens = 0, reused_tokens = 0;
  double seconds = 0;
};

/// Answers every prompt greedily on every variant of `ladder`, scores it with its task's scorer and
/// stores the outcome as soon as it is finished. Prompts whose metric is a likelihood are answered
/// with the likeliest of their choices (docs/scoring.md). Prompts and variants are added to the
/// store first. What is in the store already is not done again, so that a run that ended for
/// whatever reason goes on with the next; but it is scored anew where its task's scorer has changed
/// since, and asked for again where the answer was cut by a shorter context than the engine's.
///
/// Several runs may work on one store at a time: what another has stored since this one began is
/// not asked again, and a run that comes upon another's answers goes on at another place. What both
/// are asking at the time is answered twice and stored once.
///
/// Variants run one after another; with a concurrency of 1, on an engine that keeps all of them
/// loaded, they take turns at every prompt, so that a machine that grows slower does so for all.
/// Each is warmed up first, so that loading it is in no outcome's time.
///
/// A prompt that is given twice counts once. The caller owns all arguments. Throws Error(kNotFound)
/// for a width of `bits` that the ladder does not have, Error(kUsage) for a prompt of an unknown
/// task or one whose programs nobody can run, and for different prompts of one task, split and id,
/// Error(kMismatch) for prompts that would replace some of the store (see `replace`),
/// Error(kCancelled) after the running prompts are dropped, and what engine and store throw;
/// whatever was finished is in the store.
LabelSummary label_prompts(Engine& engine, const Ladder& ladder, Store& store,
                           std::span<const Prompt> prompts, const LabelOptions& options);

}  // namespace paq
