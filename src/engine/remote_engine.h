// SPDX-License-Identifier: MIT
// The engine behind HTTP: variants that OpenAI-compatible servers run, llama-server, vLLM, SGLang
// or others, one base URL or model name per variant. docs/engine.md says what such servers leave
// out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ladder.h"
#include "core/progress.h"
#include "engine/engine.h"

namespace paq {

/// Where a variant is served.
struct RemoteEndpoint {
  BitWidth bits = {};
  std::string url = {};    ///< "http://host:8080/v1"; without a path, /v1 is meant.
  std::string model = {};  ///< Empty: the only one there is.
};

/// Reads "4=http://host:8080/v1" or "4=http://host/v1#model". Throws Error(kUsage) that shows the
/// form; a URL with a user or password in it is refused.
RemoteEndpoint parse_remote_endpoint(std::string_view text);

enum class RemoteServer { kLlamaServer, kVllm, kSglang, kOther };

/// "llama-server", "vLLM", "SGLang", "other".
std::string_view to_string(RemoteServer server);

/// What an endpoint says of the model that it serves.
struct RemoteModel {
  BitWidth bits = {};
  std::string name = {};
  RemoteServer server = RemoteServer::kOther;
  std::optional<int64_t> parameters = {};  ///< llama-server only.
  std::optional<int64_t> bytes = {};       ///< Of its weights; llama-server only.
  std::optional<int> context_tokens = {};  ///< Of one request.
};

struct RemoteEngineOptions {
  std::vector<RemoteEndpoint> endpoints;  ///< One or more, of different widths.
  std::string api_key = {};   ///< Sent as a bearer token; empty: none. Never part of a message.
  int max_requests = 8;       ///< In flight per endpoint, 1 to 1024; the others wait.
  int context_tokens = 4096;  ///< Where an endpoint does not say.
  bool logprobs = true;       ///< Without, completions have a text and no tokens.
  int attempts = 6;           ///< Of a request whose answers break off or are faulty.
  double first_wait_seconds = 0.5;  ///< After a failure; doubled up to the longest.
  double longest_wait_seconds = 30;
  double patience_seconds = 600;       ///< Of an endpoint that is away, before its requests fail.
  double open_patience_seconds = 10;   ///< Likewise while opening; a server that is loading its
                                       ///< model is given the whole patience.
  double silent_seconds = 600;         ///< Without a byte, until a request counts as broken off.
  const CancelFlag* cancel = nullptr;  ///< Ends opening.
};

struct RemoteEngine {
  std::unique_ptr<Engine> engine;   ///< As Engine says; outlives this struct where moved out.
  std::vector<RemoteModel> models;  ///< Ascending in width.
};

/// Asks every endpoint for its model. Blocks. Throws Error(kUsage) for options out of range and for
/// an endpoint with several models where none is named, Error(kNotFound) for a model that is not
/// there, Error(kEngine) for an endpoint that does not answer, Error(kCancelled).
///
/// What step() adds to Engine's contract: it waits for the network for a tenth of a second at most.
/// Failures that pass are ridden out (docs/engine.md); only an endpoint that stays away beyond the
/// patience, or answers a request wrongly too often, ends requests with Error(kEngine).
RemoteEngine open_remote_engine(const RemoteEngineOptions& options);

/// A ladder for the store where there are no files: one variant per model, whose hash is made from
/// its width and from what the endpoint says of it; not from the URL, so that a server may move.
Ladder remote_ladder(const std::vector<RemoteModel>& models);

/// That the endpoints serve the ladder's files, as far as they say: throws Error(kMismatch) where a
/// model has another number of weights or another size than the ladder's variant of that width, and
/// Error(kNotFound) for a width that the ladder does not have.
void check_remote_models(const Ladder& ladder, const std::vector<RemoteModel>& models);

}  // namespace paq
