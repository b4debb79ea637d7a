// SPDX-License-Identifier: MIT
#include "engine/cell_tree.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "core/random.h"

namespace paq {
namespace {

TEST(CellTree, CountsSharedCellsOnce) {
  CellTree tree;
  CellTree::Path first = tree.extend({}, 0, 100);
  EXPECT_EQ(tree.used(), 100);
  CellTree::Path second = tree.extend(first, 60, 5);
  EXPECT_EQ(CellTree::length(second), 65);
  EXPECT_EQ(tree.used(), 105);
  CellTree::Path third = tree.extend(second, 40, 1);  // inside what those two share
  EXPECT_EQ(tree.used(), 106);
  first.reset();
  EXPECT_EQ(tree.used(), 66);
  second = tree.extend(second, 20, 0);  // shortened
  EXPECT_EQ(CellTree::length(second), 20);
  EXPECT_EQ(tree.used(), 41);
  third.reset();
  EXPECT_EQ(tree.used(), 20);
  second.reset();
  EXPECT_EQ(tree.used(), 0);
}

// Against paths whose cells have names: each extension makes new ones.
TEST(CellTree, AgreesWithCellsCountedOneByOne) {
  Random random(3);
  CellTree tree;
  std::vector<CellTree::Path> paths(12);
  std::vector<std::vector<int>> cells(paths.size());
  int next = 0;
  for (int round = 0; round < 5000; ++round) {
    const size_t from = random.below(paths.size());
    const size_t to = random.below(paths.size());
    const size_t shared = random.below(cells[from].size() + 1);
    const size_t own = random.below(cells[from].size() > 60 ? 1 : 10);
    std::vector<int> path(cells[from].begin(), cells[from].begin() + static_cast<long>(shared));
    for (size_t i = 0; i < own; ++i) path.push_back(next++);
    paths[to] = tree.extend(paths[from], static_cast<int64_t>(shared), static_cast<int64_t>(own));
    cells[to] = path;
    if (round % 7 == 0) {
      paths[from].reset();
      cells[from].clear();
    }
    std::set<int> held;
    for (const auto& each : cells) held.insert(each.begin(), each.end());
    ASSERT_EQ(tree.used(), static_cast<int64_t>(held.size())) << round;
    ASSERT_EQ(CellTree::length(paths[to]), static_cast<int64_t>(cells[to].size()));
  }
}

}  // namespace
}  // namespace paq
