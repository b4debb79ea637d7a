// SPDX-License-Identifier: MIT
// The tables of the store and the way from one version of them to the next. Internal to store/.
//
// No public header: it includes SQLiteCpp.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>

namespace paq {

/// The version that this program writes: PRAGMA user_version.
int current_schema_version();

enum class StoreIdentity {
  kPaq,      ///< Written by paq, whatever its version.
  kEmpty,    ///< An SQLite file with nothing in it, or a file of no bytes.
  kForeign,  ///< An SQLite file of another program.
};

StoreIdentity identify(SQLite::Database& database);

int schema_version_of(SQLite::Database& database);

/// Brings a file of this or an older version (or an empty one) up to date, in one transaction.
/// Throws Error(kMismatch) for a newer one.
void migrate(SQLite::Database& database, const std::string& file);

}  // namespace paq
