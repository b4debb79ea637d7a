// SPDX-License-Identifier: MIT
// Order and grouping of one epoch: prompts of like length together, so that little is padding.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/random.h"

namespace paq {

/// Every position in [0, lengths.size()) once, in batches of `batch_size` (the last may be
/// smaller). Shuffled, then sorted by length within windows of 32 batches, whose order is shuffled
/// again.
std::vector<std::vector<size_t>> epoch_batches(std::span<const size_t> lengths, size_t batch_size,
                                               Random& random);

}  // namespace paq
