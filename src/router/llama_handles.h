// SPDX-License-Identifier: MIT
// Owners for libllama's handles and the two calls that router.cc and tokenizer.cc share. Internal.
#pragma once

#include <llama.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

namespace paq {

struct LlamaModelDeleter {
  void operator()(llama_model* model) const { llama_model_free(model); }
};
using LlamaModelHandle = std::unique_ptr<llama_model, LlamaModelDeleter>;

struct LlamaContextDeleter {
  void operator()(llama_context* context) const { llama_free(context); }
};
using LlamaContextHandle = std::unique_ptr<llama_context, LlamaContextDeleter>;

enum class LoadWhat { kVocabulary, kWeights };

/// Throws Error(kBadFile) with llama.cpp's own reason where the file does not load.
LlamaModelHandle load_llama_model(const std::filesystem::path& path, LoadWhat what);

/// Ids with the vocabulary's special tokens around them; names of special tokens in `text` are
/// text.
std::vector<int32_t> encode_text(const llama_vocab* vocab, std::string_view text);

}  // namespace paq
