// SPDX-License-Identifier: MIT
// What readers of base models share: taking a ModernBERT's parameters out of a file's tensors.
// Internal to them.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "train/hf_weights.h"
#include "train/load_base.h"

namespace paq {

/// A base whose tensors are being read.
struct BaseTensors {
  std::filesystem::path path;  ///< For messages.
  StoredTensors tensors;
  std::function<std::string(const ParameterSpec&)> key_of;  ///< A parameter's name among them.
  int64_t classifier_labels = 0;  ///< Of a classifier of whole texts; 0: there is none.
};

/// Fills in `base.model.parameters` for `base.model.config` and notes what is missing or left out:
/// the head, and a classifier of another number of labels. Throws Error(kBadFile) where an
/// encoder's tensor is missing or of another shape, values are not finite, or a tensor is left that
/// would change what the model computes.
void take_parameters(BaseTensors source, LoadedBase& base);

/// Hex SHA-256 over names and contents.
std::string hash_base_files(const std::vector<std::filesystem::path>& files);

[[noreturn]] void refuse_base(const std::filesystem::path& path, const std::string& what);

/// load_base_model() of a GGUF file.
LoadedBase load_gguf_base(const std::filesystem::path& path, int labels);

}  // namespace paq
