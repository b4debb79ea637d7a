// SPDX-License-Identifier: MIT
// Opens the file of a store, makes it, or says why not. Internal to store/.
//
// No public header: it includes SQLiteCpp.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>

#include "store/store.h"

namespace paq {

/// A connection to a store of the current schema. Throws as Store::open does; a store that could
/// not be made leaves no file behind.
SQLite::Database open_store_file(const std::filesystem::path& path, Store::Mode mode);

}  // namespace paq
