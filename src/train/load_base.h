// SPDX-License-Identifier: MIT
// Reads a published ModernBERT for a router's training to start from.
//
// Either a folder as Hugging Face publishes it (config.json, tokenizer.json, safetensors) or a GGUF
// file of llama.cpp's `modern-bert`, another router among them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "train/base_model.h"

namespace paq {

struct LoadedBase {
  /// `config.gelu` is what llama.cpp computes, for that is what the router will be run with.
  BaseModel model;
  Gelu trained_gelu = Gelu::kTanh;  ///< What the weights were trained with.
  std::vector<std::string> notes;   ///< What is not taken over as it is, a sentence each.
};

/// `labels` is the number of the router's classes: a classifier of as many is taken over, another
/// is left out (and said in the notes). Reads all weights into memory as F32 and hashes the files.
/// Throws Error: kNotFound (no such file, or one of the folder's is missing), kBadFile (damaged,
/// another architecture, or a setting that llama.cpp cannot express, which is named), kIo.
LoadedBase load_base_model(const std::filesystem::path& path, int labels);

}  // namespace paq
