// SPDX-License-Identifier: MIT
#include "train/checkpoint.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"

namespace paq {
namespace {

using Json = nlohmann::ordered_json;

// Magic, then length-prefixed fields, then the SHA-256 of all before it. The digit is the layout.
constexpr std::string_view kMagic = "paq training 1\n";
constexpr size_t kHashCharacters = 64;

std::string hash_of(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

class Writer {
 public:
  template <typename T>
  void value(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(std::string_view text) {
    value<uint64_t>(text.size());
    bytes_ += text;
  }
  std::string bytes_{kMagic};
};

// Reads what Writer wrote; the hash was compared before, so a length that leads outside is another
// program's.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <typename T>
  T value() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view text() { return take(value<uint64_t>()); }
  uint64_t count(size_t size) {
    const auto count = value<uint64_t>();
    if (count > bytes_.size() / size) throw std::length_error("count");
    return count;
  }

 private:
  std::string_view take(uint64_t size) {
    if (size > bytes_.size()) throw std::length_error("length");
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  std::string_view bytes_;
};

std::string encode(const Checkpoint& checkpoint) {
  Writer out;
  out.text(checkpoint.run);
  out.value<int64_t>(checkpoint.epoch);
  out.value<int64_t>(checkpoint.batch);
  out.value(checkpoint.loss_sum);
  out.value(checkpoint.seconds);
  out.value<uint64_t>(checkpoint.epochs.size());
  for (const EpochReport& epoch : checkpoint.epochs) {
    out.value(epoch.training_loss);
    out.value(epoch.validation_loss);
    out.value(epoch.validation_accuracy);
  }
  out.value<int64_t>(checkpoint.best_epoch);
  out.text(checkpoint.classifier);
  out.value<uint64_t>(checkpoint.best.size());
  for (const std::vector<float>& values : checkpoint.best) {
    out.text({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
  }
  return std::move(out.bytes_);
}

Checkpoint decode(std::string_view bytes) {
  Reader in(bytes);
  Checkpoint checkpoint;
  checkpoint.run = in.text();
  checkpoint.epoch = static_cast<int>(in.value<int64_t>());
  checkpoint.batch = in.value<int64_t>();
  checkpoint.loss_sum = in.value<double>();
  checkpoint.seconds = in.value<double>();
  checkpoint.epochs.resize(in.count(3 * sizeof(double)));
  for (EpochReport& epoch : checkpoint.epochs) {
    epoch.training_loss = in.value<double>();
    epoch.validation_loss = in.value<double>();
    epoch.validation_accuracy = in.value<double>();
  }
  checkpoint.best_epoch = static_cast<int>(in.value<int64_t>());
  checkpoint.classifier = in.text();
  checkpoint.best.resize(in.count(sizeof(uint64_t)));
  for (std::vector<float>& values : checkpoint.best) {
    const std::string_view raw = in.text();
    values.resize(raw.size() / sizeof(float));
    std::memcpy(values.data(), raw.data(), values.size() * sizeof(float));
  }
  return checkpoint;
}

void check_magic(const std::filesystem::path& path, std::string_view bytes) {
  if (bytes.starts_with(kMagic)) return;
  throw Error(ErrorCode::kBadFile, path.string() +
                                       " is no checkpoint of this paq's training, and one would go "
                                       "there; remove it, or name another --out");
}

constexpr const char* kAdvice =
    "; train with the settings it was begun with, or begin anew with --restart";

void check_run(const std::string& path, const std::string& found, const std::string& expected) {
  if (found == expected) return;
  const Json theirs = Json::parse(found);
  const Json ours = Json::parse(expected);
  for (const auto& [name, value] : ours.items()) {
    const std::string was = theirs.contains(name) ? theirs.at(name).dump() : "not there";
    if (was == value.dump()) continue;
    throw Error(ErrorCode::kMismatch, path + " is the checkpoint of another training: its " + name +
                                          " is " + was + ", expected " + value.dump() + kAdvice);
  }
  for (const auto& [name, value] : theirs.items()) {
    if (ours.contains(name)) continue;
    throw Error(ErrorCode::kMismatch, path + " is the checkpoint of another training: its " + name +
                                          " is " + value.dump() + ", expected none" + kAdvice);
  }
  throw Error(ErrorCode::kMismatch,
              path + " is the checkpoint of another program's training" + kAdvice);
}

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  std::string bytes = encode(checkpoint);
  bytes += hash_of(bytes);
  write_file_atomically(path, bytes);
}

std::optional<Checkpoint> read_checkpoint(const std::filesystem::path& path,
                                          const std::string& run) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  const std::string file = read_file(path);
  const std::string_view all = file;
  check_magic(path, all);
  const std::string damaged = path.string() + " is damaged; begin anew with --restart";
  if (all.size() < kMagic.size() + kHashCharacters) throw Error(ErrorCode::kBadFile, damaged);
  const std::string_view body = all.substr(0, all.size() - kHashCharacters);
  if (hash_of(body) != all.substr(body.size())) throw Error(ErrorCode::kBadFile, damaged);
  try {
    Checkpoint checkpoint = decode(body.substr(kMagic.size()));
    check_run(path.string(), checkpoint.run, run);
    return checkpoint;
  } catch (const std::length_error&) {
    throw Error(ErrorCode::kBadFile, damaged);
  }
}

void remove_checkpoint(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return;
  check_magic(path, read_file(path));
  std::filesystem::remove(path);
}

CheckpointLock::CheckpointLock(const std::filesystem::path& path) : file_(path.string() + ".lock") {
  while (true) {
    descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) throw error_from_errno("cannot write " + file_.string());
    // Some network file systems have no locks; two trainings at once are then the user's own risk.
    const bool held = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    struct stat status = {};
    if (held && ::fstat(descriptor_, &status) == 0 && status.st_nlink > 0) break;
    ::close(descriptor_);
    if (!held) {
      std::filesystem::path router = path;
      throw Error(ErrorCode::kBusy, "another training is writing " +
                                        router.replace_extension().string() +
                                        "; wait until it is done, or name another --out");
    }
    // Its holder has removed it between the two calls.
  }
  std::error_code ignored;
  const std::string begin = path.filename().string() + ".tmp";
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().filename().string().starts_with(begin)) {
      std::filesystem::remove(entry.path(), ignored);
    }
  }
}

CheckpointLock::~CheckpointLock() {
  ::unlink(file_.c_str());
  ::close(descriptor_);
}

}  // namespace paq
