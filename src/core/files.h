// SPDX-License-Identifier: MIT
// Files that are whole or absent.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace paq {

/// Reads a whole file. Throws Error(kNotFound or kIo).
std::string read_file(const std::filesystem::path& path);

/// Where output that is named `path` goes.
struct OutputPlace {
  std::filesystem::path path;  ///< Symbolic links followed, also one whose target is not there yet.
  bool in_place = false;       ///< A character device or FIFO: written to, never replaced.
};

/// Throws Error(kUsage) where `path` is a folder, a socket or a block device.
OutputPlace output_place(const std::filesystem::path& path);

/// Writes to a temporary beside output_place(path), syncs and renames it into place; removes it
/// when that fails. Replaces an existing file. What must not be replaced is written into: a device,
/// a FIFO, and what the process has as its standard output or error. Throws Error(kNoSpace or kIo)
/// and what output_place throws.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// The temporary that an atomic write of `path` goes through: in the same folder, so that the
/// rename is atomic, and with the process id, so that two writers do not meet.
std::filesystem::path temporary_beside(const std::filesystem::path& path);

/// Moves a finished temporary over `path` after fsync of file and folder. Throws like
/// write_file_atomically and removes the temporary then.
void commit_temporary(const std::filesystem::path& temporary, const std::filesystem::path& path);

/// What becomes of a symbolic link where a file is to be put.
enum class Links {
  kFollow,   ///< It stays, and the file that it leads to is replaced.
  kReplace,  ///< It is replaced; what it leads to is somebody else's and stays as it is.
};

/// Owns a temporary path and removes the file when it was not committed. With Links::kFollow the
/// path is the target itself where that is written in place (OutputPlace), and nothing is removed;
/// with Links::kReplace only a regular file or a link may be there. Throws as output_place does.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& target, Links links = Links::kFollow);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::filesystem::path& path() const { return temporary_; }
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  bool committed_ = false;
  bool in_place_ = false;
};

}  // namespace paq
