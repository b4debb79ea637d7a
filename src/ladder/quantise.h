// SPDX-License-Identifier: MIT
// One run of llama.cpp's quantiser. Internal to ladder/.
#pragma once

#include <llama.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/progress.h"

namespace paq {

/// Tensor name -> mean squared activation per column.
using ImportanceMatrix = std::map<std::string, std::vector<float>>;

/// Reads an importance matrix in GGUF form. Throws Error(kNotFound, kBadFile).
ImportanceMatrix read_importance_matrix(const std::filesystem::path& path);

struct QuantiseOptions {
  llama_ftype type = LLAMA_FTYPE_MOSTLY_Q4_K_M;
  const ImportanceMatrix* imatrix = nullptr;  ///< May be null.
  int threads = 0;                            ///< 0: all cores.
  std::string stage;                          ///< For progress: "quantising 4-bit (Q4_K_M)".
  ProgressCallback progress;
  const CancelFlag* cancel = nullptr;
};

/// Bytes that the quantised file will have, to within some kilobytes. Throws Error(kUsage) where
/// the type needs an importance matrix and has none, Error(kBadFile) where llama.cpp refuses.
int64_t quantised_bytes(const std::filesystem::path& base, const QuantiseOptions& options);

/// Writes `target`, whole or not at all. Throws Error(kNoSpace, kIo, kBadFile), or
/// Error(kCancelled) after the tensor at hand.
void quantise(const std::filesystem::path& base, const std::filesystem::path& target,
              const QuantiseOptions& options);

}  // namespace paq
