// SPDX-License-Identifier: MIT
// Whether a file, or a folder of them, is what the table says. Internal to fetch/.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "fetch/datasets.h"
#include "fetch/fetch.h"

namespace paq {

/// What is to be at a place below the output folder.
struct Expected {
  std::string_view task;
  std::string_view place;  ///< A folder's ends in /.
  std::string_view sha256;
  int64_t records = 0;  ///< 0 where not known.
  int64_t files = 1;
};

/// A row's own file, where it is no archive.
Expected expected_of(const DatasetFile& file);

/// What one of a row's members leaves behind.
Expected expected_of(const DatasetFile& file, const ArchiveMember& member);

/// The checksum of a folder from those of its files, by name; see ArchiveMember::sha256.
std::string folder_sha256(const std::map<std::string, std::string>& sha256_by_name);

/// The checksums of a folder's files; hidden ones, which are metadata of other systems, are left
/// out.
std::map<std::string, std::string> file_hashes(const std::filesystem::path& folder);

/// How far a file's content was compared.
struct Verdict {
  bool verified = false;  ///< With a known checksum.
  int64_t records = 0;    ///< Counted; 0 where they were not.
};

/// Throws Error(kMismatch) where the checksum or the number of records is another one, and what
/// `options.count_records` throws; `name` stands for `path` in messages.
Verdict check_content(const Expected& expected, const std::filesystem::path& path,
                      std::string_view name, const FetchOptions& options);

}  // namespace paq
