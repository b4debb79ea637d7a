// SPDX-License-Identifier: MIT
// Taking named files out of a tar or zip archive. Internal to fetch/.
#pragma once

#include <filesystem>

#include "fetch/datasets.h"
#include "fetch/fetch.h"

namespace paq {

/// Writes the members of `file`, downloaded to `archive`, to their places below `folder`: all of
/// them, or none where one is missing, damaged or not what is expected. Other entries are left
/// alone, and no entry's name decides where a file goes beyond its last component. Throws
/// Error(kBadFile, kMismatch, kNoSpace or kIo).
void unpack(const std::filesystem::path& archive, const DatasetFile& file,
            const std::filesystem::path& folder, const FetchOptions& options);

}  // namespace paq
