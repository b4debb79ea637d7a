// SPDX-License-Identifier: MIT
#include "core/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/error.h"

namespace paq {
namespace {

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  // Some file systems report a full disk only here.
  bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

// The rename must not overtake the data, and the new name must survive a power cut.
void sync_path(const std::filesystem::path& path) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) {
    // Some file systems can't sync a folder; the rename itself is still atomic there.
    if (errno == EINVAL) return;
    throw error_from_errno("cannot sync " + path.string());
  }
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) throw error_from_errno("cannot open " + path.string());
  std::string bytes;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n == 0) return bytes;
    if (n < 0) {
      if (errno == EINTR) continue;
      throw error_from_errno("cannot read " + path.string());
    }
    bytes.append(buffer, static_cast<size_t>(n));
  }
}

std::filesystem::path temporary_beside(const std::filesystem::path& path) {
  std::filesystem::path temporary = path;
  temporary += ".tmp" + std::to_string(::getpid());
  return temporary;
}

void commit_temporary(const std::filesystem::path& temporary, const std::filesystem::path& path) {
  try {
    sync_path(temporary);
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
      throw error_from_errno("cannot write " + path.string());
    }
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_path(path.has_parent_path() ? path.parent_path() : std::filesystem::path("."));
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  const std::filesystem::path temporary = temporary_beside(path);
  try {
    Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (fd.get() < 0) throw error_from_errno("cannot write " + path.string());
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd.get(), bytes.data(), bytes.size());
      if (n < 0) {
        if (errno == EINTR) continue;
        throw error_from_errno("cannot write " + path.string());
      }
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    if (!fd.close()) throw error_from_errno("cannot write " + path.string());
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  commit_temporary(temporary, path);
}

TemporaryFile::TemporaryFile(const std::filesystem::path& target)
    : target_(target), temporary_(temporary_beside(target)) {}

TemporaryFile::~TemporaryFile() {
  if (!committed_) ::unlink(temporary_.c_str());
}

void TemporaryFile::commit() {
  commit_temporary(temporary_, target_);
  committed_ = true;
}

}  // namespace paq
