// SPDX-License-Identifier: MIT
// What this runs on, and what it used. Linux.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace paq {

/// "2 x AMD EPYC 9B14, 24 GB, Linux 6.1": processor threads, model, memory, kernel.
std::string machine_description();

/// ISO 8601, UTC, seconds: "2026-01-02T03:04:05Z".
std::string utc_now();

/// The folder of this executable.
std::filesystem::path executable_directory();

/// Starts counting the largest resident memory anew, where the kernel can.
void reset_peak_memory();

/// Largest resident memory of this process since its start or the last reset, in bytes; 0 where
/// unknown.
int64_t peak_memory();

/// Resident memory that no file is behind, in bytes, now; 0 where unknown.
int64_t held_memory();

/// Resident memory of this program's and its libraries' files, in bytes, now: of all that are
/// mapped but models. What peak_memory() has beyond it is what the work took.
int64_t program_memory();

}  // namespace paq
