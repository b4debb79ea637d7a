// SPDX-License-Identifier: MIT
#include "train/batches.h"

#include <algorithm>
#include <numeric>

namespace paq {

std::vector<std::vector<size_t>> epoch_batches(std::span<const size_t> lengths, size_t batch_size,
                                               Random& random) {
  constexpr size_t kWindow = 32;
  std::vector<size_t> order(lengths.size());
  std::iota(order.begin(), order.end(), size_t{0});
  random.shuffle(order);
  for (size_t from = 0; from < order.size(); from += kWindow * batch_size) {
    const size_t to = std::min(order.size(), from + kWindow * batch_size);
    std::stable_sort(order.begin() + static_cast<ptrdiff_t>(from),
                     order.begin() + static_cast<ptrdiff_t>(to),
                     [&](size_t a, size_t b) { return lengths[a] < lengths[b]; });
  }
  std::vector<std::vector<size_t>> batches;
  for (size_t from = 0; from < order.size(); from += batch_size) {
    const size_t to = std::min(order.size(), from + batch_size);
    batches.emplace_back(order.begin() + static_cast<ptrdiff_t>(from),
                         order.begin() + static_cast<ptrdiff_t>(to));
  }
  random.shuffle(batches);
  return batches;
}

}  // namespace paq
