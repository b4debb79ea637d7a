// SPDX-License-Identifier: MIT
#include "core/files.h"

#include <fcntl.h>
#include <sys/stat.h>
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

[[noreturn]] void refuse_target(const std::filesystem::path& path, const char* what) {
  throw Error(ErrorCode::kUsage, "cannot write " + path.string() + ": it is " + what +
                                     "; name a file that is to be written or replaced");
}

// The file that a chain of links leads to, whether it is there or not.
std::filesystem::path follow_links(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // as Linux has it
  std::error_code error;
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(path, error); ++i) {
    const std::filesystem::path target = std::filesystem::read_symlink(path, error);
    if (error) break;
    path = path.parent_path() / target;  // an absolute target takes the place of all of it
  }
  return path;
}

// A second descriptor of the standard output or error where `path` is what they go to: opened by
// its name, a file would be written from its beginning once more.
Descriptor standard_stream(const std::filesystem::path& path) {
  struct stat file = {};
  if (::stat(path.c_str(), &file) != 0) return Descriptor(-1);
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat open = {};
    if (::fstat(stream, &open) == 0 && open.st_dev == file.st_dev && open.st_ino == file.st_ino) {
      return Descriptor(::dup(stream));
    }
  }
  return Descriptor(-1);
}

// Closes `fd` too. Where there is none, errno says why.
void write_all(Descriptor& fd, std::string_view bytes, const std::filesystem::path& path) {
  const std::string action = "cannot write " + path.string();
  if (fd.get() < 0) throw error_from_errno(action);
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd.get(), bytes.data(), bytes.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      throw error_from_errno(action);
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  if (!fd.close()) throw error_from_errno(action);
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

OutputPlace output_place(const std::filesystem::path& path) {
  std::error_code error;
  switch (std::filesystem::status(path, error).type()) {
    case std::filesystem::file_type::character:
    case std::filesystem::file_type::fifo:
      return {path, true};
    case std::filesystem::file_type::directory:
      refuse_target(path, "a folder");
    case std::filesystem::file_type::socket:
      refuse_target(path, "a socket");
    case std::filesystem::file_type::block:
      refuse_target(path, "a block device");
    case std::filesystem::file_type::regular:
    case std::filesystem::file_type::not_found:
      return {follow_links(path), false};
    default:
      errno = error.value();
      throw error_from_errno("cannot write " + path.string());
  }
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  if (Descriptor stream = standard_stream(path); stream.get() >= 0) {
    write_all(stream, bytes, path);
    return;
  }
  const OutputPlace place = output_place(path);
  if (place.in_place) {
    Descriptor fd(::open(place.path.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC));
    write_all(fd, bytes, path);
    return;
  }
  const std::filesystem::path temporary = temporary_beside(place.path);
  try {
    Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    write_all(fd, bytes, path);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  commit_temporary(temporary, place.path);
}

TemporaryFile::TemporaryFile(const std::filesystem::path& target, Links links) : target_(target) {
  if (links == Links::kReplace) {
    std::error_code ignored;
    const auto type = std::filesystem::symlink_status(target, ignored).type();
    if (type != std::filesystem::file_type::symlink && output_place(target).in_place) {
      refuse_target(target, "a device or a FIFO");
    }
  } else {
    OutputPlace place = output_place(target);
    target_ = std::move(place.path);
    in_place_ = place.in_place;
  }
  temporary_ = in_place_ ? target_ : temporary_beside(target_);
}

TemporaryFile::~TemporaryFile() {
  if (!committed_ && !in_place_) ::unlink(temporary_.c_str());
}

void TemporaryFile::commit() {
  if (!in_place_) commit_temporary(temporary_, target_);
  committed_ = true;
}

}  // namespace paq
