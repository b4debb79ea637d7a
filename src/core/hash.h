// SPDX-License-Identifier: MIT
// SHA-256, for files, prompts and settings.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace paq {

/// Incremental SHA-256. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);

  /// Adds the length first, so that ("ab", "c") and ("a", "bc") differ.
  void update_field(std::string_view bytes);

  /// Lower-case hex, 64 characters. The object can't be used afterwards.
  std::string finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::string sha256_hex(std::string_view bytes);

/// Throws Error(kNotFound or kIo).
std::string sha256_file(const std::filesystem::path& path);

}  // namespace paq
