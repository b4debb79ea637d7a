// SPDX-License-Identifier: MIT
// Where the benchmarks' official files are: one table.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace paq {

/// What is taken out of an archive.
struct ArchiveMember {
  std::string_view from;  ///< Name in the archive; one that ends in / stands for its files.
  std::string_view to;    ///< Path below the output folder; a folder where `from` is one.
  int64_t files = 1;      ///< How many there must be.
  /// Lower-case hex; empty where not known. Of a folder: of what `sha256sum *` prints in it, sorted
  /// by the names' bytes.
  std::string_view sha256 = {};
  int64_t records = 0;  ///< Questions in the file; 0 where not known or not needed.
};

/// One download.
struct DatasetFile {
  std::string_view task;  ///< Name in the task table; several rows may have the same.
  std::string_view url;
  std::string_view path;  ///< Below the output folder. An archive goes when it has been unpacked.
  int64_t bytes = 0;      ///< 0 where not known.
  std::string_view sha256 = {};  ///< Lower-case hex; empty where not known.
  std::string_view licence = {};
  int64_t records = 0;  ///< Questions in the file; 0 where not known or not needed.
  std::span<const ArchiveMember> members = {};  ///< Empty: not an archive.
};

/// Grouped by task, in the order of the task table. What has no checksum has a number of records.
std::span<const DatasetFile> dataset_table();

}  // namespace paq
