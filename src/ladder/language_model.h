// SPDX-License-Identifier: MIT
// Whether a GGUF file is a language model that can write text, and what its variants share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ladder/gguf_reader.h"

namespace paq {

/// What stays the same when a model is quantised.
struct ModelShape {
  std::string name;          ///< general.name, or the file's name where it has none.
  std::string architecture;  ///< general.architecture, "llama".
  int64_t parameters = 0;
  int64_t context_tokens = 0;  ///< That it was trained for.
  int64_t blocks = 0;
  int64_t embedding_length = 0;
  std::vector<int64_t> heads;     ///< Of attention, one for all blocks or one per block.
  std::vector<int64_t> kv_heads;  ///< Likewise; empty where the file does not say.
  int64_t vocabulary = 0;
  std::string tokenizer_hash;
};

/// Reads the shape and checks what llama.cpp would abort on later: a vocabulary with tokens given
/// twice, no blocks, BOS wanted but not there. Throws Error(kBadFile) for anything but a generative
/// language model in one file: encoders, classifiers, embedding models, adapters, image parts,
/// importance matrices, split files.
ModelShape language_model_shape(const GgufReader& file);

/// SHA-256 over the one-dimensional F32 tensors (norms and biases), which no quantiser touches: two
/// files of one shape whose fingerprints differ are variants of different models. Empty where there
/// are none.
std::string weights_fingerprint(const GgufReader& file);

/// One line that names the first difference, "embedding length is 256, expected 512"; empty where
/// `file` can be a variant of the same model as `expected`.
std::string shape_difference(const ModelShape& expected, const ModelShape& file);

}  // namespace paq
