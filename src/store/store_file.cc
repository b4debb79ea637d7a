// SPDX-License-Identifier: MIT
#include "store/store_file.h"

#include <sqlite3.h>

#include <string>

#include "core/error.h"
#include "store/schema.h"
#include "store/sqlite_error.h"

namespace paq {
namespace {

constexpr int kBusyTimeoutMs = 10000;

// An absolute path as an SQLite URI of a file that nobody changes.
std::string immutable_uri(const std::filesystem::path& path) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(path).string()) {
    if (c == '%' || c == '?' || c == '#') {
      constexpr char kHex[] = "0123456789ABCDEF";
      uri.append("%") += kHex[c >> 4 & 15];
      uri += kHex[c & 15];
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

void check_path(const std::filesystem::path& path, Store::Mode mode) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw Error(ErrorCode::kBadFile,
                path.string() + " is a folder; give --store the path of a file");
  }
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  if (mode == Store::Mode::kWrite && !std::filesystem::is_directory(folder, ignored)) {
    throw Error(ErrorCode::kNotFound, "cannot make " + path.string() + ": there is no folder " +
                                          folder.string() + "; make it first");
  }
  if (mode == Store::Mode::kRead && !std::filesystem::exists(path, ignored)) {
    throw Error(ErrorCode::kNotFound, "there is no store " + path.string() +
                                          "; `paq label` or `paq outcomes import` makes one");
  }
}

SQLite::Database open_for_reading(const std::filesystem::path& path) {
  // Writable where it can be: the last one to close a store then removes the log that stands beside
  // it, which one who may only read can't.
  SQLite::Database database(path.string(), SQLite::OPEN_READWRITE, kBusyTimeoutMs);
  try {
    database.exec("PRAGMA query_only = ON");
    schema_version_of(database);
    return database;
  } catch (const SQLite::Exception& fault) {
    // In a folder that can't be written, SQLite can't set up what readers and writers share. Where
    // no log is left over, the file alone is the whole store.
    std::error_code ignored;
    const bool cannot_share =
        fault.getErrorCode() == SQLITE_CANTOPEN || fault.getErrorCode() == SQLITE_READONLY;
    if (!cannot_share || std::filesystem::exists(path.string() + "-wal", ignored)) throw;
  }
  return {immutable_uri(path), SQLite::OPEN_READONLY | SQLite::OPEN_URI, kBusyTimeoutMs};
}

SQLite::Database open_for_writing(const std::filesystem::path& path) {
  SQLite::Database database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE,
                            kBusyTimeoutMs);
  // SQLite falls back to reading, silently, where the file can't be written.
  if (sqlite3_db_readonly(database.getHandle(), "main") == 1) {
    throw store_error(path, SQLITE_READONLY, "");
  }
  return database;
}

void check_identity(SQLite::Database& database, const std::string& file, Store::Mode mode) {
  const StoreIdentity identity = identify(database);
  if (identity == StoreIdentity::kForeign) {
    throw Error(ErrorCode::kBadFile,
                file + " is an SQLite file, but none of paq's; use another --store");
  }
  if (mode == Store::Mode::kWrite) return;
  if (identity == StoreIdentity::kEmpty) {
    throw Error(ErrorCode::kBadFile,
                file + " is empty; fill it with `paq label` or `paq outcomes import` first");
  }
  const int version = schema_version_of(database), current = current_schema_version();
  if (version != current) {
    throw Error(
        ErrorCode::kMismatch,
        file + " has schema version " + std::to_string(version) + ", this paq reads " +
            std::to_string(current) +
            (version < current ? "; any command that writes to the store brings it up to date"
                               : "; use the newer paq that wrote it"));
  }
}

// NORMAL: a commit is in the log before it returns, so a killed process loses nothing; the log is
// synced at checkpoints only, so a power cut may cost the last outcomes, never the file's
// integrity.
void set_up_writing(SQLite::Database& database) {
  const bool wal = database.execAndGet("PRAGMA journal_mode = WAL").getString() == "wal";
  // Some network file systems have no WAL; with a rollback journal, NORMAL would risk the file.
  database.exec(wal ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL");
  database.exec("PRAGMA foreign_keys = ON");
}

// Removes what a failed creation left, unless another process has written to it meanwhile: then
// there is a log, or more than the one page that stands before any table.
void remove_unmade(const std::filesystem::path& path) {
  constexpr uintmax_t kPage = 4096;
  std::error_code ignored;
  const std::filesystem::path log = path.string() + "-wal";
  const bool logged =
      std::filesystem::exists(log, ignored) && std::filesystem::file_size(log, ignored) > 0;
  if (logged || !std::filesystem::is_regular_file(path, ignored)) return;
  if (std::filesystem::file_size(path, ignored) > kPage) return;
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    std::filesystem::remove(path.string() + suffix, ignored);
  }
}

}  // namespace

SQLite::Database open_store_file(const std::filesystem::path& path, Store::Mode mode) {
  check_path(path, mode);
  std::error_code ignored;
  const bool existed = std::filesystem::exists(path, ignored);
  try {
    return with_store_errors(path, [&] {
      SQLite::Database database =
          mode == Store::Mode::kRead ? open_for_reading(path) : open_for_writing(path);
      check_identity(database, path.string(), mode);
      if (mode == Store::Mode::kWrite) {
        set_up_writing(database);
        migrate(database, path.string());
      }
      return database;
    });
  } catch (const Error&) {
    if (!existed) remove_unmade(path);
    throw;
  }
}

}  // namespace paq
