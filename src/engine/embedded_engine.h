// SPDX-License-Identifier: MIT
// The engine inside this process: libllama, every variant under one scheduler.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "engine/engine.h"

namespace paq {

struct EmbeddedEngineOptions {
  int context_tokens = 4096;  ///< Per sequence; capped by what the model was trained for.
  int max_sequences = 8;      ///< Requests that run at a time, 1 to 255.
  int batch_tokens = 512;     ///< Tokens in one llama_decode, >= max_sequences.
  /// Tokens of KV cache per variant, shared by its sequences: a request waits until there is room
  /// for its prompt and its longest answer. At least context_tokens; 0: enough for max_sequences
  /// full contexts, but no more than 16384 where one context needs less.
  int cache_tokens = 0;
  /// Whether prompts with a common beginning share its cells, so that it is computed once. Models
  /// with recurrent memory or a sliding window never do. Where nothing is shared and cache_tokens
  /// holds max_sequences full contexts, each sequence has cells of its own, and attention need not
  /// pass over those of the others.
  bool share_prefixes = true;
  /// On the CPU: attention whose rounding does not depend on what else is in the batch, for which
  /// values are cached as BF16. Without it they are cached as F16, as llama.cpp does by itself,
  /// which is somewhat faster; log-probabilities then move by some 1e-2 between batches.
  bool steady_attention = true;
  int threads = 0;      ///< 0: physical cores.
  int gpu_layers = -1;  ///< -1: all, where the build has a GPU backend.
  /// Map a file whose weights are used as they lie; one whose weights are copied into another order
  /// is always read.
  bool memory_map = true;
  /// Called when a variant's weights are about to be read (progress 0) up to 1.
  std::function<void(BitWidth, float)> on_load = nullptr;
};

/// Reads nothing but the headers of the ladder's files; variants load when first asked for. Throws
/// Error(kNotFound or kBadFile) for a file that is missing, truncated or no language model, and
/// Error(kUsage) for options out of range.
std::unique_ptr<Engine> open_embedded_engine(const Ladder& ladder,
                                             const EmbeddedEngineOptions& options);

/// Where llama.cpp's own messages go. Process-wide; silent until set, warnings and errors are then
/// handed over line by line.
void set_llama_log(std::function<void(std::string_view line)> sink);

}  // namespace paq
