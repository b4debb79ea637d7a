// SPDX-License-Identifier: MIT
// Counts the cells of a KV cache that sequences hold, where some share the cells of a common
// beginning. Knows nothing of tokens or llama.cpp. Internal to engine/.
#pragma once

#include <cstdint>
#include <memory>

namespace paq {

/// Every sequence's cells are a path from the root of a tree; sequences that share a beginning
/// share its nodes. A node's cells are counted once, from when it is made until no path needs it.
///
/// Not thread-safe; must outlive all paths.
class CellTree {
 public:
  class Node;
  using Path = std::shared_ptr<Node>;  ///< Null: no cells.

  /// Cells that are held by any path.
  int64_t used() const { return used_; }

  /// The first `shared` cells of `path` and `own` new ones. `shared` must not exceed the path's
  /// length.
  Path extend(const Path& path, int64_t shared, int64_t own);

  static int64_t length(const Path& path);

 private:
  Path cut(const Path& path, int64_t length);

  int64_t used_ = 0;
};

}  // namespace paq
