// SPDX-License-Identifier: MIT
// llama.cpp's C handles as owned C++ objects, and its failures as paq::Error.
//
// Shared by engine/ and router/ only: it is the one internal header that shows llama.h. It knows
// nothing of sequences, sampling or scheduling.
#pragma once

#include <ggml-cpu.h>
#include <llama.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace paq {

struct LlamaDeleter {
  void operator()(llama_model* model) const { llama_model_free(model); }
  void operator()(llama_context* context) const { llama_free(context); }
  void operator()(llama_sampler* sampler) const { llama_sampler_free(sampler); }
  void operator()(ggml_threadpool* pool) const { ggml_threadpool_free(pool); }
};
using LlamaModelHandle = std::unique_ptr<llama_model, LlamaDeleter>;
using LlamaContextHandle = std::unique_ptr<llama_context, LlamaDeleter>;
using LlamaSamplerHandle = std::unique_ptr<llama_sampler, LlamaDeleter>;
using ThreadpoolHandle = std::unique_ptr<ggml_threadpool, LlamaDeleter>;

/// Starts llama.cpp's backends and routes its log away from the terminal. Everything below calls
/// it; cheap after the first time, thread-safe.
void start_llama();

/// `threads` where positive, else usable_cores().
int thread_count(int threads);

/// What the threads of a pool do from the end of one graph to the next.
enum class IdleThreads {
  kSpin,   ///< For up to some tenths of a second, then sleep: the next graph starts at once.
  kSleep,  ///< At once, which leaves the cores to whatever computes next.
};

/// Threads that any number of contexts take turns on: llama.cpp's threads wait by spinning, so two
/// pools would steal each other's cores. Must outlive the contexts that it is attached to. Throws
/// Error(kOutOfMemory).
ThreadpoolHandle make_threadpool(int threads, IdleThreads idle = IdleThreads::kSpin);

struct LoadModelOptions {
  int gpu_layers = -1;  ///< -1: all, where the build has a GPU backend.
  bool memory_map = true;
  bool vocabulary_only = false;  ///< For tokenising alone; the file needs no tensors.
  bool measure_only = false;     ///< Lays everything out and allocates no weights: nothing runs.
  std::function<void(float)> progress = nullptr;  ///< 0 to 1; may be empty.
};

/// Loads any model that llama.cpp knows, after checking that the file is whole. Throws
/// Error(kNotFound, kBadFile or kOutOfMemory) with llama.cpp's own reason.
LlamaModelHandle load_llama_model(const std::filesystem::path& path,
                                  const LoadModelOptions& options);

/// Whether the processor's kernels want some of the file's weights in another order: they are then
/// copied as they are read, and mapping the file would hold them twice for a while. Lays the model
/// out without reading weights. Throws like load_llama_model().
bool repacks_weights(const std::filesystem::path& path, int gpu_layers);

/// Throws Error(kOutOfMemory) with llama.cpp's own reason. A context that shares a pool of threads
/// gets it through llama_attach_threadpool before its first decode.
LlamaContextHandle make_llama_context(llama_model* model, const llama_context_params& params);

/// A batch with room for a fixed number of tokens, each in one sequence.
class LlamaBatch {
 public:
  explicit LlamaBatch(int capacity);
  ~LlamaBatch();
  LlamaBatch(const LlamaBatch&) = delete;
  LlamaBatch& operator=(const LlamaBatch&) = delete;

  struct Entry {
    llama_token token = 0;
    llama_pos position = 0;
    llama_seq_id sequence = 0;
    bool output = false;  ///< Whether logits (or an embedding) are wanted here.
  };

  void clear() { batch_.n_tokens = 0; }

  /// Returns the index of the entry, for llama_get_logits_ith. There must be room.
  int add(const Entry& entry);

  int size() const { return batch_.n_tokens; }
  int room() const { return capacity_ - batch_.n_tokens; }
  const llama_batch& get() const { return batch_; }

 private:
  int capacity_;
  llama_batch batch_;
};

/// Runs llama_decode. Throws Error(kEngine or kOutOfMemory) with llama.cpp's own reason.
void decode(llama_context* context, const LlamaBatch& batch);

struct TokenizeOptions {
  bool add_special = false;    ///< BOS and the like, where the model asks for them.
  bool parse_special = false;  ///< Whether "<|eot|>" in the text becomes that token.
};

/// Bytes that are no UTF-8 count as U+FFFD each. Throws Error(kTooLong) for text of 2 GiB or more,
/// Error(kEngine) where llama.cpp fails.
std::vector<llama_token> tokenize(const llama_vocab* vocab, std::string_view bytes,
                                  const TokenizeOptions& options);

/// The token's bytes; empty for control tokens. May be part of a UTF-8 sequence.
std::string token_text(const llama_vocab* vocab, llama_token token);

}  // namespace paq
