// SPDX-License-Identifier: MIT
#include "train/hf_vocabulary.h"

#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "core/error.h"
#include "router/normal_form.h"
#include "train/hf_json.h"

namespace paq {
namespace {

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::kBadFile, where + ": " + what);
}

void set_token(GgufWriter& writer, const char* key, std::optional<int32_t> id) {
  if (id) writer.set_u32(std::string("tokenizer.ggml.") + key, static_cast<uint32_t>(*id));
}

void write_hf_tokenizer(GgufWriter& writer, const HfTokenizer& tokenizer) {
  const std::string prefix = "tokenizer.ggml.";
  writer.set_string(prefix + "model", "gpt2");
  writer.set_string(prefix + "pre", "modern-bert");
  writer.set_strings(prefix + "tokens", tokenizer.tokens);
  writer.set_i32s(prefix + "token_type", tokenizer.kinds);
  writer.set_strings(prefix + "merges", tokenizer.merges);
  set_token(writer, "bos_token_id", tokenizer.cls);
  set_token(writer, "eos_token_id", tokenizer.sep);
  set_token(writer, "cls_token_id", tokenizer.cls);
  set_token(writer, "seperator_token_id", tokenizer.sep);  // the key's own spelling
  set_token(writer, "unknown_token_id", tokenizer.unknown);
  set_token(writer, "padding_token_id", tokenizer.padding);
  set_token(writer, "mask_token_id", tokenizer.mask);
  writer.set_bool(prefix + "add_bos_token", true);
  writer.set_bool(prefix + "add_eos_token", true);
  writer.set_bool(prefix + "add_sep_token", true);
  if (tokenizer.nfc) writer.set_string(kNormalFormKey, normal_form_name(NormalForm::kNfc));
}

}  // namespace

RouterVocabulary hf_vocabulary(HfTokenizer tokenizer, int vocab_size, const std::string& where) {
  const size_t rows = static_cast<size_t>(vocab_size);
  if (tokenizer.tokens.size() > rows) {
    refuse(where, "it has ids up to " + std::to_string(tokenizer.tokens.size() - 1) +
                      ", config.json says vocab_size " + std::to_string(vocab_size));
  }
  std::set<std::string> texts;
  for (size_t id = 0; id < tokenizer.tokens.size(); ++id) {
    std::string& text = tokenizer.tokens[id];
    // Added tokens are looked for in a text that has been composed.
    if (tokenizer.nfc && tokenizer.kinds[id] == HfTokenizer::kUserDefined) text = to_nfc(text);
    if (!texts.insert(text).second) {
      refuse(where, "two added tokens are " + in_quotes(text) + " in Unicode's composed form");
    }
  }
  while (tokenizer.tokens.size() < rows) {
    std::string text = "[PAD" + std::to_string(tokenizer.tokens.size()) + "]";
    if (!texts.insert(text).second) refuse(where, in_quotes(text) + " is a token already");
    tokenizer.tokens.push_back(std::move(text));
    tokenizer.kinds.push_back(HfTokenizer::kUnused);
  }
  return {vocab_size, [shared = std::make_shared<const HfTokenizer>(std::move(tokenizer))](
                          GgufWriter& writer) { write_hf_tokenizer(writer, *shared); }};
}

}  // namespace paq
