// SPDX-License-Identifier: MIT
// Text to the ids a router reads: the vocabulary of a GGUF file, applied by llama.cpp.
//
// Training and serving both go through this, so their ids agree by construction. It trains no
// vocabulary (train/bpe.h does).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

namespace paq {

/// Immutable after loading; safe to use from several threads.
class Tokenizer {
 public:
  /// Reads the vocabulary alone; the file needs no tensors. Throws Error(kNotFound or kBadFile).
  static Tokenizer load(const std::filesystem::path& gguf);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  /// Ids of `text` between the special tokens that the file asks for ([CLS] and [SEP]). Any bytes
  /// are taken as text: names of special tokens are not parsed, bytes that are no UTF-8 become
  /// U+FFFD, and the file may ask for Unicode's composed form. Throws Error(kTooLong) for 2 GiB or
  /// more.
  std::vector<int32_t> encode(std::string_view text) const;

  int vocab_size() const;

 private:
  Tokenizer();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Shortens `ids` to `context_tokens` (>= 2) by taking from the middle: a request mostly states its
/// task at the beginning or the end, and the special tokens stay. Returns how many were dropped.
int cut_to_context(std::vector<int32_t>& ids, int context_tokens);

}  // namespace paq
