// SPDX-License-Identifier: MIT
// How much memory the embedded engine will take, told before any weights are read.
#pragma once

#include <cstdint>

#include "core/bit_width.h"
#include "core/ladder.h"
#include "engine/embedded_engine.h"

namespace paq {

/// Bytes that one loaded variant holds, on the host and all its devices together.
struct MemoryPrediction {
  int64_t weights = 0;
  int64_t cache = 0;    ///< KV cache, or the state of a recurrent model.
  int64_t compute = 0;  ///< Buffers for intermediate results and logits.

  int64_t total() const { return weights + cache + compute; }
};

/// What an engine that is opened with the same options will hold once it has loaded this variant;
/// all variants that were asked for stay loaded. llama.cpp itself lays out model and context, with
/// nothing allocated. Takes up to a second, most of it for the vocabulary. Throws like
/// open_embedded_engine() and like loading the variant.
MemoryPrediction predict_memory(const Ladder& ladder, BitWidth bits,
                                const EmbeddedEngineOptions& options);

}  // namespace paq
