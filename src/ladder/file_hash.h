// SPDX-License-Identifier: MIT
// SHA-256 of files of many gigabytes: with progress, and to be interrupted. Internal to ladder/.
#pragma once

#include <filesystem>
#include <string>

#include "core/progress.h"

namespace paq {

struct FileHashOptions {
  ProgressCallback progress;  ///< Stage "hashing NAME", unit "bytes".
  const CancelFlag* cancel = nullptr;
};

/// Lower-case hex. Throws Error(kNotFound, kIo or kCancelled).
std::string file_sha256(const std::filesystem::path& path, const FileHashOptions& options);

}  // namespace paq
