// SPDX-License-Identifier: MIT
// ladder.yaml as it stands on disk (docs/ladder.md), and who may write it. Internal to ladder/.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/ladder.h"

namespace paq {

struct Manifest {
  Ladder ladder;
  std::string base_sha256;  ///< Of the file it was quantised from; empty where files were added.
  bool complete = true;     ///< False while a build is under way, or after one was interrupted.
  std::map<BitWidth, std::string>
      imatrix_sha256;  ///< Of the importance matrix, where one was used.
};

std::filesystem::path manifest_path(const std::filesystem::path& directory);

/// nullopt where `directory` has no ladder.yaml. Throws Error(kBadFile) with line and field,
/// Error(kMismatch) for a newer schema.
std::optional<Manifest> read_manifest(const std::filesystem::path& directory);

/// Whole or not at all. Throws like write_file_atomically.
void write_manifest(const std::filesystem::path& directory, const Manifest& manifest);

/// Holds a folder against other writers while it lives. Throws Error(kBusy) where another process
/// (or another lock of this one) has it.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& directory);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace paq
