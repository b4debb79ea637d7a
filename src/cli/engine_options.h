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

/// Tokens of prompt and answer where nobody says more.
inline constexpr int kUsualContext = 4096;

struct EngineArguments {
  int context = kUsualContext;       ///< Tokens per prompt and answer; 0: to be chosen.
  int threads = 0;                   ///< 0: physical cores.
  int gpu_layers = -1;               ///< -1: all.
  std::string attention = "steady";  ///< Or "fast" (engine/embedded_engine.h).
  bool share_prefixes = true;        ///< Where more than one sequence is in flight.
};

/// --context is left to choose_sizes() where it is 0 beforehand.
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

/// What the work at hand asks for at most.
struct EngineNeeds {
  int context = kUsualContext;  ///< Tokens of a prompt and its answer; capped at kUsualContext.
  int concurrency = 16;
};

/// Chooses what is 0 of the context and of how many prompts to answer at a time: the needs or,
/// where these do not fit the memory with one variant loaded at a time, the largest power of two
/// fewer prompts, and only with one of them a shorter context (512 tokens at least).
void choose_sizes(const Ladder& ladder, const EngineNeeds& needs, EngineArguments& arguments,
                  int& concurrency);

/// An engine and what it will take.
struct OpenedEngine {
  std::unique_ptr<Engine> engine;
  int64_t memory_bytes = 0;  ///< Of this process once all is loaded that will be at a time.
};

/// The embedded engine with all variants loaded where `side_by_side` and they fit the memory, else
/// with one at a time. Warns where not even that fits.
OpenedEngine open_fitting_engine(const Ladder& ladder, const EngineArguments& arguments,
                                 int concurrency, bool side_by_side);

/// The embedded engine, for `concurrency` sequences at a time, with one variant loaded at a time
/// (label/sparing_engine.h).
std::unique_ptr<Engine> open_sparing_engine(const Ladder& ladder, const EngineArguments& arguments,
                                            int concurrency);

/// Likewise, with every variant staying that was ever asked for.
std::unique_ptr<Engine> open_engine(const Ladder& ladder, const EngineArguments& arguments,
                                    int concurrency);

}  // namespace paq
