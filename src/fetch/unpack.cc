// SPDX-License-Identifier: MIT
#include "fetch/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "fetch/content.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBlock = 1 << 16;

struct ArchiveDeleter {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

class Unpacker {
 public:
  Unpacker(const DatasetFile& file, const fs::path& folder, const FetchOptions& options)
      : file_(file), folder_(folder), options_(options), name_(file.url) {
    for (const ArchiveMember& member : file.members) members_.push_back({member});
  }

  void run(const fs::path& file) {
    reader_.reset(archive_read_new());
    archive_read_support_format_tar(reader_.get());
    archive_read_support_format_zip(reader_.get());
    archive_read_support_filter_gzip(reader_.get());
    require_ok(archive_read_open_filename(reader_.get(), file.c_str(), kBlock));
    archive_entry* entry = nullptr;
    for (int code; (code = archive_read_next_header(reader_.get(), &entry)) != ARCHIVE_EOF;) {
      require_ok(code);
      const char* path = archive_entry_pathname(entry);
      if (path == nullptr || archive_entry_filetype(entry) != AE_IFREG) continue;
      take(path);
    }
    for (const Member& member : members_) check(member);
    for (Member& member : members_) {
      for (const auto& temporary : member.files) temporary->commit();
    }
  }

 private:
  struct Member {
    const ArchiveMember& wanted;
    std::vector<std::unique_ptr<TemporaryFile>> files = {};
    std::map<std::string, std::string> hashes = {};  // By name.
  };

  void require_ok(int code) const {
    if (code == ARCHIVE_OK || code == ARCHIVE_WARN) return;
    const char* said = archive_error_string(reader_.get());
    throw Error(ErrorCode::kBadFile,
                name_ + " is damaged or no archive: " + (said != nullptr ? said : "unreadable") +
                    "; fetch it again");
  }

  // Where the entry goes, if anywhere.
  std::optional<fs::path> place_of(std::string_view entry, const ArchiveMember& member) const {
    if (!member.from.ends_with('/')) {
      if (entry != member.from) return std::nullopt;
      return folder_ / member.to;
    }
    if (!entry.starts_with(member.from)) return std::nullopt;
    const std::string_view file = entry.substr(member.from.size());
    // Files of files' metadata (._name) are no data.
    if (file.empty() || file.starts_with('.') || file.find('/') != std::string_view::npos) {
      return std::nullopt;
    }
    return folder_ / member.to / file;
  }

  void take(std::string_view entry) {
    for (Member& member : members_) {
      const auto path = place_of(entry, member.wanted);
      if (!path) continue;
      fs::create_directories(path->parent_path());
      member.files.push_back(std::make_unique<TemporaryFile>(*path));
      member.hashes[path->filename().string()] = write(member.files.back()->path(), *path);
    }
  }

  // Writes the present entry to `temporary`; returns its SHA-256.
  std::string write(const fs::path& temporary, const fs::path& path) {
    const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) throw error_from_errno("cannot write " + path.string());
    Sha256 hash;
    std::string block(kBlock, '\0');
    la_ssize_t size = 0;
    bool written = true;
    while (written && (size = archive_read_data(reader_.get(), block.data(), kBlock)) > 0) {
      hash.update(std::string_view(block.data(), static_cast<size_t>(size)));
      // A regular file takes a part only where the disk is full, and the next write says so.
      for (la_ssize_t at = 0; written && at < size;) {
        const ssize_t n = ::write(file, block.data() + at, static_cast<size_t>(size - at));
        written = n >= 0 || errno == EINTR;
        if (n > 0) at += n;
      }
    }
    const int number = errno;
    written = ::close(file) == 0 && written;
    if (!written) {
      errno = number;
      throw error_from_errno("cannot write " + path.string());
    }
    if (size < 0) require_ok(static_cast<int>(size));
    return hash.finish();
  }

  void check(const Member& member) const {
    const ArchiveMember& wanted = member.wanted;
    const std::string place = std::string(wanted.from) + " in " + name_;
    if (static_cast<int64_t>(member.files.size()) != wanted.files) {
      throw Error(ErrorCode::kBadFile, name_ + " has " + std::to_string(member.files.size()) +
                                           " files at " + std::string(wanted.from) + ", expected " +
                                           std::to_string(wanted.files) +
                                           "; it is not the archive that paq knows");
    }
    const bool is_folder = wanted.from.ends_with('/');
    if (!is_folder && wanted.sha256.empty()) {
      check_content(expected_of(file_, wanted), member.files.front()->path(), place, options_);
    }
    if (wanted.sha256.empty()) return;
    const std::string sha256 =
        is_folder ? folder_sha256(member.hashes) : member.hashes.begin()->second;
    if (sha256 == wanted.sha256) return;
    throw Error(ErrorCode::kMismatch, place + " has SHA-256 " + sha256 + ", expected " +
                                          std::string(wanted.sha256) +
                                          "; the archive was changed at its home or on the way");
  }

  std::unique_ptr<archive, ArchiveDeleter> reader_;
  const DatasetFile& file_;
  const fs::path& folder_;
  const FetchOptions& options_;
  const std::string name_;
  std::vector<Member> members_;
};

}  // namespace

void unpack(const fs::path& archive, const DatasetFile& file, const fs::path& folder,
            const FetchOptions& options) {
  Unpacker(file, folder, options).run(archive);
}

}  // namespace paq
