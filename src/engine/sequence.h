// SPDX-License-Identifier: MIT
// What the scheduler knows of requests that wait and of sequences in the cache. Plain data;
// internal to engine/.
#pragma once

#include <llama.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/completion.h"
#include "engine/answer_text.h"
#include "engine/cell_tree.h"
#include "engine/job.h"
#include "engine/llama_handles.h"
#include "engine/prompt_index.h"

namespace paq {

/// A request that was not let in yet.
struct WaitingJob {
  std::shared_ptr<const Job> job;
  std::vector<llama_token> prompt = {};  ///< Empty until the request was first looked at.
  std::vector<std::vector<llama_token>> continuations = {};  ///< Likewise, to be scored.
  PromptIndex::Entry indexed = {};                           ///< Of `prompt`, once it is there.
};

/// The state of an answer being written.
struct Generation {
  LlamaSamplerHandle sampler;  ///< Null: the likeliest token.
  AnswerText answer;
  Completion completion = {};
};

/// The state of a request to score, which all its sequences share.
struct Scoring {
  std::vector<std::vector<llama_token>> continuations;
  ScoredContinuations result = {};
  size_t next = 0;           ///< First continuation that has no sequence yet.
  size_t left = 0;           ///< Continuations that are not scored to their end.
  bool prompt_done = false;  ///< The first tokens are scored.
  CellTree::Path reserve;    ///< Room for the longest continuation, so that one can always go on.
};

/// One sequence of the cache: tokens to be computed in order, with logits wanted from one on.
struct Sequence {
  std::shared_ptr<const Job> job;
  uint64_t number = 0;  ///< Ascending in the order of admission.
  llama_seq_id slot = 0;
  std::vector<llama_token> tokens;  ///< The prompt and what follows it.
  size_t prompt = 0;                ///< Tokens of the prompt.
  size_t fed = 0;                   ///< Tokens in the cache or in the present batch.
  size_t shared = 0;    ///< Tokens to be taken from `source` once it has them; then fed >= shared.
  uint64_t source = 0;  ///< A sequence's number.
  size_t outputs_from = 0;  ///< The first token after which logits are wanted.
  CellTree::Path cells;     ///< All that it has and may yet need.
  bool ended = false;       ///< Has given back slot and cells.

  /// In the present batch: `output_count` consecutive entries from `first_entry` on have the logits
  /// after the tokens from `first_output` on.
  int first_entry = 0;
  size_t first_output = 0;
  size_t output_count = 0;

  std::optional<Generation> generation;
  std::shared_ptr<Scoring> scoring;
  std::optional<size_t> continuation;  ///< Of `scoring`; else this is its prompt.
  bool holds_reserve = false;          ///< Whether `cells` are the reserve of `scoring`.

  TokenSpan prompt_tokens() const { return TokenSpan(tokens).first(prompt); }
  bool decodes() const { return generation && fed >= prompt; }
  bool waits_for_source() const { return fed < shared; }
};

/// A beginning that stays in the cache after its sequence, for requests that wait.
struct KeptPrefix {
  uint64_t number = 0;  ///< Its sequence's.
  llama_seq_id slot = 0;
  std::vector<llama_token> tokens;
  CellTree::Path cells;
};

}  // namespace paq
