// SPDX-License-Identifier: MIT
// --context, --threads and --gpu-layers, which every command that generates has.
#pragma once

#include <cstdint>
#include <memory>

#include "core/ladder.h"
#include "engine/engine.h"

namespace CLI {
class App;
}

namespace paq {

struct EngineArguments {
  int context = 4096;   ///< Tokens per prompt and answer.
  int threads = 0;      ///< 0: physical cores.
  int gpu_layers = -1;  ///< -1: all.
};

void add_engine_options(CLI::App& command, EngineArguments& arguments);

/// How many prompts to answer at a time where nobody says: 16 or, where that would take more than
/// four fifths of the memory that is available, the largest power of two that does not; at least 1.
/// Reads the variants' headers.
int choose_concurrency(const Ladder& ladder, const EngineArguments& arguments);

/// Bytes that all variants of the ladder take once they are loaded.
int64_t predicted_memory(const Ladder& ladder, const EngineArguments& arguments, int concurrency);

/// The embedded engine, for `concurrency` sequences at a time.
std::unique_ptr<Engine> open_engine(const Ladder& ladder, const EngineArguments& arguments,
                                    int concurrency);

}  // namespace paq
