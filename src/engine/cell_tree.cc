// SPDX-License-Identifier: MIT
#include "engine/cell_tree.h"

#include <cassert>
#include <utility>

namespace paq {

class CellTree::Node {
 public:
  Node(int64_t& used, Path parent, int64_t begin, int64_t end)
      : parent_(std::move(parent)), used_(used), begin_(begin), end_(end) {
    used_ += end_ - begin_;
  }
  ~Node() { used_ -= end_ - begin_; }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const Path& parent() const { return parent_; }
  int64_t begin() const { return begin_; }
  int64_t end() const { return end_; }

  // Gives the cells before `at`, inside this node, to a new parent, which others can then share.
  Path split(int64_t at) {
    used_ -= at - begin_;
    parent_ = std::make_shared<Node>(used_, std::move(parent_), begin_, at);
    begin_ = at;
    return parent_;
  }

 private:
  Path parent_;
  int64_t& used_;
  int64_t begin_;  // of the path, in cells
  int64_t end_;
};

int64_t CellTree::length(const Path& path) { return path ? path->end() : 0; }

CellTree::Path CellTree::extend(const Path& path, int64_t shared, int64_t own) {
  Path beginning = cut(path, shared);
  if (own == 0) return beginning;
  return std::make_shared<Node>(used_, std::move(beginning), shared, shared + own);
}

CellTree::Path CellTree::cut(const Path& path, int64_t length) {
  assert(length <= CellTree::length(path));
  Path node = path;
  while (node && node->begin() >= length) node = node->parent();
  if (!node || node->end() == length) return node;
  return node->split(length);
}

}  // namespace paq
