// SPDX-License-Identifier: MIT
#include "fetch/fetch.h"

#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "fetch/content.h"
#include "fetch/download.h"
#include "fetch/unpack.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

void make_folder(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) {
    throw Error(failure == std::errc::no_space_on_device ? ErrorCode::kNoSpace : ErrorCode::kIo,
                "cannot make the folder " + folder.string() + ": " + failure.message());
  }
}

std::vector<Expected> expected_from(const DatasetFile& file) {
  if (file.members.empty()) return {expected_of(file)};
  std::vector<Expected> expected;
  for (const ArchiveMember& member : file.members) expected.push_back(expected_of(file, member));
  return expected;
}

class Fetcher {
 public:
  Fetcher(const fs::path& folder, const FetchOptions& options)
      : folder_(folder), options_(options) {}

  // Adds the row's results where all of it is there and right.
  bool find(const DatasetFile& file) {
    if (options_.force) return false;
    std::vector<FetchedFile> found;
    for (const Expected& expected : expected_from(file)) {
      const fs::path path = folder_ / expected.place;
      const bool is_folder = expected.place.ends_with('/');
      if (is_folder ? !fs::is_directory(path) : !fs::is_regular_file(path)) return false;
      try {
        found.push_back(result(expected, check_content(expected, path, path.string(), options_)));
        found.back().was_there = true;
      } catch (const Error& error) {
        if (error.code() == ErrorCode::kMismatch || error.code() == ErrorCode::kBadFile) {
          return false;
        }
        throw;
      }
    }
    results_.insert(results_.end(), found.begin(), found.end());
    return true;
  }

  // Downloads the first of `files`; returns how many of them came out of it.
  size_t get(std::span<const DatasetFile> files) {
    const DatasetFile& file = files.front();
    const fs::path path = folder_ / file.path;
    make_folder(path.parent_path());
    TemporaryFile temporary(path);
    download(std::string(file.url), temporary.path(), options_);
    const Expected whole = {file.task, file.path, file.sha256, file.records};
    const Verdict verdict = check_content(whole, temporary.path(), file.url, options_);
    if (file.members.empty()) {
      temporary.commit();
      results_.push_back(result(whole, verdict));
      return 1;
    }
    // Rows that follow may want more of the same archive.
    size_t count = 0;
    for (; count < files.size() && files[count].url == file.url; ++count) {
      if (count > 0 && find(files[count])) continue;
      unpack(temporary.path(), files[count], folder_, options_);
      add_members(files[count], verdict.verified);
    }
    return count;
  }

  std::vector<FetchedFile> take() { return std::move(results_); }

 private:
  FetchedFile result(const Expected& expected, const Verdict& verdict) const {
    return {folder_ / expected.place, false, verdict.verified, verdict.records};
  }

  // Looks at them where they now lie: a folder may hold files of others besides.
  void add_members(const DatasetFile& file, bool archive_verified) {
    for (const Expected& expected : expected_from(file)) {
      const fs::path path = folder_ / expected.place;
      FetchedFile added = result(expected, check_content(expected, path, path.string(), options_));
      added.verified = added.verified || archive_verified;
      results_.push_back(std::move(added));
    }
  }

  const fs::path& folder_;
  const FetchOptions& options_;
  std::vector<FetchedFile> results_;
};

}  // namespace

std::vector<FetchedFile> fetch_datasets(std::span<const DatasetFile> files, const fs::path& folder,
                                        const FetchOptions& options) {
  Fetcher fetcher(folder, options);
  for (size_t i = 0; i < files.size();) {
    i += fetcher.find(files[i]) ? 1 : fetcher.get(files.subspan(i));
  }
  return fetcher.take();
}

}  // namespace paq
