// SPDX-License-Identifier: MIT
// Finding out what the endpoints serve, and what an error status means to whoever asked. Internal
// to engine/.
#pragma once

#include <string>
#include <vector>

#include "core/error.h"
#include "engine/remote_backoff.h"
#include "engine/remote_engine.h"
#include "engine/remote_task.h"

namespace paq {

/// One per endpoint, ascending in width; as open_remote_engine().
std::vector<RemoteTarget> open_targets(const RemoteEngineOptions& options);

BackoffOptions backoff_options(const RemoteEngineOptions& options, uint64_t seed);

enum class StatusKind {
  kBusy,  ///< Passes by itself: the server is loading, full or behind a gateway that waits for it.
  kBroken,   ///< It failed at this request, perhaps only this time.
  kRefused,  ///< This request is at fault.
  kWrong,    ///< All requests are at fault: key, URL or model.
};
/// `status` is any but 200.
StatusKind kind_of(long status, const RemoteFault& fault);

/// What to do about a status of kind kWrong.
Error error_of_status(const std::string& url, long status, const RemoteFault& fault);

}  // namespace paq
