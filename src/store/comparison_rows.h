// SPDX-License-Identifier: MIT
// Comparisons as rows. Internal to store/.
//
// No public header: it includes SQLiteCpp.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <functional>
#include <string>

#include "core/comparison.h"
#include "store/store.h"

namespace paq {

/// What a row of comparisons is found by.
struct ComparisonKey {
  int64_t prompt_id = 0;
  int64_t variant_id = 0;
  int64_t reference_id = 0;
  std::string settings = {};
};

/// Writes within the caller's transaction, replacing a row of the same key.
void write_comparison(SQLite::Database& database, const ComparisonKey& key,
                      const std::string& response, const Comparison& comparison);

/// A row whose reference is an outcome that is still there.
struct ComparisonRow {
  int64_t prompt_id = 0;
  std::string variant_hash = {}, reference_hash = {};
  std::string response = {};
  Comparison comparison = {};
};

/// Calls `take` for every comparison of the prompts that `where` leaves ("WHERE ..." over the table
/// prompts, or nothing), the one that counts last: by reference, then by age of its outcome.
void read_comparisons(SQLite::Database& database, const std::string& where,
                      const std::function<void(SQLite::Statement&)>& bind,
                      const std::function<void(ComparisonRow)>& take);

/// Whether there is one of this source, with a divergence where `with_divergence`.
bool stored_comparison(SQLite::Database& database, int64_t prompt_id, BitWidth bits,
                       const ComparisonSource& source, bool with_divergence);

}  // namespace paq
