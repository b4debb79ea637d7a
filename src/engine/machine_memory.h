// SPDX-License-Identifier: MIT
// How much memory there is to be had. Linux.
#pragma once

#include <cstdint>
#include <filesystem>

namespace paq {

/// Bytes of memory that this process may use, and that are available without pushing others out; 0
/// where that can't be told. Where its control group (of version 1 or 2), or one above that, sets a
/// limit, as for a container, they are those of the tightest.
struct MachineMemory {
  int64_t total = 0;
  int64_t available = 0;
};

/// `root` is where /proc and /sys are looked for.
MachineMemory machine_memory(const std::filesystem::path& root = "/");

}  // namespace paq
