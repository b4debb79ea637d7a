// SPDX-License-Identifier: MIT
#include "router/tokenizer.h"

#include <algorithm>
#include <exception>
#include <string>

#include "core/error.h"
#include "ladder/gguf_reader.h"
#include "ladder/llama_log.h"
#include "router/llama_handles.h"

namespace paq {

LlamaModelHandle load_llama_model(const std::filesystem::path& path, LoadWhat what) {
  LlamaLogCapture log;
  llama_model_params params = llama_model_default_params();
  params.vocab_only = what == LoadWhat::kVocabulary;
  LlamaModelHandle model(llama_model_load_from_file(path.c_str(), params));
  if (!model) {
    throw Error(ErrorCode::kBadFile, path.string() + ": llama.cpp cannot load it (" +
                                         log.first_error() + "); make the file anew");
  }
  return model;
}

std::vector<int32_t> encode_text(const llama_vocab* vocab, std::string_view text) {
  constexpr size_t kMaxBytes = size_t{1} << 30;
  if (text.size() > kMaxBytes) {
    throw Error(ErrorCode::kTooLong, "a prompt of " + std::to_string(text.size()) +
                                         " bytes cannot be tokenised, at most " +
                                         std::to_string(kMaxBytes) + " can");
  }
  const auto length = static_cast<int32_t>(text.size());
  // A byte gives one token at most, or three where it is no UTF-8 and becomes U+FFFD.
  std::vector<int32_t> ids(text.size() + 8);
  try {
    int32_t count = llama_tokenize(vocab, text.data(), length, ids.data(),
                                   static_cast<int32_t>(ids.size()), true, false);
    if (count < 0) {
      ids.resize(static_cast<size_t>(-static_cast<int64_t>(count)));
      count = llama_tokenize(vocab, text.data(), length, ids.data(),
                             static_cast<int32_t>(ids.size()), true, false);
    }
    if (count < 0) throw Error(ErrorCode::kEngine, "llama.cpp cannot tokenise the prompt");
    ids.resize(static_cast<size_t>(count));
  } catch (const Error&) {
    throw;
  } catch (const std::exception& failure) {
    throw Error(ErrorCode::kEngine,
                std::string("llama.cpp cannot tokenise the prompt: ") + failure.what());
  }
  return ids;
}

struct Tokenizer::Impl {
  LlamaModelHandle model;
  const llama_vocab* vocab = nullptr;
};

Tokenizer::Tokenizer() : impl_(std::make_unique<Impl>()) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

Tokenizer Tokenizer::load(const std::filesystem::path& gguf) {
  const GgufReader reader(gguf);  // says more clearly than llama.cpp what is wrong with a file
  Tokenizer tokenizer;
  tokenizer.impl_->model = load_llama_model(gguf, LoadWhat::kVocabulary);
  tokenizer.impl_->vocab = llama_model_get_vocab(tokenizer.impl_->model.get());
  return tokenizer;
}

std::vector<int32_t> Tokenizer::encode(std::string_view text) const {
  return encode_text(impl_->vocab, text);
}

int Tokenizer::vocab_size() const { return llama_vocab_n_tokens(impl_->vocab); }

int cut_to_context(std::vector<int32_t>& ids, int context_tokens) {
  const auto limit = static_cast<size_t>(std::max(context_tokens, 2));
  if (ids.size() <= limit) return 0;
  const size_t dropped = ids.size() - limit;
  const auto middle = ids.begin() + static_cast<ptrdiff_t>((limit + 1) / 2);
  ids.erase(middle, middle + static_cast<ptrdiff_t>(dropped));
  return static_cast<int>(dropped);
}

}  // namespace paq
