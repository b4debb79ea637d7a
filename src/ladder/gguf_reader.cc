// SPDX-License-Identifier: MIT
#include "ladder/gguf_reader.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <utility>

#include "core/error.h"
#include "core/hash.h"
#include "ladder/gguf_handles.h"
#include "ladder/quantisation.h"

namespace paq {
namespace {

// Bytes of one value in memory.
size_t value_bytes(gguf_type type) {
  switch (type) {
    case GGUF_TYPE_UINT8:
    case GGUF_TYPE_INT8:
    case GGUF_TYPE_BOOL:
      return 1;
    case GGUF_TYPE_UINT16:
    case GGUF_TYPE_INT16:
      return 2;
    case GGUF_TYPE_UINT32:
    case GGUF_TYPE_INT32:
    case GGUF_TYPE_FLOAT32:
      return 4;
    default:
      return 8;
  }
}

// A value's bytes as they stand in the file, its type first, so that equal hashes mean equal
// tokenizers.
void hash_value(Sha256& hash, const gguf_context* gguf, int64_t id) {
  gguf_type type = gguf_get_kv_type(gguf, id);
  hash.update_field(gguf_type_name(type));
  if (type == GGUF_TYPE_STRING) {
    hash.update_field(gguf_get_val_str(gguf, id));
    return;
  }
  if (type != GGUF_TYPE_ARRAY) {
    const char* data = static_cast<const char*>(gguf_get_val_data(gguf, id));
    hash.update_field({data, value_bytes(type)});
    return;
  }
  type = gguf_get_arr_type(gguf, id);
  const size_t n = gguf_get_arr_n(gguf, id);
  hash.update_field(gguf_type_name(type));
  hash.update_field(std::to_string(n));
  if (type == GGUF_TYPE_STRING) {
    for (size_t i = 0; i < n; ++i) hash.update_field(gguf_get_arr_str(gguf, id, i));
  } else {
    const char* data = static_cast<const char*>(gguf_get_arr_data(gguf, id));
    hash.update_field({data, n * value_bytes(type)});
  }
}

}  // namespace

struct GgufReader::Impl {
  std::filesystem::path path;
  GgufHandle gguf;
  std::vector<GgufTensor> tensors;

  // The id of a key, or nullopt.
  std::optional<int64_t> find(const std::string& key) const {
    const int64_t id = gguf_find_key(gguf.get(), key.c_str());
    return id < 0 ? std::nullopt : std::optional(id);
  }

  [[noreturn]] void wrong_type(const std::string& key, const char* expected, int64_t id) const {
    throw Error(ErrorCode::kBadFile, path.string() + ": key " + key + " must be " + expected +
                                         ", found " +
                                         gguf_type_name(gguf_get_kv_type(gguf.get(), id)));
  }
};

GgufReader::GgufReader(const std::filesystem::path& path) : impl_(std::make_unique<Impl>()) {
  impl_->path = path;
  impl_->gguf = open_gguf(path);
  const gguf_context* gguf = impl_->gguf.get();
  for (int64_t id = 0; id < gguf_get_n_tensors(gguf); ++id) {
    GgufTensor tensor;
    tensor.name = gguf_get_tensor_name(gguf, id);
    tensor.type = ggml_type_name(gguf_get_tensor_type(gguf, id));
    const int64_t* ne = gguf_get_tensor_ne(gguf, id);
    int dims = GGML_MAX_DIMS;
    while (dims > 1 && ne[dims - 1] == 1) --dims;
    tensor.shape.assign(ne, ne + dims);
    tensor.bytes = static_cast<int64_t>(gguf_get_tensor_size(gguf, id));
    impl_->tensors.push_back(std::move(tensor));
  }
}

GgufReader::~GgufReader() = default;
GgufReader::GgufReader(GgufReader&&) noexcept = default;
GgufReader& GgufReader::operator=(GgufReader&&) noexcept = default;

const std::filesystem::path& GgufReader::path() const { return impl_->path; }

std::optional<std::string> GgufReader::string(const std::string& key) const {
  const auto id = impl_->find(key);
  if (!id) return std::nullopt;
  if (gguf_get_kv_type(impl_->gguf.get(), *id) != GGUF_TYPE_STRING) {
    impl_->wrong_type(key, "a string", *id);
  }
  return gguf_get_val_str(impl_->gguf.get(), *id);
}

std::optional<int64_t> GgufReader::integer(const std::string& key) const {
  const auto id = impl_->find(key);
  if (!id) return std::nullopt;
  const gguf_context* gguf = impl_->gguf.get();
  switch (gguf_get_kv_type(gguf, *id)) {
    case GGUF_TYPE_UINT8:
      return gguf_get_val_u8(gguf, *id);
    case GGUF_TYPE_INT8:
      return gguf_get_val_i8(gguf, *id);
    case GGUF_TYPE_UINT16:
      return gguf_get_val_u16(gguf, *id);
    case GGUF_TYPE_INT16:
      return gguf_get_val_i16(gguf, *id);
    case GGUF_TYPE_UINT32:
      return gguf_get_val_u32(gguf, *id);
    case GGUF_TYPE_INT32:
      return gguf_get_val_i32(gguf, *id);
    case GGUF_TYPE_UINT64:
      return static_cast<int64_t>(gguf_get_val_u64(gguf, *id));
    case GGUF_TYPE_INT64:
      return gguf_get_val_i64(gguf, *id);
    case GGUF_TYPE_BOOL:
      return gguf_get_val_bool(gguf, *id) ? 1 : 0;
    default:
      impl_->wrong_type(key, "a whole number", *id);
  }
}

std::optional<std::vector<double>> GgufReader::numbers(const std::string& key) const {
  const auto id = impl_->find(key);
  if (!id) return std::nullopt;
  const gguf_context* gguf = impl_->gguf.get();
  if (gguf_get_kv_type(gguf, *id) != GGUF_TYPE_ARRAY) return std::vector{*number(key)};
  const gguf_type type = gguf_get_arr_type(gguf, *id);
  const size_t n = gguf_get_arr_n(gguf, *id);
  if (type == GGUF_TYPE_FLOAT32) {
    const auto* data = static_cast<const float*>(gguf_get_arr_data(gguf, *id));
    return std::vector<double>(data, data + n);
  }
  if (type != GGUF_TYPE_FLOAT64) {
    impl_->wrong_type(key, "a list of floating-point numbers", *id);
  }
  const auto* data = static_cast<const double*>(gguf_get_arr_data(gguf, *id));
  return std::vector<double>(data, data + n);
}

std::optional<std::vector<int64_t>> GgufReader::integers(const std::string& key) const {
  const auto id = impl_->find(key);
  if (!id) return std::nullopt;
  const gguf_context* gguf = impl_->gguf.get();
  if (gguf_get_kv_type(gguf, *id) != GGUF_TYPE_ARRAY) return std::vector{*integer(key)};
  const gguf_type type = gguf_get_arr_type(gguf, *id);
  if (type != GGUF_TYPE_INT32 && type != GGUF_TYPE_UINT32) {
    impl_->wrong_type(key, "a list of 32-bit whole numbers", *id);
  }
  const size_t n = gguf_get_arr_n(gguf, *id);
  if (type == GGUF_TYPE_INT32) {
    const auto* data = static_cast<const int32_t*>(gguf_get_arr_data(gguf, *id));
    return std::vector<int64_t>(data, data + n);
  }
  const auto* data = static_cast<const uint32_t*>(gguf_get_arr_data(gguf, *id));
  return std::vector<int64_t>(data, data + n);
}

std::optional<double> GgufReader::number(const std::string& key) const {
  const auto id = impl_->find(key);
  if (!id) return std::nullopt;
  const gguf_context* gguf = impl_->gguf.get();
  switch (gguf_get_kv_type(gguf, *id)) {
    case GGUF_TYPE_FLOAT32:
      return gguf_get_val_f32(gguf, *id);
    case GGUF_TYPE_FLOAT64:
      return gguf_get_val_f64(gguf, *id);
    case GGUF_TYPE_STRING:
    case GGUF_TYPE_ARRAY:
      impl_->wrong_type(key, "a number", *id);
    default:
      return static_cast<double>(*integer(key));
  }
}

std::optional<std::vector<std::string>> GgufReader::strings(const std::string& key) const {
  const auto id = impl_->find(key);
  if (!id) return std::nullopt;
  const gguf_context* gguf = impl_->gguf.get();
  if (gguf_get_kv_type(gguf, *id) != GGUF_TYPE_ARRAY ||
      gguf_get_arr_type(gguf, *id) != GGUF_TYPE_STRING) {
    impl_->wrong_type(key, "a list of strings", *id);
  }
  std::vector<std::string> values(gguf_get_arr_n(gguf, *id));
  for (size_t i = 0; i < values.size(); ++i) values[i] = gguf_get_arr_str(gguf, *id, i);
  return values;
}

std::optional<int64_t> GgufReader::array_length(const std::string& key) const {
  const auto id = impl_->find(key);
  if (!id) return std::nullopt;
  if (gguf_get_kv_type(impl_->gguf.get(), *id) != GGUF_TYPE_ARRAY) {
    impl_->wrong_type(key, "a list", *id);
  }
  return static_cast<int64_t>(gguf_get_arr_n(impl_->gguf.get(), *id));
}

const std::vector<GgufTensor>& GgufReader::tensors() const { return impl_->tensors; }

const GgufTensor* GgufReader::tensor(const std::string& name) const {
  const auto found = std::ranges::find(impl_->tensors, name, &GgufTensor::name);
  return found == impl_->tensors.end() ? nullptr : &*found;
}

std::string GgufReader::tensor_bytes(const GgufTensor& tensor) const {
  const gguf_context* gguf = impl_->gguf.get();
  const int64_t id = gguf_find_tensor(gguf, tensor.name.c_str());
  if (id < 0) {
    throw Error(ErrorCode::kUsage, impl_->path.string() + " has no tensor " + tensor.name);
  }
  std::string bytes(gguf_get_tensor_size(gguf, id), '\0');
  std::ifstream file(impl_->path, std::ios::binary);
  file.seekg(
      static_cast<std::streamoff>(gguf_get_data_offset(gguf) + gguf_get_tensor_offset(gguf, id)));
  if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
    throw Error(ErrorCode::kIo, "cannot read " + tensor.name + " from " + impl_->path.string());
  }
  return bytes;
}

int64_t GgufReader::parameters() const {
  int64_t total = 0;
  for (const GgufTensor& tensor : impl_->tensors) {
    int64_t elements = 1;
    for (const int64_t n : tensor.shape) elements *= n;
    total += elements;
  }
  return total;
}

double GgufReader::bits_per_weight() const {
  double bits = 0;
  for (const GgufTensor& tensor : impl_->tensors) bits += 8.0 * static_cast<double>(tensor.bytes);
  const int64_t weights = parameters();
  return weights > 0 ? bits / static_cast<double>(weights) : 0;
}

std::string GgufReader::file_type() const {
  const std::optional<int64_t> type = integer("general.file_type");
  return type ? quantisation_name(*type) : "?";
}

std::string GgufReader::tokenizer_hash() const {
  const gguf_context* gguf = impl_->gguf.get();
  // Sorted, since quantisers may reorder the keys.
  std::map<std::string, int64_t> ids;
  for (int64_t id = 0; id < gguf_get_n_kv(gguf); ++id) {
    const std::string key = gguf_get_key(gguf, id);
    if (key.starts_with("tokenizer.ggml.")) ids.emplace(key, id);
  }
  Sha256 hash;
  for (const auto& [key, id] : ids) {
    hash.update_field(key);
    hash_value(hash, gguf, id);
  }
  return hash.finish();
}

}  // namespace paq
