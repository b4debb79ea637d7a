// SPDX-License-Identifier: MIT
// How long work reports where it is, and how it is asked to stop.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace paq {

struct Progress {
  std::string stage;  ///< "labelling 4-bit", one short phrase.
  int64_t done = 0;
  int64_t total = 0;   ///< 0 where unknown.
  std::string unit;    ///< "prompts", "bytes".
  double seconds = 0;  ///< Since this stage began.
  std::string detail;  ///< Free text, for example "loss 0.41"; may be empty.

  /// Units per second so far; 0 before anything is done.
  double rate() const { return seconds > 0 ? static_cast<double>(done) / seconds : 0; }

  /// Seconds to go at the present rate; negative where unknown.
  double seconds_left() const {
    return done > 0 && total > 0 ? static_cast<double>(total - done) / rate() : -1;
  }
};

/// Called on the thread that does the work, as often as that thread likes; must return quickly.
/// May be empty.
using ProgressCallback = std::function<void(const Progress&)>;

/// Set from a signal handler or another thread; long work looks at it between units and throws
/// Error(kCancelled) with everything finished kept.
using CancelFlag = std::atomic<bool>;
static_assert(CancelFlag::is_always_lock_free);

}  // namespace paq
