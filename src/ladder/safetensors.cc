// SPDX-License-Identifier: MIT
#include "ladder/safetensors.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "core/error.h"
#include "core/half.h"

namespace paq {
namespace {

using Json = nlohmann::json;

static_assert(std::endian::native == std::endian::little, "files hold little-endian numbers");

constexpr int64_t kLengthBytes = 8;
constexpr int64_t kLargestHeader = 100'000'000;  // the format's own limit
// An object of objects of lists.
constexpr int kDeepest = 3;

// Types whose elements are whole bytes.
struct NamedType {
  std::string_view name;
  int64_t bytes;
};
constexpr std::array kTypes = {
    NamedType{"BOOL", 1},    NamedType{"U8", 1},      NamedType{"I8", 1},  NamedType{"F8_E5M2", 1},
    NamedType{"F8_E4M3", 1}, NamedType{"F8_E8M0", 1}, NamedType{"U16", 2}, NamedType{"I16", 2},
    NamedType{"F16", 2},     NamedType{"BF16", 2},    NamedType{"U32", 4}, NamedType{"I32", 4},
    NamedType{"F32", 4},     NamedType{"U64", 8},     NamedType{"I64", 8}, NamedType{"F64", 8},
    NamedType{"C64", 8},
};

std::optional<int64_t> type_bytes(std::string_view name) {
  const auto found = std::ranges::find(kTypes, name, &NamedType::name);
  return found == kTypes.end() ? std::nullopt : std::optional(found->bytes);
}

// A name from the file, fit for a line of text.
std::string in_quotes(std::string_view name) {
  constexpr size_t kMost = 100;
  return Json(std::string(name.substr(0, kMost)))
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

// What is wrong with the file; the path is put before it.
struct Damage {
  std::string reason;
};

int64_t as_size(const Json& value, const std::string& what) {
  constexpr uint64_t kMost = uint64_t{1} << 56;
  if (!value.is_number_unsigned() || value.get<uint64_t>() > kMost) {
    throw Damage{what + " must be a whole number from 0 to 2^56"};
  }
  return static_cast<int64_t>(value.get<uint64_t>());
}

SafeTensor read_entry(const std::string& name, const Json& json) {
  const std::string where = "tensor " + in_quotes(name);
  if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") ||
      !json.contains("data_offsets")) {
    throw Damage{where + " must have dtype, shape and data_offsets, and nothing else"};
  }
  const Json& type = json["dtype"];
  const Json& shape = json["shape"];
  const Json& offsets = json["data_offsets"];
  if (!type.is_string() || !shape.is_array() || !offsets.is_array() || offsets.size() != 2) {
    throw Damage{where + " must have a text as dtype, a list as shape and two data_offsets"};
  }
  SafeTensor tensor{.name = name, .type = type.get<std::string>()};
  const std::optional<int64_t> size = type_bytes(tensor.type);
  if (!size) throw Damage{where + " is of unknown type " + in_quotes(tensor.type)};
  int64_t bytes = *size;
  for (const Json& dimension : shape) {
    tensor.shape.push_back(as_size(dimension, where + ": shape"));
    if (__builtin_mul_overflow(bytes, tensor.shape.back(), &bytes)) {
      throw Damage{where + " has an impossible shape"};
    }
  }
  tensor.begin = as_size(offsets[0], where + ": data_offsets");
  tensor.bytes = as_size(offsets[1], where + ": data_offsets") - tensor.begin;
  if (tensor.bytes != bytes) {
    throw Damage{where + " has " + std::to_string(tensor.bytes) + " bytes, its shape needs " +
                 std::to_string(bytes)};
  }
  return tensor;
}

// The header as JSON. A name that stands twice is refused: which one counts would be anyone's
// guess.
Json parse_header(const std::string& text) {
  std::vector<std::set<std::string>> names;
  const auto check = [&](int depth, Json::parse_event_t event, const Json& value) {
    if (depth > kDeepest) throw Damage{"its header is nested too deeply"};
    if (event == Json::parse_event_t::object_start) names.emplace_back();
    if (event == Json::parse_event_t::object_end) names.pop_back();
    if (event == Json::parse_event_t::key &&
        !names.back().insert(value.get<std::string>()).second) {
      throw Damage{in_quotes(value.get<std::string>()) + " stands twice in its header"};
    }
    return true;
  };
  if (!text.starts_with('{')) throw Damage{"its header does not start with {"};
  try {
    return Json::parse(text, check);
  } catch (const Json::exception&) {
    throw Damage{"its header is no JSON"};
  }
}

std::vector<SafeTensor> read_header(const std::string& text, int64_t data_bytes) {
  const Json header = parse_header(text);
  std::vector<SafeTensor> tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name != "__metadata__") tensors.push_back(read_entry(name, entry));
  }
  std::ranges::stable_sort(tensors, [](const SafeTensor& a, const SafeTensor& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.bytes < b.bytes;
  });
  int64_t end = 0;
  for (const SafeTensor& tensor : tensors) {
    if (tensor.begin != end) {
      throw Damage{"tensor " + in_quotes(tensor.name) + " begins at byte " +
                   std::to_string(tensor.begin) + ", expected " + std::to_string(end) +
                   " where the one before it ends"};
    }
    end += tensor.bytes;
  }
  if (end != data_bytes) {
    throw Damage{"its tensors take " + std::to_string(end) + " bytes, the file has " +
                 std::to_string(data_bytes) + " for them"};
  }
  return tensors;
}

class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& path) : path_(path) {
    // A FIFO must not block.
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file_ < 0) throw error_from_errno("cannot open " + path.string());
    struct stat status = {};
    if (::fstat(file_, &status) != 0) {
      const Error error = error_from_errno("cannot open " + path.string());
      ::close(file_);
      throw error;
    }
    if (!S_ISREG(status.st_mode)) {
      ::close(file_);
      throw Error(ErrorCode::kBadFile,
                  path.string() + " is not a regular file; expected a safetensors file");
    }
    size_ = status.st_size;
  }
  ~OpenFile() { ::close(file_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int64_t size() const { return size_; }

  std::string read(int64_t from, int64_t bytes) const {
    std::string text(static_cast<size_t>(bytes), '\0');
    size_t done = 0;
    while (done < text.size()) {
      const ssize_t n = ::pread(file_, text.data() + done, text.size() - done,
                                static_cast<off_t>(from) + static_cast<off_t>(done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw error_from_errno("cannot read " + path_.string());
      if (n == 0) {
        throw Error(ErrorCode::kIo, path_.string() + " became shorter while it was read");
      }
      done += static_cast<size_t>(n);
    }
    return text;
  }

 private:
  std::filesystem::path path_;
  int file_ = -1;
  int64_t size_ = 0;
};

template <typename Number>
Number number_at(std::string_view bytes, size_t index) {
  Number number;
  std::memcpy(&number, bytes.data() + index * sizeof number, sizeof number);
  return number;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

int64_t SafeTensor::elements() const {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

struct SafetensorsReader::Impl {
  explicit Impl(const std::filesystem::path& p) : path(p), file(p) {}

  std::vector<SafeTensor> open() {
    if (file.size() < kLengthBytes)
      throw Damage{"it has " + std::to_string(file.size()) + " bytes"};
    const auto length = number_at<uint64_t>(file.read(0, kLengthBytes), 0);
    const int64_t room = file.size() - kLengthBytes;
    if (length > static_cast<uint64_t>(std::min(room, kLargestHeader))) {
      throw Damage{"its header should have " + std::to_string(length) + " bytes, the file has " +
                   std::to_string(room) + " after the length"};
    }
    data = kLengthBytes + static_cast<int64_t>(length);
    return read_header(file.read(kLengthBytes, data - kLengthBytes), file.size() - data);
  }

  std::filesystem::path path;
  OpenFile file;
  int64_t data = 0;  // where the header ends
  std::vector<SafeTensor> tensors;
};

SafetensorsReader::SafetensorsReader(const std::filesystem::path& path)
    : impl_(std::make_unique<Impl>(path)) {
  try {
    impl_->tensors = impl_->open();
  } catch (const Damage& damage) {
    throw Error(ErrorCode::kBadFile, path.string() + " is truncated, damaged or no safetensors " +
                                         "file: " + damage.reason + "; fetch it again");
  }
}

SafetensorsReader::~SafetensorsReader() = default;
SafetensorsReader::SafetensorsReader(SafetensorsReader&&) noexcept = default;
SafetensorsReader& SafetensorsReader::operator=(SafetensorsReader&&) noexcept = default;

const std::filesystem::path& SafetensorsReader::path() const { return impl_->path; }

const std::vector<SafeTensor>& SafetensorsReader::tensors() const { return impl_->tensors; }

const SafeTensor* SafetensorsReader::tensor(std::string_view name) const {
  const auto found = std::ranges::find(impl_->tensors, name, &SafeTensor::name);
  return found == impl_->tensors.end() ? nullptr : &*found;
}

std::vector<float> SafetensorsReader::values(const SafeTensor& tensor) const {
  if (!is_float_type(tensor.type)) {
    throw Error(ErrorCode::kBadFile, impl_->path.string() + ": tensor " + in_quotes(tensor.name) +
                                         " is of type " + tensor.type +
                                         ", expected F32, F16 or BF16");
  }
  return float_values(impl_->file.read(impl_->data + tensor.begin, tensor.bytes), tensor.type);
}

bool is_float_type(std::string_view type) {
  const std::string name = upper(type);
  return name == "F32" || name == "F16" || name == "BF16";
}

std::vector<float> float_values(std::string_view bytes, std::string_view type) {
  const std::string name = upper(type);
  std::vector<float> values;
  if (name == "F32") {
    values.resize(bytes.size() / sizeof(float));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
    return values;
  }
  values.resize(bytes.size() / sizeof(uint16_t));
  for (size_t i = 0; i < values.size(); ++i) {
    const auto half = number_at<uint16_t>(bytes, i);
    values[i] = name == "F16" ? float_of_half(half) : std::bit_cast<float>(uint32_t{half} << 16);
  }
  return values;
}

}  // namespace paq
