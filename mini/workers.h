// SPDX-License-Identifier: MIT
// Runs a few large pieces of LibTorch work at once, one thread each.
//
// LibTorch's own threads meet after every operation, some hundred times a step. On a machine that
// others use too, each meeting waits for whoever is late; pieces that meet once a step do not.
#pragma once

#include <ATen/Parallel.h>

#include <future>
#include <vector>

namespace paq::mini {

/// work(0), ..., work(count - 1), each on a thread of its own; their results in that order.
/// Rethrows the first failure after all are done.
template <typename Work>
auto run_workers(size_t count, Work work) -> std::vector<decltype(work(size_t{}))> {
  using Result = decltype(work(size_t{}));
  std::vector<std::future<Result>> running;
  for (size_t i = 0; i < count; ++i) {
    running.push_back(std::async(std::launch::async, [&work, i] {
      at::set_num_threads(1);
      return work(i);
    }));
  }
  for (auto& worker : running) worker.wait();
  std::vector<Result> results;
  for (auto& worker : running) results.push_back(worker.get());
  return results;
}

}  // namespace paq::mini
