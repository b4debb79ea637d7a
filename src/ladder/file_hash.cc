// SPDX-License-Identifier: MIT
#include "ladder/file_hash.h"

#include <chrono>
#include <fstream>
#include <system_error>
#include <vector>

#include "core/error.h"
#include "core/hash.h"

namespace paq {

std::string file_sha256(const std::filesystem::path& path, const FileHashOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  std::error_code error;
  Progress progress{.stage = "hashing " + path.filename().string(),
                    .total = static_cast<int64_t>(std::filesystem::file_size(path, error)),
                    .unit = "bytes",
                    .detail = {}};
  if (error) {
    throw Error(
        error == std::errc::no_such_file_or_directory ? ErrorCode::kNotFound : ErrorCode::kIo,
        "cannot read " + path.string() + ": " + error.message());
  }
  std::ifstream file(path, std::ios::binary);
  std::vector<char> buffer(1 << 20);
  Sha256 hash;
  while (file) {
    if (options.cancel && *options.cancel) {
      throw Error(ErrorCode::kCancelled, "interrupted while " + progress.stage);
    }
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    const auto n = static_cast<size_t>(file.gcount());
    hash.update({buffer.data(), n});
    progress.done += static_cast<int64_t>(n);
    progress.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (options.progress) options.progress(progress);
  }
  if (file.bad() || progress.done != progress.total) {
    throw Error(ErrorCode::kIo, "cannot read all of " + path.string());
  }
  return hash.finish();
}

}  // namespace paq
