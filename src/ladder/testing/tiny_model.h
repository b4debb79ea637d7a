// SPDX-License-Identifier: MIT
// Language models with random weights, small enough for any test. Linked by tests only (target
// paq_testing).
//
// They load, tokenise, quantise and generate like any other Llama model; what they write means
// nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/ladder.h"
#include "ladder/gguf_writer.h"

namespace paq::testing {

struct TinyModelOptions {
  std::string name = "tiny";
  std::string architecture = "llama";
  int width = 256;  ///< A multiple of 256 lets every quantisation fit.
  int blocks = 2;
  int heads = 4;     ///< Divides width.
  int kv_heads = 2;  ///< Divides heads.
  int feed_forward = 512;
  int context = 512;
  TensorType type = TensorType::kF16;
  uint64_t seed = 1;
  /// Jinja; empty writes none. The default wraps a turn as "<|im_start|>role\ncontent<|im_end|>\n".
  std::optional<std::string> chat_template = std::nullopt;
  std::optional<int> eos_token = std::nullopt;  ///< <|im_end|> where not given.
  bool add_bos = true;
};

/// Tokens of the vocabulary: one per byte, a few merges and three control tokens.
inline constexpr int kTinyBos = 256;
inline constexpr int kTinyImStart = 257;
inline constexpr int kTinyImEnd = 258;

/// The keys and tensors of such a model, to be changed further or written.
GgufWriter tiny_model(const TinyModelOptions& options);

/// A ladder value over existing files, without a manifest: hashes are made up from the paths.
Ladder ladder_of(const std::map<BitWidth, std::filesystem::path>& files);

}  // namespace paq::testing
