// SPDX-License-Identifier: MIT
#include "router/tokenizer.h"

#include <algorithm>

#include "engine/llama_handles.h"
#include "ladder/gguf_reader.h"
#include "router/normal_form.h"

namespace paq {

struct Tokenizer::Impl {
  LlamaModelHandle model;
  const llama_vocab* vocab = nullptr;
  NormalForm form = NormalForm::kNone;
};

Tokenizer::Tokenizer() : impl_(std::make_unique<Impl>()) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

Tokenizer Tokenizer::load(const std::filesystem::path& gguf) {
  Tokenizer tokenizer;
  tokenizer.impl_->model = load_llama_model(gguf, {.vocabulary_only = true});
  tokenizer.impl_->form = read_normal_form(GgufReader(gguf));
  tokenizer.impl_->vocab = llama_model_get_vocab(tokenizer.impl_->model.get());
  return tokenizer;
}

std::vector<int32_t> Tokenizer::encode(std::string_view text) const {
  return encode_text(impl_->vocab, impl_->form, text);
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
