// SPDX-License-Identifier: MIT
#include "ladder/gguf_writer.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "ladder/gguf_handles.h"
#include "ladder/gguf_reader.h"
#include "ladder/llama_log.h"

namespace paq {
namespace {

ggml_type ggml_type_of(TensorType type) {
  switch (type) {
    case TensorType::kF32:
      return GGML_TYPE_F32;
    case TensorType::kF16:
      return GGML_TYPE_F16;
    case TensorType::kBF16:
      return GGML_TYPE_BF16;
  }
  throw Error(ErrorCode::kUsage, "unknown tensor type");
}

struct StoredTensor {
  std::string name;
  std::vector<int64_t> shape;
  ggml_type type;
  std::vector<char> bytes;
};

std::vector<char> convert(std::span<const float> values, ggml_type type) {
  std::vector<char> bytes(values.size() * ggml_type_size(type));
  const int64_t n = static_cast<int64_t>(values.size());
  if (type == GGML_TYPE_F16) {
    ggml_fp32_to_fp16_row(values.data(), reinterpret_cast<ggml_fp16_t*>(bytes.data()), n);
  } else if (type == GGML_TYPE_BF16) {
    ggml_fp32_to_bf16_row(values.data(), reinterpret_cast<ggml_bf16_t*>(bytes.data()), n);
  } else {
    std::memcpy(bytes.data(), values.data(), bytes.size());
  }
  return bytes;
}

// What ggml would abort on, or cut off at a zero byte without a word.
const char* checked_key(const std::string& key) {
  if (key.empty() || key.find('\0') != std::string::npos) {
    throw Error(ErrorCode::kUsage, "a GGUF key must be a non-empty string without zero bytes");
  }
  if (key == GGUF_KEY_GENERAL_ALIGNMENT) {
    throw Error(ErrorCode::kUsage, key + " is the writer's own business and can't be set");
  }
  return key.c_str();
}

const char* checked_value(const std::string& key, const std::string& value) {
  if (value.find('\0') != std::string::npos) {
    throw Error(ErrorCode::kUsage,
                "the value of " + key + " holds a zero byte, which ggml cuts off");
  }
  return value.c_str();
}

}  // namespace

struct GgufWriter::Impl {
  GgufHandle keys{gguf_init_empty()};
  std::vector<StoredTensor> tensors;
  std::set<std::string> names;
};

GgufWriter::GgufWriter() : impl_(std::make_unique<Impl>()) {}
GgufWriter::~GgufWriter() = default;
GgufWriter::GgufWriter(GgufWriter&&) noexcept = default;
GgufWriter& GgufWriter::operator=(GgufWriter&&) noexcept = default;

void GgufWriter::set_string(const std::string& key, std::string_view value) {
  gguf_set_val_str(impl_->keys.get(), checked_key(key), checked_value(key, std::string(value)));
}
void GgufWriter::set_bool(const std::string& key, bool value) {
  gguf_set_val_bool(impl_->keys.get(), checked_key(key), value);
}
void GgufWriter::set_u32(const std::string& key, uint32_t value) {
  gguf_set_val_u32(impl_->keys.get(), checked_key(key), value);
}
void GgufWriter::set_i32(const std::string& key, int32_t value) {
  gguf_set_val_i32(impl_->keys.get(), checked_key(key), value);
}
void GgufWriter::set_u64(const std::string& key, uint64_t value) {
  gguf_set_val_u64(impl_->keys.get(), checked_key(key), value);
}
void GgufWriter::set_f32(const std::string& key, float value) {
  gguf_set_val_f32(impl_->keys.get(), checked_key(key), value);
}
void GgufWriter::set_f64(const std::string& key, double value) {
  gguf_set_val_f64(impl_->keys.get(), checked_key(key), value);
}

void GgufWriter::set_strings(const std::string& key, std::span<const std::string> values) {
  std::vector<const char*> pointers;
  pointers.reserve(values.size());
  for (const std::string& value : values) pointers.push_back(checked_value(key, value));
  gguf_set_arr_str(impl_->keys.get(), checked_key(key), pointers.data(), pointers.size());
}
void GgufWriter::set_i32s(const std::string& key, std::span<const int32_t> values) {
  gguf_set_arr_data(impl_->keys.get(), checked_key(key), GGUF_TYPE_INT32, values.data(),
                    values.size());
}
void GgufWriter::set_f32s(const std::string& key, std::span<const float> values) {
  gguf_set_arr_data(impl_->keys.get(), checked_key(key), GGUF_TYPE_FLOAT32, values.data(),
                    values.size());
}

void GgufWriter::set_f64s(const std::string& key, std::span<const double> values) {
  gguf_set_arr_data(impl_->keys.get(), checked_key(key), GGUF_TYPE_FLOAT64, values.data(),
                    values.size());
}

void GgufWriter::copy_tokenizer(const std::filesystem::path& gguf) {
  const GgufHandle source = open_gguf(gguf);
  GgufHandle selected(gguf_init_empty());
  gguf_set_kv(selected.get(), source.get());
  for (int64_t id = 0; id < gguf_get_n_kv(source.get()); ++id) {
    const char* key = gguf_get_key(source.get(), id);
    if (!std::string_view(key).starts_with("tokenizer.")) gguf_remove_key(selected.get(), key);
  }
  gguf_set_kv(impl_->keys.get(), selected.get());
}

void GgufWriter::copy_file(const std::filesystem::path& gguf) {
  const GgufHandle source = open_gguf(gguf);
  const GgufReader reader(gguf);
  for (const GgufTensor& tensor : reader.tensors()) {
    if (impl_->names.contains(tensor.name)) {
      throw Error(ErrorCode::kUsage, "tensor " + tensor.name + " was added twice");
    }
  }
  GgufHandle selected(gguf_init_empty());
  gguf_set_kv(selected.get(), source.get());
  gguf_remove_key(selected.get(), GGUF_KEY_GENERAL_ALIGNMENT);  // offsets are made anew
  gguf_set_kv(impl_->keys.get(), selected.get());
  for (const GgufTensor& tensor : reader.tensors()) {
    impl_->names.insert(tensor.name);
    const std::string bytes = reader.tensor_bytes(tensor);
    const int64_t id = gguf_find_tensor(source.get(), tensor.name.c_str());
    impl_->tensors.push_back({tensor.name,
                              tensor.shape,
                              gguf_get_tensor_type(source.get(), id),
                              {bytes.begin(), bytes.end()}});
  }
}

void GgufWriter::remove_keys(std::string_view prefix) {
  std::vector<std::string> keys;
  for (int64_t id = 0; id < gguf_get_n_kv(impl_->keys.get()); ++id) {
    const std::string key = gguf_get_key(impl_->keys.get(), id);
    if (key.starts_with(prefix)) keys.push_back(key);
  }
  for (const std::string& key : keys) gguf_remove_key(impl_->keys.get(), key.c_str());
}

void GgufWriter::add_tensor(const std::string& name, std::span<const int64_t> shape,
                            std::span<const float> values, TensorType type) {
  if (name.empty() || name.size() >= GGML_MAX_NAME || name.find('\0') != std::string::npos) {
    throw Error(ErrorCode::kUsage, "tensor name \"" + name + "\" must have 1 to " +
                                       std::to_string(GGML_MAX_NAME - 1) + " bytes");
  }
  if (shape.empty() || shape.size() > GGML_MAX_DIMS) {
    throw Error(ErrorCode::kUsage, "tensor " + name + " must have 1 to " +
                                       std::to_string(GGML_MAX_DIMS) + " dimensions, got " +
                                       std::to_string(shape.size()));
  }
  size_t elements = 1;
  for (const int64_t n : shape) {
    const size_t size = n > 0 ? static_cast<size_t>(n) : 0;
    elements = size > 0 && elements <= values.size() / size ? elements * size : 0;
  }
  if (elements == 0 || elements != values.size()) {
    throw Error(ErrorCode::kUsage, "tensor " + name + " was given " +
                                       std::to_string(values.size()) +
                                       " values, which is not the product of its shape");
  }
  if (!impl_->names.insert(name).second) {
    throw Error(ErrorCode::kUsage, "tensor " + name + " was added twice");
  }
  const ggml_type stored = ggml_type_of(type);
  impl_->tensors.push_back({name, {shape.begin(), shape.end()}, stored, convert(values, stored)});
}

void GgufWriter::write(const std::filesystem::path& path) const {
  silence_llama_log();
  GgufHandle gguf(gguf_init_empty());
  gguf_set_kv(gguf.get(), impl_->keys.get());
  const GgmlHandle tensors(
      ggml_init({.mem_size = ggml_tensor_overhead() * (impl_->tensors.size() + 1),
                 .mem_buffer = nullptr,
                 .no_alloc = true}));
  if (!tensors) throw Error(ErrorCode::kOutOfMemory, "no memory to write " + path.string());
  for (const StoredTensor& stored : impl_->tensors) {
    ggml_tensor* tensor = ggml_new_tensor(
        tensors.get(), stored.type, static_cast<int>(stored.shape.size()), stored.shape.data());
    ggml_set_name(tensor, stored.name.c_str());
    tensor->data = const_cast<char*>(stored.bytes.data());  // read, never written
    gguf_add_tensor(gguf.get(), tensor);
  }

  TemporaryFile temporary(path);
  std::FILE* file = std::fopen(temporary.path().c_str(), "wb");
  if (!file) throw error_from_errno("cannot write " + path.string());
  const LlamaLogCapture log;
  errno = 0;
  bool written = gguf_write_to_file_ptr(gguf.get(), file, /*only_meta=*/false);
  written = written && std::fflush(file) == 0;
  const int reason = errno;
  const bool closed = std::fclose(file) == 0;
  if (!written || !closed) {
    if (!written) errno = reason;
    throw error_from_errno("cannot write " + path.string());
  }
  temporary.commit();
}

}  // namespace paq
