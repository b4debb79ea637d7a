// SPDX-License-Identifier: MIT
// A trained ModernBERT that a router's training starts from, in place of random weights.
//
// Plain values; reading them from anybody's files is another's business.
#pragma once

#include <string>
#include <vector>

#include "train/modernbert.h"
#include "train/vocabulary.h"

namespace paq {

struct BaseModel {
  std::string name;  ///< For people and the record of the training: "ModernBERT-base".
  std::string hash;  ///< SHA-256 of the weights, hex: a checkpoint goes on only from the same ones.
  /// `labels` and `dropout` mean nothing here; `context_tokens` is the longest input it can take.
  ModernBertConfig config;
  /// Any of parameter_specs(config), by name. Those not there (head, classifier) are initialised as
  /// in a training from nothing. Of another size: train_router throws Error(kMismatch).
  std::vector<NamedTensor> parameters;
  RouterVocabulary vocabulary;
};

/// Peak learning rate where training starts from a base and none is given: within the range that
/// ModernBERT's authors fine-tune in (1e-5 to 8e-5, arXiv 2412.13663, appendix).
inline constexpr double kBaseLearningRate = 5e-5;

}  // namespace paq
