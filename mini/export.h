// SPDX-License-Identifier: MIT
// Writes the miniature as a GGUF file of llama.cpp's "llama" architecture.
#pragma once

#include <filesystem>

#include "mini/model.h"
#include "train/bpe.h"

namespace paq::mini {

/// Matrices in F16, norms in F32, tokenizer and chat template included. Throws paq::Error.
void export_gguf(const MiniModel& model, const BpeVocab& vocab, const std::filesystem::path& path);

}  // namespace paq::mini
