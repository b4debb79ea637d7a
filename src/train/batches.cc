// SPDX-License-Identifier: MIT
#include "train/batches.h"

#include <algorithm>
#include <numeric>

namespace paq {

std::string_view batch_order_name(BatchOrder order) {
  return order == BatchOrder::kBucketed ? "bucketed" : "shuffled";
}

std::vector<std::vector<size_t>> epoch_batches(std::span<const size_t> lengths,
                                               const BatchOptions& options, Random& random) {
  const size_t batch_size = options.size;
  constexpr size_t kWindow = 32;
  std::vector<size_t> order(lengths.size());
  std::iota(order.begin(), order.end(), size_t{0});
  random.shuffle(order);
  const bool bucketed = options.order == BatchOrder::kBucketed;
  for (size_t from = 0; bucketed && from < order.size(); from += kWindow * batch_size) {
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
  if (bucketed) random.shuffle(batches);
  return batches;
}

std::vector<std::vector<size_t>> join_batches(const std::vector<std::vector<size_t>>& batches,
                                              size_t count) {
  std::vector<std::vector<size_t>> joined((batches.size() + count - 1) / count);
  for (size_t b = 0; b < batches.size(); ++b) {
    std::vector<size_t>& target = joined[b / count];
    target.insert(target.end(), batches[b].begin(), batches[b].end());
  }
  return joined;
}

}  // namespace paq
