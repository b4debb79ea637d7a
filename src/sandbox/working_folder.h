// SPDX-License-Identifier: MIT
// An empty folder for a program that runs outside of bubblewrap. Internal to sandbox/.
#pragma once

#include <filesystem>

namespace paq {

/// Goes with all that is in it. What can't be removed is left to the system.
class WorkingFolder {
 public:
  /// In the system's folder for temporary files, belonging to `owner` where that is not negative.
  /// Throws Error(kNoSpace or kIo).
  explicit WorkingFolder(int owner);
  ~WorkingFolder();
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace paq
