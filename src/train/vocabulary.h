// SPDX-License-Identifier: MIT
// A router's vocabulary in the form in which llama.cpp applies it. That of a router trained from
// scratch is a byte-level BPE with ModernBERT's special tokens.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <utility>

#include "ladder/gguf_writer.h"
#include "router/tokenizer.h"
#include "train/bpe.h"

namespace paq {

/// Learns at most `size` tokens, [UNK] [CLS] [SEP] [PAD] [MASK] among them, from `texts`.
BpeVocab train_router_vocabulary(std::span<const std::string> texts, size_t size);

/// Writes every tokenizer.* key: llama.cpp then puts [CLS] before a text and [SEP] after it.
void write_vocabulary(GgufWriter& writer, const BpeVocab& vocabulary);

/// A vocabulary as a router's file carries it, wherever it comes from. Cheap to copy.
class RouterVocabulary {
 public:
  /// `write` sets every tokenizer.* key, and paq.router.normal_form where there is one.
  RouterVocabulary(int size, std::function<void(GgufWriter&)> write)
      : size_(size), write_(std::move(write)) {}
  RouterVocabulary(const BpeVocab& vocabulary);  // NOLINT: the one kind that needs no words

  int size() const { return size_; }  ///< Ids are [0, size).
  void write(GgufWriter& writer) const { write_(writer); }

 private:
  int size_;
  std::function<void(GgufWriter&)> write_;
};

/// llama.cpp's tokenizer of `vocabulary`, through a vocabulary-only GGUF in a new folder among
/// the system's temporary files. Throws Error(kNoSpace or kIo).
Tokenizer make_tokenizer(const RouterVocabulary& vocabulary);

}  // namespace paq
