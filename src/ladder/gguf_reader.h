// SPDX-License-Identifier: MIT
// Metadata of a GGUF file, read without loading its weights.
//
// Checks that the file is whole: magic, version, and that every tensor's bytes lie inside it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace paq {

struct GgufTensor {
  std::string name;
  std::string type;            ///< ggml's name, "q4_K".
  std::vector<int64_t> shape;  ///< ggml order: shape[0] is the row.
  int64_t bytes = 0;
};

/// Immutable after opening; safe to read from several threads.
class GgufReader {
 public:
  /// Opens read-only. Throws Error(kNotFound), or Error(kBadFile) for a file that is no GGUF or is
  /// truncated (with expected and actual size).
  explicit GgufReader(const std::filesystem::path& path);
  ~GgufReader();
  GgufReader(GgufReader&&) noexcept;
  GgufReader& operator=(GgufReader&&) noexcept;

  const std::filesystem::path& path() const;

  /// nullopt where the key is absent; Error(kBadFile) where it has another type.
  std::optional<std::string> string(const std::string& key) const;
  std::optional<int64_t> integer(const std::string& key) const;
  std::optional<double> number(const std::string& key) const;
  std::optional<std::vector<std::string>> strings(const std::string& key) const;

  /// A list of whole numbers; a single one counts as a list of one.
  std::optional<std::vector<int64_t>> integers(const std::string& key) const;

  /// A list of floating-point numbers; a single one counts as a list of one.
  std::optional<std::vector<double>> numbers(const std::string& key) const;

  /// Elements of a list of any type; nullopt and errors as above.
  std::optional<int64_t> array_length(const std::string& key) const;

  const std::vector<GgufTensor>& tensors() const;
  const GgufTensor* tensor(const std::string& name) const;  ///< Null where there is none.

  /// A tensor's bytes as they stand in the file. Throws Error(kIo) where the file has changed.
  std::string tensor_bytes(const GgufTensor& tensor) const;

  int64_t parameters() const;      ///< Sum of tensor elements.
  double bits_per_weight() const;  ///< Tensor bits over `parameters`.
  std::string file_type() const;   ///< general.file_type as llama.cpp names it ("Q4_K_M"), or "?".
  std::string tokenizer_hash() const;  ///< SHA-256 over every tokenizer.ggml.* key and value.

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace paq
