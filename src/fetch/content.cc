// SPDX-License-Identifier: MIT
#include "fetch/content.h"

#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void mismatch(std::string_view name, const std::string& found,
                           const std::string& expected) {
  throw Error(ErrorCode::kMismatch,
              std::string(name) + " has " + found + ", expected " + expected +
                  "; it was changed at its home or on the way, and is not kept");
}

std::string sized(const std::string& sha256, const fs::path& path) {
  return "SHA-256 " + sha256 + " (" + std::to_string(fs::file_size(path)) + " bytes)";
}

int64_t count_records(const Expected& expected, const fs::path& path, std::string_view name,
                      const FetchOptions& options) {
  try {
    return options.count_records(expected.task, read_file(path), expected.place);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kBadFile) throw;
    throw Error(ErrorCode::kBadFile, std::string(name) + " is not a file of " +
                                         std::string(expected.task) +
                                         ", and is not kept: " + error.what());
  }
}

}  // namespace

Expected expected_of(const DatasetFile& file) {
  return {file.task, file.path, file.sha256, file.records};
}

Expected expected_of(const DatasetFile& file, const ArchiveMember& member) {
  return {file.task, member.to, member.sha256, member.records, member.files};
}

std::string folder_sha256(const std::map<std::string, std::string>& sha256_by_name) {
  Sha256 hash;
  for (const auto& [name, sha256] : sha256_by_name) hash.update(sha256 + "  " + name + "\n");
  return hash.finish();
}

std::map<std::string, std::string> file_hashes(const fs::path& folder) {
  std::map<std::string, std::string> hashes;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.front() != '.' && entry.is_regular_file()) hashes[name] = sha256_file(entry.path());
  }
  return hashes;
}

Verdict check_content(const Expected& expected, const fs::path& path, std::string_view name,
                      const FetchOptions& options) {
  if (expected.place.ends_with('/')) {
    const auto hashes = file_hashes(path);
    if (static_cast<int64_t>(hashes.size()) != expected.files) {
      throw Error(ErrorCode::kMismatch, std::string(name) + " holds " +
                                            std::to_string(hashes.size()) + " files, expected " +
                                            std::to_string(expected.files) +
                                            "; move what is not the benchmark's elsewhere");
    }
    if (expected.sha256.empty()) return {};
    const std::string sha256 = folder_sha256(hashes);
    if (sha256 == expected.sha256) return {.verified = true};
    mismatch(name, "files of the SHA-256 " + sha256, std::string(expected.sha256));
  }
  if (!expected.sha256.empty()) {
    const std::string sha256 = sha256_file(path);
    if (sha256 == expected.sha256) return {.verified = true};
    mismatch(name, sized(sha256, path), std::string(expected.sha256));
  }
  if (!options.count_records || expected.records == 0) return {};
  const int64_t records = count_records(expected, path, name, options);
  if (records == expected.records) return {.records = records};
  mismatch(name, std::to_string(records) + " records", std::to_string(expected.records));
}

}  // namespace paq
