// SPDX-License-Identifier: MIT
// For targets whose code reads a path: a file that never touches a disk.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "require.h"

namespace paq {

class MemoryFile {
 public:
  MemoryFile() : file_(memfd_create("fuzz", MFD_CLOEXEC)) { require(file_ >= 0); }
  ~MemoryFile() { close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  /// Replaces the content.
  void write(const uint8_t* data, size_t size) {
    require(ftruncate(file_, 0) == 0);
    require(size == 0 || pwrite(file_, data, size, 0) == static_cast<ssize_t>(size));
  }

  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

}  // namespace paq
