// SPDX-License-Identifier: MIT
// A published ModernBERT's config.json: what of it paq computes, and what it refuses by name.
#pragma once

#include <string>
#include <string_view>

#include "train/modernbert.h"

namespace paq {

struct HfConfig {
  /// `labels`, `dropout`: left at 0. `gelu`: what the checkpoint was trained with.
  ModernBertConfig config;
  std::string architecture;   ///< "ModernBertForMaskedLM"; may be empty.
  std::string name;           ///< "answerdotai/ModernBERT-base"; mostly empty.
  bool mean_pooling = false;  ///< How the checkpoint's own classifier pools: mean, else [CLS].
};

/// Fields that are absent have the value that Hugging Face's reader gives them. `where` stands for
/// the file in messages. Throws Error(kBadFile) for what is malformed, and for every setting that
/// llama.cpp's modern-bert cannot express: biases, another activation than GELU, rotary positions
/// that are scaled, global layers at other places than every n-th from the first.
HfConfig parse_hf_config(std::string_view bytes, const std::string& where);

}  // namespace paq
