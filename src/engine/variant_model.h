// SPDX-License-Identifier: MIT
// One variant in memory: weights, context, tokenizer and chat template.
//
// Knows how prompts become tokens and how a batch is run; not what is in it or why. Internal to
// engine/.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/prompt.h"
#include "engine/chat_prompt.h"
#include "engine/embedded_engine.h"
#include "engine/engine.h"
#include "engine/llama_handles.h"

namespace paq {

/// Outputs (rows of logits) that one batch may have: more would only cost memory, a row being as
/// long as the vocabulary.
int most_outputs(const EmbeddedEngineOptions& options);

class VariantModel {
 public:
  struct Source {
    BitWidth bits;
    std::filesystem::path path;
    int context_tokens = 0;  ///< Of one sequence.
    int cache_tokens = 0;    ///< Of all sequences together, >= context_tokens.
  };

  /// Loads the file. `pool` must outlive this. Throws Error(kNotFound, kBadFile, kOutOfMemory).
  VariantModel(const Source& source, const EmbeddedEngineOptions& options, ggml_threadpool* pool);

  /// BOS included where the model asks for it. Throws Error(kUsage) where nothing is left to feed,
  /// or the chat template refuses the messages.
  std::vector<llama_token> prompt_tokens(std::span<const Message> messages, PromptForm form) const;

  /// Runs a batch; logits_at() is valid until the next. Throws Error(kEngine, kOutOfMemory), after
  /// which every sequence is gone.
  void run(const LlamaBatch& batch);

  /// [vocabulary], of a batch entry that asked for output.
  std::span<const float> logits_at(int entry) const;

  llama_token sample(llama_sampler* sampler, int entry) const;
  void forget_sequence(llama_seq_id sequence);

  bool ends_turn(llama_token token) const { return llama_vocab_is_eog(vocab_, token); }

  /// A Token with its text; end-of-turn tokens have none.
  Token describe(llama_token token, float logprob) const;

  /// Teacher-forced log-probabilities, one continuation after the other; sequence 0 must be free.
  /// Throws Error(kTooLong) and like run().
  ScoredContinuations score(const ScoreRequest& request);

  const llama_vocab* vocab() const { return vocab_; }
  int context_tokens() const { return source_.context_tokens; }

 private:
  std::vector<llama_token> continuation_tokens(const Continuation& continuation) const;

  Source source_;
  int batch_tokens_;
  int most_outputs_;
  LlamaModelHandle model_;
  const llama_vocab* vocab_;
  LlamaContextHandle context_;
  ChatPrompt chat_;
};

/// Throws Error(kTooLong) that names both numbers where `prompt` tokens and at least `answer` more
/// do not fit a context of `context` tokens.
void check_fits(size_t prompt, size_t answer, int context);

}  // namespace paq
