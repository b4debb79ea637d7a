// SPDX-License-Identifier: MIT
// A request on its way through the remote engine: what it asks over HTTP, one exchange after the
// other, and what it makes of the responses. Connections, retries and turns are remote_engine.cc's.
// Internal to engine/.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "engine/engine.h"
#include "engine/remote_wire.h"

namespace paq {

/// Where and how an endpoint is asked.
struct RemoteTarget {
  std::string url;  ///< Base, as RemoteEndpoint::url, without a slash at the end.
  RemoteModel model;
  int context_tokens = 0;
  bool logprobs = true;
};

struct RemoteExchange {
  std::string url;
  std::string body;
};

/// What the end of a response means.
struct RemoteEnd {
  bool answered = true;             ///< Else begin() gives a further exchange.
  std::optional<Error> error = {};  ///< Nothing will come of this request.
};

class RemoteTask {
 public:
  virtual ~RemoteTask() = default;

  /// Begins an attempt at the exchange that is next; what an attempt before it has received is
  /// dropped.
  virtual RemoteExchange begin() = 0;

  /// More of the body of a response with status 200. Throws Error(kEngine) where it is none that
  /// was asked for; another attempt may go better, as for end().
  virtual void receive(std::string_view bytes) = 0;
  virtual RemoteEnd end() = 0;

  /// A response that says that the request itself is at fault. Without an error, begin() gives
  /// another that may do.
  virtual std::optional<Error> refused(const RemoteFault& fault) = 0;

  /// Runs on_token and on_text for what has come since. Exceptions of callbacks pass through this
  /// and the following ones.
  virtual void tell_progress() {}
  virtual void tell_done() = 0;
  virtual void tell_cancelled() = 0;
  /// Throws the error where there is no on_error.
  virtual void tell_error(const Error& error) = 0;
};

std::unique_ptr<RemoteTask> make_generate_task(Request request, const RemoteTarget& target);

/// The request must be one that why_not_scored() has nothing against.
std::unique_ptr<RemoteTask> make_score_task(ScoreRequest request, const RemoteTarget& target);

/// What an endpoint can't do about a request.
std::optional<Error> why_not_scored(const ScoreRequest& request, const RemoteTarget& target);

}  // namespace paq
