// SPDX-License-Identifier: MIT
#include "store/sqlite_error.h"

#include <sqlite3.h>

namespace paq {

Error store_error(const std::filesystem::path& file, int code, const std::string& detail) {
  const std::string name = file.string();
  switch (code) {
    case SQLITE_IOERR_SHMSIZE:  // The shared-memory file beside the store could not grow.
    case SQLITE_FULL:
      return Error(ErrorCode::kNoSpace, "cannot write " + name +
                                            ": the disk is full; free some space and run the "
                                            "command again, it goes on where it stopped");
    case SQLITE_IOERR_WRITE:  // Not for want of space on the disk, but perhaps for a quota's.
      return Error(ErrorCode::kIo, "cannot write " + name +
                                       ": the disk fails, or allows no larger file; check the "
                                       "disk, free some space or raise the limit, and run the "
                                       "command again, it goes on where it stopped");
    case SQLITE_READONLY_CANTINIT:
    case SQLITE_READONLY_DIRECTORY:
      return Error(ErrorCode::kIo, "cannot use " + name +
                                       ": its folder is not writable, and SQLite needs to write "
                                       "there; change the permissions or copy the store elsewhere");
    default:
      break;
  }
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error(ErrorCode::kBusy, name +
                                         " is being written by another process; wait until that "
                                         "has ended, or use another --store");
    case SQLITE_NOTADB:
      return Error(ErrorCode::kBadFile,
                   name + " is no SQLite file; give --store the path of a store or of a new file");
    case SQLITE_CORRUPT:
      return Error(ErrorCode::kBadFile, name + " is damaged (" + detail +
                                            "); restore a copy, or save what is left with "
                                            "\"sqlite3 FILE .recover\"");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Error(ErrorCode::kIo, "cannot write " + name +
                                       ": the file or its folder is not writable; change the "
                                       "permissions or use another --store");
    case SQLITE_CANTOPEN:
      return Error(ErrorCode::kIo, "cannot open " + name + " (" + detail +
                                       "); check that the folder exists and can be written");
    case SQLITE_NOMEM:
      return Error(ErrorCode::kOutOfMemory, "there is not enough memory to work on " + name);
    default:
      return Error(ErrorCode::kIo, "SQLite failed on " + name + ": " + detail + " (code " +
                                       std::to_string(code) + "); check the disk and try again");
  }
}

}  // namespace paq
