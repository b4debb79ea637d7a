// SPDX-License-Identifier: MIT
// How a router came to be, as far as its file says: what training was told and what came of it.
// docs/router.md has the fields. Plain values; reading and checking them is report/'s business.
//
// Absent, empty or null is what the file doesn't say: routers of an older paq say less.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/bit_width.h"

namespace paq {

/// Losses are in nats, at least 0; absent where they weren't finite.
struct TrainingEpoch {
  std::optional<double> training_loss = {}, validation_loss = {};
  std::optional<double> validation_accuracy = {};  ///< 0 to 1.

  bool operator==(const TrainingEpoch&) const = default;
};

/// What was calibrated, and how much better it is on prompts that chose nothing.
struct TrainingCalibration {
  std::string method = {};       ///< "none", "temperature" or "isotonic".
  int64_t prompts = 0;           ///< That it was fitted on.
  int64_t held_out_prompts = 0;  ///< That it was held against; 0: the next four say nothing.
  double uncalibrated_loss = 0, uncalibrated_error = 0;  ///< Log loss in nats; error 0 to 1.
  double calibrated_loss = 0, calibrated_error = 0;

  bool operator==(const TrainingCalibration&) const = default;
};

using TrainingSetting =
    std::variant<bool, int64_t, uint64_t, double, std::string, std::vector<std::string>>;

struct TrainingRecord {
  std::vector<TrainingEpoch> epochs = {};  ///< One or more.
  int best_epoch = 1;                      ///< The one that was kept, from 1.
  std::optional<double> majority_baseline = {};

  // Prompts by label, a key for every width or none at all.
  std::map<BitWidth, int64_t> labelled = {};
  std::map<BitWidth, int64_t> training = {};  ///< After balancing.
  std::map<BitWidth, int64_t> validation = {};
  std::map<BitWidth, double> class_weights = {};
  std::map<std::string, int64_t> tasks = {};         ///< Labelled prompts by task.
  std::vector<std::vector<int64_t>> confusion = {};  ///< Validation prompts, [label][decision].
  std::optional<TrainingCalibration> calibration = {};

  std::optional<int64_t> cut_prompts = {};      ///< Longer than the context.
  std::optional<int64_t> dropped_tokens = {};   ///< Of these.
  std::optional<int64_t> training_tokens = {};  ///< Of an epoch.
  std::optional<int64_t> parameters = {};
  std::optional<double> seconds = {};
  std::string device = {};

  std::vector<std::pair<std::string, TrainingSetting>> settings = {};  ///< In the file's order.

  bool operator==(const TrainingRecord&) const = default;
};

}  // namespace paq
