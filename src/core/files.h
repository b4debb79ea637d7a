// SPDX-License-Identifier: MIT
// Files that are whole or absent.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace paq {

/// Reads a whole file. Throws Error(kNotFound or kIo).
std::string read_file(const std::filesystem::path& path);

/// Writes to a temporary beside `path`, syncs and renames it into place; removes it when that
/// fails. Throws Error(kNoSpace or kIo). Replaces an existing file.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// The temporary that an atomic write of `path` goes through: in the same folder, so that the
/// rename is atomic, and with the process id, so that two writers do not meet.
std::filesystem::path temporary_beside(const std::filesystem::path& path);

/// Moves a finished temporary over `path` after fsync of file and folder. Throws like
/// write_file_atomically and removes the temporary then.
void commit_temporary(const std::filesystem::path& temporary, const std::filesystem::path& path);

/// Owns a temporary path and removes the file when it was not committed.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& target);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::filesystem::path& path() const { return temporary_; }
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  bool committed_ = false;
};

}  // namespace paq
