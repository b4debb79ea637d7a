// SPDX-License-Identifier: MIT
#include "cli/engine_options.h"

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "engine/embedded_engine.h"
#include "engine/memory.h"

namespace paq {

namespace {

EmbeddedEngineOptions embedded_options(const EngineArguments& arguments, int concurrency) {
  EmbeddedEngineOptions options;
  options.context_tokens = arguments.context;
  options.max_sequences = concurrency;
  options.batch_tokens = std::max(options.batch_tokens, concurrency);
  // Alone, a prompt is timed as if there had been none before it.
  options.share_prefixes = concurrency > 1;
  options.threads = arguments.threads;
  options.gpu_layers = arguments.gpu_layers;
  return options;
}

}  // namespace

void add_engine_options(CLI::App& command, EngineArguments& arguments) {
  command.add_option("--context", arguments.context, "Tokens that prompt and answer may have")
      ->check(CLI::Range(16, 1 << 20))
      ->capture_default_str();
  command.add_option("--threads", arguments.threads, "0: physical cores")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--gpu-layers", arguments.gpu_layers,
                     "Layers on the GPU, where this build has one; -1: all");
}

int choose_concurrency(const Ladder& ladder, const EngineArguments& arguments) {
  constexpr int kMost = 16;
  const int64_t available = machine_memory().available;
  int concurrency = kMost;
  // Weights that are mapped into memory may give way; what a batch needs may not.
  while (concurrency > 1 && available > 0 &&
         predicted_memory(ladder, arguments, concurrency) > available / 5 * 4) {
    concurrency /= 2;
  }
  return concurrency;
}

int64_t predicted_memory(const Ladder& ladder, const EngineArguments& arguments, int concurrency) {
  const EmbeddedEngineOptions options = embedded_options(arguments, concurrency);
  int64_t bytes = 0;
  for (const Variant& variant : ladder.variants) {
    bytes += predict_memory(ladder, variant.bits, options).total();
  }
  return bytes;
}

std::unique_ptr<Engine> open_engine(const Ladder& ladder, const EngineArguments& arguments,
                                    int concurrency) {
  EmbeddedEngineOptions options = embedded_options(arguments, concurrency);
  options.on_load = [](BitWidth bits, float progress) {
    if (progress == 0 || progress == 1) {
      spdlog::info("{}-bit variant: {}", bits.bits, progress == 0 ? "loading" : "loaded");
    }
  };
  return open_embedded_engine(ladder, options);
}

}  // namespace paq
