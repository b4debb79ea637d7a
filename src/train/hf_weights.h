// SPDX-License-Identifier: MIT
// The weights of a published model's folder: one safetensors file, or shards and their index.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace paq {

/// A tensor that can be read.
struct StoredTensor {
  std::vector<int64_t> shape;                ///< PyTorch order.
  std::string where;                         ///< "model.safetensors: head.norm.weight".
  std::function<std::vector<float>()> read;  ///< Row-major. Throws Error(kBadFile or kIo).
};

/// By the names in the file.
using StoredTensors = std::map<std::string, StoredTensor>;

struct HfWeights {
  StoredTensors tensors;
  std::vector<std::filesystem::path> files;  ///< What the tensors stand in.
};

/// Opens model.safetensors, or what model.safetensors.index.json names. Throws Error(kNotFound)
/// where a file is missing, Error(kBadFile) where one is damaged, a shard lacks what the index
/// says, or two hold a tensor of one name.
HfWeights open_hf_weights(const std::filesystem::path& folder);

}  // namespace paq
