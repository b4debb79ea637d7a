// SPDX-License-Identifier: MIT
// Copies what one store has into another. Internal to store/.
//
// No public header: it includes SQLiteCpp.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>

#include "store/store.h"

namespace paq {

struct MergeSide {
  SQLite::Database& database;
  const std::filesystem::path& path;
};

/// As Store::merge() has it, within the caller's transactions on both.
MergeSummary merge_stores(const MergeSide& target, const MergeSide& source);

}  // namespace paq
