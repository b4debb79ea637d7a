// SPDX-License-Identifier: MIT
// Runs prompts on the variants of a ladder.
//
// One interface for the embedded engine (libllama, every variant in this process under one
// scheduler) and for remote ones (OpenAI-compatible HTTP). It says nothing of files, model objects
// or KV caches: a variant is a precision that can be asked for.
//
// One thread owns an engine: every call but cancel() comes from it. Callbacks run on that thread,
// inside step().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bit_width.h"
#include "core/completion.h"
#include "core/error.h"
#include "core/ladder.h"
#include "core/prompt.h"

namespace paq {

/// temperature 0 is greedy and ignores the rest.
struct SamplingOptions {
  float temperature = 0;  ///< >= 0
  int top_k = 0;          ///< 0: off
  float top_p = 1;        ///< (0, 1]; 1: off
  float min_p = 0;        ///< [0, 1); 0: off
  uint32_t seed = 0;      ///< Same seed, prompt and variant: same tokens.
};

enum class PromptForm {
  kChat,  ///< Messages go through the model's chat template.
  kRaw,   ///< Contents are joined as they are; the model's BOS is still added where it asks so.
};

struct GenerateOptions {
  SamplingOptions sampling = {};
  PromptForm form = PromptForm::kChat;
  int max_tokens = 512;                ///< >= 1; also ends where the context does.
  std::vector<std::string> stop = {};  ///< Generation ends before the first of these.
};

using RequestId = uint64_t;

struct Request {
  BitWidth bits = {};
  std::vector<Message> messages = {};
  GenerateOptions options = {};
  std::function<void(const Token&)> on_token = nullptr;  ///< Per generated token; may be empty.

  /// The answer's text as far as it is certain, piece by piece: what may yet become a stop string
  /// and unfinished characters are held back. The pieces together are Completion::text. May be
  /// empty.
  std::function<void(std::string_view)> on_text = nullptr;

  /// The answer, also of a cancelled request. Every request that was submitted ends with exactly
  /// one call of on_done or on_error, after which the engine has forgotten it. May be empty.
  std::function<void(const Completion&)> on_done = nullptr;

  /// What keeps this request from being answered: kTooLong for a prompt that leaves no room in the
  /// context, kUsage for one that the model's chat template refuses, or why its variant can't be
  /// loaded or run. Other requests go on. Where it is empty,
  /// step() throws that error instead.
  std::function<void(const Error&)> on_error = nullptr;
};

/// Tokens to be scored after a prompt.
struct Continuation {
  std::string text = {};             ///< Tokenised apart from the prompt; nothing is added.
  std::vector<int32_t> tokens = {};  ///< Where not empty, these in place of the text's.
};

struct ScoredContinuations {
  BitWidth bits = {};
  std::vector<std::vector<Token>> continuations = {};  ///< In the request's order.
  int prompt_tokens = 0;
  double seconds = 0;  ///< From submission to the last token, waiting included.
};

/// A prompt and continuations whose tokens are to be scored, not generated. The prompt is computed
/// once for all of them.
struct ScoreRequest {
  BitWidth bits = {};
  std::vector<Message> messages = {};
  PromptForm form = PromptForm::kChat;
  std::vector<Continuation> continuations = {};  ///< One or more, none of them without tokens.

  /// The logits [vocabulary] that token `position` of a continuation is predicted from, once for
  /// each; valid during the call. May be empty.
  std::function<void(size_t continuation, size_t position, std::span<const float> logits)>
      on_logits = nullptr;

  /// Exactly one call of on_done or on_error, as for a Request. A request that was cancelled has
  /// the continuations that were finished; the others are empty.
  std::function<void(const ScoredContinuations&)> on_done = nullptr;

  /// As Request::on_error; kTooLong where the prompt and its longest continuation do not fit the
  /// context, kUsage for a continuation without tokens or with ids that the model does not have.
  std::function<void(const Error&)> on_error = nullptr;
};

/// What an engine has computed since it was opened, in tokens: what one of its own counts takes in
/// time is the machine's business. An engine that can't count leaves all at 0.
struct EngineStats {
  int64_t prefill_tokens = 0;  ///< Of prompts and of scored continuations, computed.
  int64_t reused_tokens = 0;   ///< Of prompts, taken from the cache instead.
  int64_t decode_tokens = 0;   ///< Generated tokens that were computed on: all but each last.
  int64_t batches = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;

  /// The precisions that can be asked for, ascending.
  virtual std::vector<BitWidth> bit_widths() const = 0;

  /// Tokens of prompt and answer together that one request of this width can hold.
  virtual int context_tokens(BitWidth bits) = 0;

  /// Whether all variants stay in memory once they are loaded, so that taking turns between them
  /// costs no more than staying with one.
  virtual bool keeps_all_loaded() const { return false; }

  /// Queues a request; loads nothing yet. Throws Error(kNotFound) for an unknown width and
  /// Error(kUsage) for options out of their ranges.
  virtual RequestId submit(Request request) = 0;

  /// Likewise for scoring. Throws Error(kNotFound) for an unknown width and Error(kUsage) for a
  /// request without continuations or with an empty one.
  virtual RequestId submit(ScoreRequest request) = 0;

  /// Ends a request at the next step; unknown or finished ids are ignored. Safe from any thread.
  virtual void cancel(RequestId id) = 0;

  /// Does one unit of work: at most one batch on one variant (loading it first where needed).
  /// Returns false when nothing is waiting. Throws what a request without on_error would have been
  /// told: Error(kTooLong) naming tokens and context, Error(kUsage), Error(kNotFound, kBadFile,
  /// kOutOfMemory, kEngine) for a variant that can't be loaded or run. The requests concerned are
  /// gone then; the engine and all other requests go on with the next step. What a callback throws
  /// passes through; the request it belonged to is gone then.
  virtual bool step() = 0;

  virtual EngineStats stats() const { return {}; }
};

/// Submits every request and steps until all are done; results in the order of `requests`, whose
/// own callbacks still run. A request that ends in its own on_error leaves an empty Completion with
/// finish kCancelled; the first error of a request without one is thrown, after the rest has been
/// cancelled.
std::vector<Completion> run_all(Engine& engine, std::vector<Request> requests);

/// Likewise for scoring; a request that ends in its own on_error leaves no continuations.
std::vector<ScoredContinuations> score_all(Engine& engine, std::vector<ScoreRequest> requests);

/// Settings that change what a greedy answer is; part of an outcome's identity in the store.
std::string settings_fingerprint(const GenerateOptions& options);

}  // namespace paq
