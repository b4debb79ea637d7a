// SPDX-License-Identifier: MIT
// --engine and what goes with it: variants that servers run in place of the embedded engine.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/ladder.h"
#include "engine/engine.h"

namespace CLI {
class App;
}

namespace paq {

struct RemoteArguments {
  std::vector<std::string> endpoints;        ///< As written: "4=http://host:8080/v1#model".
  std::string key_variable = "PAQ_API_KEY";  ///< Environment variable with the API key.
  double patience_seconds = 600;             ///< Of an endpoint that is away.
  bool scores_only = false;                  ///< No log-probabilities, so no perplexities.

  bool given() const { return !endpoints.empty(); }
};

void add_remote_options(CLI::App& command, RemoteArguments& arguments);

/// A remote engine and the variants that it answers with.
struct RemoteVariants {
  std::unique_ptr<Engine> engine;
  Ladder ladder;                 ///< All of it.
  std::vector<BitWidth> widths;  ///< Of it, those with an endpoint, ascending.
};

struct RemoteOpening {
  std::filesystem::path ladder = {};  ///< Folder of the files that are served; empty: not known.
  int context_tokens = 4096;          ///< Where an endpoint does not say.
  int concurrency = 8;                ///< Requests in flight per endpoint.
};

/// Opens the endpoints. With a ladder's folder, the variants are that ladder's, and endpoints that
/// say that they serve something else are refused with Error(kMismatch); without, they are what the
/// endpoints call them. Throws as read_ladder() and open_remote_engine() do, and Error(kUsage) for
/// a key's variable that was named and is not set.
RemoteVariants open_remote_variants(const RemoteArguments& arguments, const RemoteOpening& opening);

}  // namespace paq
