// SPDX-License-Identifier: MIT
#include "cli/engine_options.h"

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "engine/embedded_engine.h"
#include "engine/memory.h"
#include "label/sparing_engine.h"

namespace paq {

namespace {

EmbeddedEngineOptions embedded_options(const EngineArguments& arguments, int concurrency) {
  EmbeddedEngineOptions options;
  options.context_tokens = arguments.context;
  options.max_sequences = concurrency;
  options.batch_tokens = std::max(options.batch_tokens, concurrency);
  // Alone, a prompt is timed as if there had been none before it.
  options.share_prefixes = concurrency > 1 && arguments.share_prefixes;
  options.steady_attention = arguments.attention == "steady";
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
  command
      .add_option("--attention", arguments.attention,
                  "On the CPU: steady, whose rounding does not depend on the batch, or fast")
      ->check(CLI::IsMember({"steady", "fast"}))
      ->capture_default_str();
}

Ladder only(const Ladder& ladder, std::span<const BitWidth> widths) {
  Ladder some = ladder;
  std::erase_if(some.variants, [&](const Variant& variant) {
    return std::ranges::count(widths, variant.bits) == 0;
  });
  return some;
}

LadderMemory predicted_memory(const Ladder& ladder, const EngineArguments& arguments,
                              int concurrency) {
  const EmbeddedEngineOptions options = embedded_options(arguments, concurrency);
  LadderMemory memory;
  for (const Variant& variant : ladder.variants) {
    const int64_t bytes = predict_memory(ladder, variant.bits, options).total();
    memory.all += bytes;
    memory.largest = std::max(memory.largest, bytes);
  }
  return memory;
}

bool fits_memory(int64_t bytes) {
  const int64_t available = machine_memory().available;
  return available == 0 || bytes <= available / 5 * 4;
}

int choose_concurrency(const Ladder& ladder, const EngineArguments& arguments) {
  int concurrency = 16;
  while (concurrency > 1 &&
         !fits_memory(predicted_memory(ladder, arguments, concurrency).largest)) {
    concurrency /= 2;
  }
  return concurrency;
}

std::unique_ptr<Engine> open_sparing_engine(const Ladder& ladder, const EngineArguments& arguments,
                                            int concurrency) {
  return std::make_unique<SparingEngine>(
      [=] { return open_engine(ladder, arguments, concurrency); });
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
