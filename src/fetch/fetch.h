// SPDX-License-Identifier: MIT
// Downloads the benchmarks' official files and checks them. Knows no format but that of archives.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/progress.h"
#include "fetch/datasets.h"

namespace paq {

struct FetchOptions {
  /// How many questions the bytes of a task's file hold, for files without a checksum; `name` is
  /// the file's place below the output folder. Throws Error(kBadFile) for what is no such file.
  /// Empty: they are taken as they are.
  std::function<int64_t(std::string_view task, std::string_view bytes, std::string_view name)>
      count_records = {};
  bool force = false;             ///< Fetch again what is there and right.
  int attempts = 3;               ///< Of a connection that breaks; each goes on where the last was.
  double retry_wait_seconds = 2;  ///< Before the second attempt, and twice that before the third.
  double connect_seconds = 20;    ///< Until a connection stands.
  double stall_seconds = 60;      ///< Without a byte.
  ProgressCallback progress = {};  ///< Bytes of the file that is being downloaded.
  const CancelFlag* cancel = nullptr;
};

struct FetchedFile {
  std::filesystem::path path;
  bool was_there = false;  ///< Not downloaded again.
  bool verified = false;   ///< Its content was compared with a known checksum.
  int64_t records = 0;     ///< Counted in place of that; 0 where they were not.
};

/// Downloads `files` to `folder`, which is created, and unpacks archives; two rows of one URL share
/// the download. Each file appears whole or not at all, an archive's files together. What is there
/// already is kept where its checksum is right, or its number of records where none is known, else
/// replaced. Proxies come from the environment (https_proxy, no_proxy, ...). Blocks. Throws
/// Error(kNotFound) where the server has no such file, Error(kMismatch) for a wrong checksum or
/// number of records and for a folder with files of others, Error(kBadFile) for an archive that is
/// damaged or lacks a file and for a file that holds something else, Error(kNoSpace), Error(kIo)
/// where the network fails, Error(kCancelled); the files finished before are kept.
std::vector<FetchedFile> fetch_datasets(std::span<const DatasetFile> files,
                                        const std::filesystem::path& folder,
                                        const FetchOptions& options);

}  // namespace paq
