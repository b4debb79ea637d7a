// SPDX-License-Identifier: MIT
#include "engine/memory.h"

#include <common.h>
#include <ggml-backend.h>

// Not among llama.cpp's public headers, but what its own fitting of parameters to memory calls.
#include <../src/llama-ext.h>

#include <algorithm>

#include "core/error.h"
#include "engine/variant_model.h"
#include "engine/variant_source.h"

namespace paq {

MemoryPrediction predict_memory(const Ladder& ladder, BitWidth bits,
                                const EmbeddedEngineOptions& options) {
  check_engine_options(options);
  const VariantModel::Source source = source_of(ladder, ladder.variant(bits), options);
  const LlamaModelHandle model = load_llama_model(
      source.path, {.gpu_layers = options.gpu_layers, .memory_map = false, .measure_only = true});
  const llama_context_params params = context_params(model.get(), source, options);
  const LlamaContextHandle context = make_llama_context(model.get(), params);
  MemoryPrediction prediction;
  for (const auto& [type, bytes] : llama_get_memory_breakdown(context.get())) {
    prediction.weights += static_cast<int64_t>(bytes.model);
    prediction.cache += static_cast<int64_t>(bytes.context);
    prediction.compute += static_cast<int64_t>(bytes.compute);
  }
  // What llama.cpp counts nowhere: rows of logits.
  const int64_t vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model.get()));
  prediction.compute += most_outputs(options) * vocabulary * static_cast<int64_t>(sizeof(float));
  return prediction;
}

}  // namespace paq
