// SPDX-License-Identifier: MIT
// The training loop itself, from ids to the parameters of the best epoch; internal to trainer.h.
#pragma once

#include <string>
#include <vector>

#include "train/classifier.h"
#include "train/trainer.h"

namespace paq {

/// Prompts as ids, with their labels.
struct Encoded {
  std::vector<TokenIds> ids;
  std::vector<int> labels;
  std::vector<size_t> lengths;
  int64_t cut = 0;
  int64_t dropped_tokens = 0;
};

struct EncodedSplit {
  const Encoded& training;
  const Encoded& validation;
  const Encoded& calibration;
  const Encoded& policy;
};

/// What a run changes, and what its checkpoint must be of.
struct RunState {
  Classifier& classifier;
  std::string identity;
  TrainReport& report;  ///< `class_weights` and `logit_shift` are set; the run fills in the rest.
};

/// Trains, validates and calibrates. Returns the best epoch's parameters, without the logit shift.
/// Throws what train_router() does.
std::vector<NamedTensor> run_training(const EncodedSplit& split, const TrainOptions& options,
                                      const RunState& state);

}  // namespace paq
