// SPDX-License-Identifier: MIT
// Seeded random numbers that are the same on every machine and standard library.
//
// Not for cryptography.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace paq {

/// SplitMix64 (Steele, Lea and Flood, 2014). Copyable; two equal seeds give equal streams.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  /// An independent stream named by `name`, so that adding a consumer does not shift the others.
  Random(uint64_t seed, std::string_view name);

  uint64_t next();

  /// Uniform in [0, bound), without modulo bias. `bound` > 0.
  uint64_t below(uint64_t bound);

  /// Uniform in [low, high], both ends included.
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(below(static_cast<uint64_t>(high - low) + 1));
  }

  /// Uniform in [0, 1), 53 bits.
  double uniform();

  /// Standard normal (Box-Muller).
  double normal();

  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  uint64_t state_;
};

}  // namespace paq
