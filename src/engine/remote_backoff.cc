// SPDX-License-Identifier: MIT
#include "engine/remote_backoff.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace paq {
namespace {

constexpr int kMostDoublings = 30;

}  // namespace

void Backoff::failed(double now, double at_least) {
  next_ = std::max(next_, now + at_least);
  if (failures_ > 0 && !std::exchange(probing_, false)) return;
  if (failures_++ == 0) since_ = now;
  next_ = std::max(next_, now + wait());
}

void Backoff::worked() {
  failures_ = 0;
  probing_ = false;
  next_ = 0;
}

void Backoff::started(double now) {
  if (failures_ == 0) return;
  probing_ = true;
  next_ = now + wait();
}

bool Backoff::lost(double now) const {
  return failures_ > 0 && failing_for(now) > options_.patience_seconds;
}

// Between half and the whole of what doubling gives.
double Backoff::wait() {
  const int doublings = std::min(failures_ - 1, kMostDoublings);
  const double whole =
      std::min(std::ldexp(options_.first_wait_seconds, doublings), options_.longest_wait_seconds);
  return whole * (0.5 + 0.5 * random_.uniform());
}

}  // namespace paq
