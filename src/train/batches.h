// SPDX-License-Identifier: MIT
// Order and grouping of one epoch.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "core/random.h"

namespace paq {

enum class BatchOrder {
  kBucketed,  ///< Shuffled, sorted by length within windows of 32 batches, and those shuffled
              ///< again.
  kShuffled,  ///< Shuffled alone.
};

/// "bucketed" and "shuffled".
std::string_view batch_order_name(BatchOrder order);

struct BatchOptions {
  size_t size = 16;
  BatchOrder order = BatchOrder::kBucketed;
};

/// Every position in [0, lengths.size()) once, in batches of `options.size` (the last may be
/// smaller).
std::vector<std::vector<size_t>> epoch_batches(std::span<const size_t> lengths,
                                               const BatchOptions& options, Random& random);

/// Batches in their order, `count` of them made one (the last of fewer).
std::vector<std::vector<size_t>> join_batches(const std::vector<std::vector<size_t>>& batches,
                                              size_t count);

}  // namespace paq
