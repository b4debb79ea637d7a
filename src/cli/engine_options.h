// SPDX-License-Identifier: MIT
// --context, --threads and --gpu-layers, which every command that generates has.
#pragma once

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

/// The embedded engine, for `concurrency` sequences at a time.
std::unique_ptr<Engine> open_engine(const Ladder& ladder, const EngineArguments& arguments,
                                    int concurrency);

}  // namespace paq
