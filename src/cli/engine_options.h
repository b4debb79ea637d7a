// SPDX-License-Identifier: MIT
// --context, --threads and --gpu-layers, which every command that generates has.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/ladder.h"
#include "engine/engine.h"

namespace CLI {
class App;
}

namespace paq {

struct EngineArguments {
  int context = 4096;                ///< Tokens per prompt and answer.
  int threads = 0;                   ///< 0: physical cores.
  int gpu_layers = -1;               ///< -1: all.
  std::string attention = "steady";  ///< Or "fast" (engine/embedded_engine.h).
  bool share_prefixes = true;        ///< Where more than one sequence is in flight.
};

void add_engine_options(CLI::App& command, EngineArguments& arguments);

/// The ladder with no other variants than these.
Ladder only(const Ladder& ladder, std::span<const BitWidth> widths);

/// Bytes that variants take once they are loaded.
struct LadderMemory {
  int64_t all = 0;      ///< All of them side by side.
  int64_t largest = 0;  ///< The one that takes most.
};

/// Reads the variants' headers.
LadderMemory predicted_memory(const Ladder& ladder, const EngineArguments& arguments,
                              int concurrency);

/// Whether that much is no more than four fifths of the memory that is available, or nobody can
/// say.
bool fits_memory(int64_t bytes);

/// How many prompts to answer at a time where nobody says, with one variant loaded at a time: 16
/// or, where that does not fit the memory, the largest power of two that does; at least 1.
int choose_concurrency(const Ladder& ladder, const EngineArguments& arguments);

/// The embedded engine, for `concurrency` sequences at a time, with one variant loaded at a time
/// (label/sparing_engine.h).
std::unique_ptr<Engine> open_sparing_engine(const Ladder& ladder, const EngineArguments& arguments,
                                            int concurrency);

/// Likewise, with every variant staying that was ever asked for.
std::unique_ptr<Engine> open_engine(const Ladder& ladder, const EngineArguments& arguments,
                                    int concurrency);

}  // namespace paq
