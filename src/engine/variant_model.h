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

  /// Throws Error(kUsage) where a token is not in the vocabulary, or the text has none.
  std::vector<llama_token> continuation_tokens(const Continuation& continuation) const;

  /// Runs a batch; logits_at() is valid until the next. Throws Error(kEngine, kOutOfMemory), after
  /// which every sequence is gone.
  void run(const LlamaBatch& batch);

  /// [vocabulary], of a batch entry that asked for output.
  std::span<const float> logits_at(int entry) const;

  llama_token sample(llama_sampler* sampler, int entry) const;

  /// Places for sequences: max_sequences and some more, for continuations and kept prefixes.
  int sequences() const { return sequences_; }
  int most_outputs() const { return most_outputs_; }

  /// Whether each sequence has cells of its own. A batch should then have equally many tokens of
  /// all its sequences: llama.cpp cuts it into such pieces.
  bool cells_apart() const {
    return llama_n_ctx_seq(context_.get()) != llama_n_ctx(context_.get());
  }

  /// Whether a sequence may begin with part of another: recurrent memory keeps no state but the
  /// last, and a sliding window forgets.
  bool can_share_prefixes() const;

  void forget_sequence(llama_seq_id sequence);
  /// `to`, which must be free, gets the first `tokens` of `from`. Needs can_share_prefixes().
  void share_sequence(llama_seq_id from, llama_seq_id to, size_t tokens);
  /// `to`, which must be free, gets all of `from`.
  void copy_sequence(llama_seq_id from, llama_seq_id to);
  /// Leaves the first `tokens`. Needs can_share_prefixes().
  void truncate_sequence(llama_seq_id sequence, size_t tokens);

  bool ends_turn(llama_token token) const { return llama_vocab_is_eog(vocab_, token); }

  /// A Token with its text; end-of-turn tokens have none.
  Token describe(llama_token token, float logprob) const;

  const llama_vocab* vocab() const { return vocab_; }
  int context_tokens() const { return source_.context_tokens; }

 private:
  Source source_;
  int most_outputs_;
  LlamaModelHandle model_;
  const llama_vocab* vocab_;
  int sequences_;
  LlamaContextHandle context_;
  ChatPrompt chat_;
};

/// The context in which VariantModel runs such a model.
llama_context_params context_params(const llama_model* model, const VariantModel::Source& source,
                                    const EmbeddedEngineOptions& options);

/// Throws Error(kTooLong) that names both numbers where `prompt` tokens and at least `answer` more
/// do not fit a context of `context` tokens.
void check_fits(size_t prompt, size_t answer, int context);

}  // namespace paq
