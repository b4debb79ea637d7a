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
  int max_sequences = 8;      ///< Sequences decoded in one batch, 1 to 256.
  int batch_tokens = 512;     ///< Tokens in one llama_decode, >= max_sequences.
  int threads = 0;            ///< 0: physical cores.
  int gpu_layers = -1;        ///< -1: all, where the build has a GPU backend.
  bool memory_map = true;
  /// Called when a variant's weights are about to be read (progress 0) up to 1.
  std::function<void(BitWidth, float)> on_load;
};

/// Opens nothing but the manifest's files' headers; variants load when first asked for. Throws
/// Error(kNotFound or kBadFile).
std::unique_ptr<Engine> open_embedded_engine(const Ladder& ladder,
                                             const EmbeddedEngineOptions& options);

/// Where llama.cpp's own messages go. Process-wide; silent until set, warnings and errors are then
/// handed over line by line.
void set_llama_log(std::function<void(std::string_view line)> sink);

}  // namespace paq
