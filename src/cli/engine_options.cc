// SPDX-License-Identifier: MIT
#include "cli/engine_options.h"

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>

#include "cli/machine.h"
#include "cli/terminal.h"
#include "engine/embedded_engine.h"
#include "engine/machine_memory.h"
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
  CLI::Option* context =
      command.add_option("--context", arguments.context, "Tokens that prompt and answer may have")
          ->check(CLI::Range(16, 1 << 20));
  if (arguments.context > 0) {
    context->capture_default_str();
  } else {
    context->description(
        "Tokens that prompt and answer may have (default: what the prompts need, "
        "at most " +
        std::to_string(kUsualContext) + ", and the memory allows)");
  }
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

void choose_sizes(const Ladder& ladder, const EngineNeeds& needs, EngineArguments& arguments,
                  int& concurrency) {
  constexpr int kShortest = 512, kStep = 256;
  const bool any_context = arguments.context == 0, any_concurrency = concurrency == 0;
  if (any_context) {
    const int rounded = (needs.context + kStep - 1) / kStep * kStep;
    arguments.context = std::clamp(rounded, kShortest, kUsualContext);
  }
  if (any_concurrency) concurrency = needs.concurrency;
  const auto fits = [&] {
    return fits_memory(predicted_memory(ladder, arguments, concurrency).largest);
  };
  while (any_concurrency && concurrency > 1 && !fits()) concurrency /= 2;
  if (!any_context || concurrency > 1) return;
  const int longest = arguments.context;
  while (arguments.context > kShortest && !fits()) {
    arguments.context = std::max(kShortest, arguments.context / 2);
  }
  if (!fits()) arguments.context = longest;  // Less would leave prompts out for nothing.
}

OpenedEngine open_fitting_engine(const Ladder& ladder, const EngineArguments& arguments,
                                 int concurrency, bool side_by_side) {
  const int64_t before = held_memory();
  const LadderMemory memory = predicted_memory(ladder, arguments, concurrency);
  const int64_t available = machine_memory().available;
  if (available > 0 && memory.largest > available) {
    std::fprintf(stderr,
                 "paq: one variant takes %s with %d prompts of %d tokens at a time, and %s are "
                 "available: this will be slow or end; give less --context or --concurrency, or "
                 "smaller variants\n",
                 human_bytes(memory.largest).c_str(), concurrency, arguments.context,
                 human_bytes(available).c_str());
  }
  if (side_by_side && fits_memory(memory.all)) {
    return {open_engine(ladder, arguments, concurrency), before + memory.all};
  }
  return {open_sparing_engine(ladder, arguments, concurrency), before + memory.largest};
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
