// SPDX-License-Identifier: MIT
#include "engine/variant_model.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "engine/sampling.h"

namespace paq {
namespace {

constexpr int kMostPlaces = 256;  // llama.cpp's limit

LlamaModelHandle load(const VariantModel::Source& source, const EmbeddedEngineOptions& options) {
  const auto report = [&](float progress) {
    if (options.on_load) options.on_load(source.bits, progress);
  };
  report(0);
  const bool map = options.memory_map && !repacks_weights(source.path, options.gpu_layers);
  LlamaModelHandle model = load_llama_model(
      source.path, {.gpu_layers = options.gpu_layers, .memory_map = map, .progress = report});
  if (llama_model_has_encoder(model.get()) || !llama_model_has_decoder(model.get()) ||
      llama_model_is_diffusion(model.get())) {
    throw Error(ErrorCode::kBadFile, source.path.string() +
                                         " does not write text from left to right; expected a "
                                         "decoder-only language model");
  }
  return model;
}

// Recurrent memory keeps no state but the last, and a sliding window forgets.
bool remembers_all(const llama_model* model) {
  return !llama_model_is_recurrent(model) && !llama_model_is_hybrid(model) &&
         llama_model_n_swa(model) <= 0;
}

// Whether all sequences have one pool of cells: a long one may take what short ones leave.
bool one_pool(const llama_model* model, const VariantModel::Source& source,
              const EmbeddedEngineOptions& options) {
  const bool all_fit =
      source.cache_tokens >= int64_t{source.context_tokens} * options.max_sequences;
  return !remembers_all(model) || options.share_prefixes || !all_fit;
}

// More places cost nothing where all sequences share their cells; elsewhere each has memory of its
// own, and one place more lets continuations be scored.
int places(const llama_model* model, const VariantModel::Source& source,
           const EmbeddedEngineOptions& options) {
  const bool free_of_cost = remembers_all(model) && one_pool(model, source, options);
  const int more = free_of_cost ? std::max(options.max_sequences, 8) : 1;
  return std::min(options.max_sequences + more, kMostPlaces);
}

}  // namespace

int most_outputs(const EmbeddedEngineOptions& options) {
  constexpr int kScoredAtOnce = 64;
  return std::max(options.max_sequences, std::min(options.batch_tokens, kScoredAtOnce));
}

llama_context_params context_params(const llama_model* model, const VariantModel::Source& source,
                                    const EmbeddedEngineOptions& options) {
  llama_context_params params = llama_context_default_params();
  const int sequences = places(model, source, options);
  params.kv_unified = one_pool(model, source, options);
  params.n_ctx = static_cast<uint32_t>(params.kv_unified ? source.cache_tokens
                                                         : source.context_tokens * sequences);
  params.n_batch = params.n_ubatch = static_cast<uint32_t>(options.batch_tokens);
  params.n_seq_max = static_cast<uint32_t>(sequences);
  params.n_outputs_max = std::max(static_cast<uint32_t>(most_outputs(options)), params.n_seq_max);
  params.n_threads = thread_count(options.threads);
  params.n_threads_batch = params.n_threads;
  // llama.cpp's flash attention for the CPU sums F16 values in F16 where it has few tokens and in
  // F32 where it has many, and splits the cells among threads where it has one. For values of other
  // types there is one way, which sums in F32.
  if (options.steady_attention && !llama_supports_gpu_offload()) params.type_v = GGML_TYPE_BF16;
  params.no_perf = true;
  return params;
}

void check_fits(size_t prompt, size_t answer, int context) {
  if (prompt + answer <= static_cast<size_t>(context)) return;
  throw Error(ErrorCode::kTooLong, "the prompt has " + std::to_string(prompt) +
                                       " tokens and its answer needs at least " +
                                       std::to_string(answer) + ", but the context holds " +
                                       std::to_string(context) +
                                       "; shorten the prompt or allow a longer context");
}

VariantModel::VariantModel(const Source& source, const EmbeddedEngineOptions& options,
                           ggml_threadpool* pool)
    : source_(source),
      most_outputs_(paq::most_outputs(options)),
      model_(load(source, options)),
      vocab_(llama_model_get_vocab(model_.get())),
      sequences_(places(model_.get(), source, options)),
      context_(make_llama_context(model_.get(), context_params(model_.get(), source, options))),
      chat_(model_.get()) {
  llama_attach_threadpool(context_.get(), pool, pool);
}

std::vector<llama_token> VariantModel::prompt_tokens(std::span<const Message> messages,
                                                     PromptForm form) const {
  std::string text;
  if (form == PromptForm::kChat) {
    text = chat_.render(messages);
  } else {
    for (const Message& message : messages) text += message.content;
  }
  std::vector<llama_token> tokens =
      tokenize(vocab_, text, {.add_special = true, .parse_special = true});
  // Some models append EOS to every text; after it there would be nothing to answer.
  if (llama_vocab_get_add_eos(vocab_) && !tokens.empty() &&
      tokens.back() == llama_vocab_eos(vocab_)) {
    tokens.pop_back();
  }
  if (tokens.empty()) {
    throw Error(ErrorCode::kUsage,
                "the prompt is empty, and this model has no token to begin a text with");
  }
  return tokens;
}

void VariantModel::run(const LlamaBatch& batch) {
  try {
    decode(context_.get(), batch);
  } catch (const Error&) {
    llama_memory_clear(llama_get_memory(context_.get()), /*data=*/true);
    throw;
  }
}

std::span<const float> VariantModel::logits_at(int entry) const {
  return {llama_get_logits_ith(context_.get(), entry),
          static_cast<size_t>(llama_vocab_n_tokens(vocab_))};
}

llama_token VariantModel::sample(llama_sampler* sampler, int entry) const {
  return llama_sampler_sample(sampler, context_.get(), entry);
}

Token VariantModel::describe(llama_token token, float logprob) const {
  return {.id = token,
          .text = ends_turn(token) ? std::string() : token_text(vocab_, token),
          .logprob = logprob};
}

std::vector<llama_token> VariantModel::continuation_tokens(const Continuation& continuation) const {
  if (continuation.tokens.empty()) {
    std::vector<llama_token> tokens =
        tokenize(vocab_, continuation.text, {.add_special = false, .parse_special = false});
    if (tokens.empty()) {
      throw Error(ErrorCode::kUsage, "the text to score has no tokens for this model");
    }
    return tokens;
  }
  const int32_t vocabulary = llama_vocab_n_tokens(vocab_);
  for (const int32_t token : continuation.tokens) {
    if (token >= 0 && token < vocabulary) continue;
    throw Error(ErrorCode::kUsage, "a continuation has token " + std::to_string(token) +
                                       ", but the model's tokens are 0 to " +
                                       std::to_string(vocabulary - 1));
  }
  return continuation.tokens;
}

bool VariantModel::can_share_prefixes() const {
  return remembers_all(model_.get()) && llama_memory_can_shift(llama_get_memory(context_.get()));
}

void VariantModel::forget_sequence(llama_seq_id sequence) {
  llama_memory_seq_rm(llama_get_memory(context_.get()), sequence, -1, -1);
}

void VariantModel::share_sequence(llama_seq_id from, llama_seq_id to, size_t tokens) {
  llama_memory_seq_cp(llama_get_memory(context_.get()), from, to, 0,
                      static_cast<llama_pos>(tokens));
}

void VariantModel::copy_sequence(llama_seq_id from, llama_seq_id to) {
  llama_memory_seq_cp(llama_get_memory(context_.get()), from, to, -1, -1);
}

void VariantModel::truncate_sequence(llama_seq_id sequence, size_t tokens) {
  llama_memory_seq_rm(llama_get_memory(context_.get()), sequence, static_cast<llama_pos>(tokens),
                      -1);
}

}  // namespace paq
