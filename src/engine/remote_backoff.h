// SPDX-License-Identifier: MIT
// When an endpoint that has failed may be asked again. Knows no clock and no network: seconds on
// the caller's clock are handed in. Internal to engine/.
#pragma once

#include <cstdint>

#include "core/random.h"

namespace paq {

struct BackoffOptions {
  double first_wait_seconds = 0.5;  ///< After the first failure; doubled with every further one.
  double longest_wait_seconds = 30;
  double patience_seconds = 600;  ///< Of failures only, before the endpoint counts as lost.
  uint64_t seed = 0;              ///< For the jitter, which spreads clients that failed together.
};

class Backoff {
 public:
  explicit Backoff(const BackoffOptions& options)
      : options_(options), random_(options.seed, "backoff") {}

  /// A request failed. The next may start after the wait, or after `at_least` seconds where the
  /// endpoint asked for that. Requests that were under way together and fail together count as one.
  void failed(double now, double at_least = 0);

  /// A request was answered: all is well.
  void worked();

  /// Whether a request may start. While the endpoint is failing, that is one per wait, so that
  /// one that comes back is not met by all of them.
  bool may_start(double now) const { return failures_ == 0 || now >= next_; }
  void started(double now);

  /// When may_start() becomes true; 0 where it is.
  double next_start() const { return failures_ == 0 ? 0 : next_; }

  /// Whether it has been failing for longer than the patience.
  bool lost(double now) const;

  double failing_for(double now) const { return failures_ == 0 ? 0 : now - since_; }

 private:
  double wait();

  BackoffOptions options_;
  Random random_;
  int failures_ = 0;      // In a row.
  bool probing_ = false;  // A request has started since the last failure.
  double since_ = 0;      // The first failure.
  double next_ = 0;
};

}  // namespace paq
