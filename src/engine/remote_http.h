// SPDX-License-Identifier: MIT
// HTTP requests of which many run at once on one thread, over libcurl's multi interface. Knows
// nothing of what is sent. Internal to engine/.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace paq {

struct HttpRequest {
  std::string url;
  std::string body = {};          ///< JSON, sent with POST; empty: GET.
  std::string bearer_token = {};  ///< Empty: none.
  double connect_seconds = 20;    ///< Until a connection stands.
  double silent_seconds = 600;    ///< Without a byte.
};

enum class HttpFailure {
  kNone,         ///< There is a whole response, of whatever status.
  kUnreachable,  ///< No connection.
  kBrokenOff,    ///< The connection ended before the response did.
  kTimedOut,
  kOther,  ///< Nothing that passes by itself: a bad URL, a certificate that is not trusted.
};

/// What has happened to a transfer since the last run().
struct HttpNews {
  uint64_t id = 0;
  std::string bytes = {};  ///< Of the body, more of it.
  bool finished = false;   ///< The id is forgotten then, and the rest is set.
  HttpFailure failure = HttpFailure::kNone;
  std::string reason = {};         ///< Of a failure, one line.
  double retry_after_seconds = 0;  ///< What the response asked for; 0: nothing.
  long status = 0;                 ///< 0 until there is one.
};

/// One thread uses it; wake() comes from any.
class HttpTransfers {
 public:
  /// Throws Error(kEngine) where libcurl can't be used.
  HttpTransfers();
  ~HttpTransfers();
  HttpTransfers(const HttpTransfers&) = delete;
  HttpTransfers& operator=(const HttpTransfers&) = delete;

  /// Redirects are not followed: a request with a key goes where the user said and nowhere else.
  uint64_t start(const HttpRequest& request);

  /// Closes the connection of a transfer that is not finished; its id is forgotten.
  void stop(uint64_t id);

  /// Moves bytes, after waiting for some up to `wait_seconds` where none are there.
  std::vector<HttpNews> run(double wait_seconds);

  /// Ends the wait of a run() on another thread, or of the next one.
  void wake();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace paq
