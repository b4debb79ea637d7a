// SPDX-License-Identifier: MIT
// Writes a trained classifier as a router GGUF, which stock llama.cpp loads too.
//
// docs/router.md lists the keys. Reading them back is router/'s business.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/bit_width.h"
#include "router/calibration.h"
#include "train/modernbert.h"
#include "train/vocabulary.h"

namespace paq {

/// What the file says about itself beside the weights.
struct RouterMetadata {
  std::vector<BitWidth> bit_widths;  ///< Ascending, one per label.
  double tau = 0;
  std::string label_mode = "response-perplexity";
  std::string ladder_hash{};  ///< May be empty (imported outcomes), as the next.
  std::string base_model{};
  std::string training_data_hash{};
  RouterCalibration calibration{};
  /// Prompts that chose nothing, for policies: the label of each, and P(label <= k) for every
  /// width, row by row. Both may be empty.
  std::vector<int> held_out_labels{};
  std::vector<float> held_out_adequate{};
  std::string training = "{}";  ///< JSON: settings and metrics.
};

/// The parts of a router; all must outlive the call.
struct RouterParts {
  const ModernBertConfig& config;
  std::span<const NamedTensor> parameters;  ///< In the order of parameter_specs().
  RouterVocabulary vocabulary;
  const RouterMetadata& metadata;
};

enum class MatrixType { kF32, kF16 };

/// The file is whole or absent. Throws Error(kNoSpace or kIo), or Error(kUsage) where the parts do
/// not fit each other.
void export_router(const std::filesystem::path& path, const RouterParts& parts,
                   MatrixType matrices);

}  // namespace paq
