// SPDX-License-Identifier: MIT
// Byte-level BPE: trains a small vocabulary and encodes text as llama.cpp would.
//
// Written for `tokenizer.ggml.model = "gpt2"` with `tokenizer.ggml.pre = "qwen2"` (every digit is a
// token of its own). On ASCII text the ids are llama.cpp's own; bytes above 127 are taken as
// letters, which is right for letters and may split other symbols elsewhere than llama.cpp does.
// This is no general tokenizer library: published vocabularies are read by llama.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace paq {

struct BpeOptions {
  /// Tokens in all: 256 bytes, merges and special tokens. At least 256 + special_tokens.size().
  size_t vocab_size = 1024;
  /// Appended after the merges, in this order; never produced by encode(). Distinct, non-empty.
  std::vector<std::string> special_tokens;
  /// A pair seen less often than this is not merged, even if the vocabulary stays smaller.
  size_t min_count = 2;
};

/// A trained vocabulary. Immutable after construction, so safe to share between threads.
class BpeVocab {
 public:
  /// `merges` are pairs of ids, best first; merge i makes token 256 + i. Ids 0-255 are the bytes.
  BpeVocab(std::vector<std::pair<int32_t, int32_t>> merges, std::vector<std::string> specials);

  size_t size() const { return tokens_.size(); }

  /// Ids of plain text. The names of special tokens have no meaning here.
  std::vector<int32_t> encode(std::string_view text) const;

  /// Ids of text in which special tokens are written out, as in a rendered chat template.
  std::vector<int32_t> encode_with_special(std::string_view text) const;

  /// The bytes of `ids`; special tokens are written out. Throws Error(kUsage) for an unknown id.
  std::string decode(std::span<const int32_t> ids) const;

  /// Id of a special token. Throws Error(kNotFound) where there is none of that name.
  int32_t special_id(std::string_view name) const;

  /// `tokenizer.ggml.tokens`: bytes in GPT-2's printable spelling, specials as they are.
  const std::vector<std::string>& tokens() const { return tokens_; }
  /// `tokenizer.ggml.merges`: "left right", best first.
  const std::vector<std::string>& merges() const { return merge_texts_; }
  /// `tokenizer.ggml.token_type`: 1 (normal) or 3 (control).
  const std::vector<int32_t>& types() const { return types_; }

 private:
  struct Merge {
    int32_t rank;
    int32_t result;
  };

  void encode_word(std::string_view word, std::vector<int32_t>& ids) const;

  std::unordered_map<uint64_t, Merge> merges_;  // key: left id << 32 | right id
  std::vector<std::string> bytes_;              // per id: the bytes it stands for
  std::vector<std::string> tokens_;
  std::vector<std::string> merge_texts_;
  std::vector<int32_t> types_;
  std::vector<std::pair<std::string, int32_t>> specials_;  // longest first
};

/// Learns merges from `texts`, most frequent pair first, ties to the lower ids. Deterministic.
/// Throws Error(kUsage) where `options` contradict themselves.
BpeVocab train_bpe(std::span<const std::string> texts, const BpeOptions& options);

/// The pieces inside which merges happen; their concatenation is `text`. The views point into it.
std::vector<std::string_view> bpe_split(std::string_view text);

}  // namespace paq
