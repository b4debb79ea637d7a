// SPDX-License-Identifier: MIT
// Safetensors files, in which Hugging Face publishes weights: a header of eight length bytes and
// JSON, then the tensors' bytes.
//
// Believes nothing that it has not checked against the file's size, and reads one tensor at a time.
// It knows no architecture; what names and shapes mean is the caller's business.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace paq {

struct SafeTensor {
  std::string name;
  std::string type;              ///< The format's name, "BF16".
  std::vector<int64_t> shape{};  ///< PyTorch order: the row's length last. Empty: one number.
  int64_t begin = 0;             ///< Offset after the header.
  int64_t bytes = 0;             ///< shape times the type's size.

  int64_t elements() const;
};

/// Immutable after opening; safe to read from several threads. The file stays open.
class SafetensorsReader {
 public:
  /// Throws Error(kNotFound, kIo), or Error(kBadFile) for a file whose header does not account for
  /// every byte exactly once: cut, longer, with overlaps, gaps, names twice or sizes that
  /// contradict each other.
  explicit SafetensorsReader(const std::filesystem::path& path);
  ~SafetensorsReader();
  SafetensorsReader(SafetensorsReader&&) noexcept;
  SafetensorsReader& operator=(SafetensorsReader&&) noexcept;

  const std::filesystem::path& path() const;

  const std::vector<SafeTensor>& tensors() const;         ///< In the order of their bytes.
  const SafeTensor* tensor(std::string_view name) const;  ///< Null where there is none.

  /// The elements of an F32, F16 or BF16 tensor, row-major. Throws Error(kBadFile) for another
  /// type, Error(kIo) where the file has changed.
  std::vector<float> values(const SafeTensor& tensor) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether float_values() takes a type of this name ("F32", "f16" ...), whatever its case.
bool is_float_type(std::string_view type);

/// Numbers as they stand in a file, little-endian F32, F16 or BF16. `bytes` is a whole number of
/// them; `type` as for is_float_type().
std::vector<float> float_values(std::string_view bytes, std::string_view type);

}  // namespace paq
