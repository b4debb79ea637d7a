// SPDX-License-Identifier: MIT
#include "train/vocabulary.h"

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <system_error>

#include "core/error.h"

namespace paq {
namespace {

// A new folder that nobody else can write to, under a name that nobody can foresee: in a folder for
// everybody's temporary files, someone else may have put a link where a known name would be opened.
class PrivateFolder {
 public:
  PrivateFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "paq-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw error_from_errno("cannot make a folder " + name);
    path_ = name;
  }
  ~PrivateFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;

  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace

BpeVocab train_router_vocabulary(std::span<const std::string> texts, size_t size) {
  return train_bpe(texts, {.vocab_size = size,
                           .special_tokens = {"[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"}});
}

void write_vocabulary(GgufWriter& writer, const BpeVocab& vocabulary) {
  const std::string prefix = "tokenizer.ggml.";
  const auto id = [&](const char* name) {
    return static_cast<uint32_t>(vocabulary.special_id(name));
  };
  writer.set_string(prefix + "model", "gpt2");
  writer.set_string(prefix + "pre", "qwen2");  // what bpe.h splits by
  writer.set_strings(prefix + "tokens", vocabulary.tokens());
  writer.set_i32s(prefix + "token_type", vocabulary.types());
  writer.set_strings(prefix + "merges", vocabulary.merges());
  // llama.cpp knows beginning and end of sequence; for a BERT those are [CLS] and [SEP].
  writer.set_u32(prefix + "bos_token_id", id("[CLS]"));
  writer.set_u32(prefix + "eos_token_id", id("[SEP]"));
  writer.set_u32(prefix + "unknown_token_id", id("[UNK]"));
  writer.set_u32(prefix + "seperator_token_id", id("[SEP]"));  // the key's own spelling
  writer.set_u32(prefix + "padding_token_id", id("[PAD]"));
  writer.set_u32(prefix + "cls_token_id", id("[CLS]"));
  writer.set_u32(prefix + "mask_token_id", id("[MASK]"));
  writer.set_bool(prefix + "add_bos_token", true);
  writer.set_bool(prefix + "add_eos_token", true);
  writer.set_bool(prefix + "add_sep_token", true);
}

RouterVocabulary::RouterVocabulary(const BpeVocab& vocabulary)
    : size_(static_cast<int>(vocabulary.size())),
      write_([shared = std::make_shared<const BpeVocab>(vocabulary)](GgufWriter& writer) {
        write_vocabulary(writer, *shared);
      }) {}

Tokenizer make_tokenizer(const RouterVocabulary& vocabulary) {
  const PrivateFolder folder;
  const std::filesystem::path file = folder / "vocabulary.gguf";
  GgufWriter writer;
  writer.set_string("general.architecture", "modern-bert");
  vocabulary.write(writer);
  writer.write(file);
  return Tokenizer::load(file);
}

}  // namespace paq
