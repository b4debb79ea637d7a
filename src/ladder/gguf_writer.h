// SPDX-License-Identifier: MIT
// Writes a GGUF file: metadata first, then tensors, whole or not at all.
//
// This and gguf_reader.h are the only doors to GGUF metadata. The writer knows nothing of
// architectures: the caller names every key and tensor as llama.cpp expects them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace paq {

/// How a tensor's elements are stored. The values given are always F32.
enum class TensorType { kF32, kF16, kBF16 };

/// Collects keys and tensors in memory and writes them in one go. Not thread-safe.
///
/// A key set twice keeps its last value; adding two tensors of one name throws Error(kUsage).
class GgufWriter {
 public:
  GgufWriter();
  ~GgufWriter();
  GgufWriter(GgufWriter&&) noexcept;
  GgufWriter& operator=(GgufWriter&&) noexcept;

  void set_string(const std::string& key, std::string_view value);
  void set_bool(const std::string& key, bool value);
  void set_u32(const std::string& key, uint32_t value);
  void set_i32(const std::string& key, int32_t value);
  void set_u64(const std::string& key, uint64_t value);
  void set_f32(const std::string& key, float value);
  void set_f64(const std::string& key, double value);
  void set_strings(const std::string& key, std::span<const std::string> values);
  void set_i32s(const std::string& key, std::span<const int32_t> values);
  void set_f32s(const std::string& key, std::span<const float> values);
  void set_f64s(const std::string& key, std::span<const double> values);

  /// Copies every `tokenizer.*` key of another GGUF file. Throws Error(kBadFile) when it can't be
  /// read.
  void copy_tokenizer(const std::filesystem::path& gguf);

  /// Takes over every key and every tensor of another GGUF file, tensors byte by byte. Throws
  /// Error(kBadFile) when it can't be read, Error(kUsage) for a tensor of a name that is there.
  void copy_file(const std::filesystem::path& gguf);

  /// Removes every key that begins with `prefix`.
  void remove_keys(std::string_view prefix);

  /// Adds a tensor. `shape` is in ggml order: shape[0] is the contiguous (row) dimension, so a
  /// PyTorch weight [out, in] is given as {in, out} with its values unchanged. `values` holds
  /// the product of `shape` elements and is copied (converted to `type`).
  void add_tensor(const std::string& name, std::span<const int64_t> shape,
                  std::span<const float> values, TensorType type);

  /// Writes to a temporary file beside `path`, syncs it and renames it into place. Throws
  /// Error(kNoSpace or kIo) and leaves nothing behind when that fails. Blocks.
  void write(const std::filesystem::path& path) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace paq
