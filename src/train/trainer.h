// SPDX-License-Identifier: MIT
// Trains a router from labelled prompts: vocabulary, batches, epochs, the best of them,
// calibration.
//
// Knows no store and writes no file (export.h does).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/progress.h"
#include "train/base_model.h"
#include "train/batches.h"
#include "train/calibration.h"
#include "train/checkpoint.h"
#include "train/classifier.h"
#include "train/dataset.h"

namespace paq {

/// Whose label shares the router's arg max assumes.
enum class Prior {
  kNatural,   ///< Those of the prompts before balancing: most agreements with the labels.
  kBalanced,  ///< Equal ones, as the paper's router, which never met any other.
};

enum class Schedule {
  kLinear,    ///< Warm-up, then linear decay to 0.
  kConstant,  ///< The peak rate throughout.
};

std::string_view prior_name(Prior prior);           ///< "natural" and "balanced".
std::string_view schedule_name(Schedule schedule);  ///< "linear" and "constant".

struct TrainOptions {
  RouterSize size = RouterSize::kTiny;
  /// Where the weights come from in place of `size` and the seed, the vocabulary with them.
  std::shared_ptr<const BaseModel> base;
  int epochs = 5;
  int batch_size = 16;
  int accumulate = 1;                   ///< Batches whose gradients make one step.
  std::optional<double> learning_rate;  ///< Peak; by default default_learning_rate().
  Schedule schedule = Schedule::kLinear;
  double warmup = 0.06;  ///< Share of the steps.
  double clip = 1;       ///< Largest norm of a step's gradient; 0: any.
  BatchOrder order = BatchOrder::kBucketed;
  double dropout = 0.1;
  double weight_decay = 0.01;
  double beta2 = 0.98;         ///< Of AdamW's second moment.
  double label_smoothing = 0;  ///< In [0, 1).
  double ordinal = 0;          ///< Weight of the squared earth mover's distance in the loss.
  int frozen_layers = 0;       ///< With the embeddings, where there are any.
  int patience = 0;            ///< Stops after so many epochs without a better one; 0: never.
  int vocabulary = 4096;       ///< Tokens at most.
  int context_tokens = 2048;
  double validation_share = 0.1;
  CalibrationMethod calibration = CalibrationMethod::kTemperature;
  double calibration_share = 0.05;  ///< 0: it is fitted on the validation prompts.
  double policy_share = 0.05;       ///< Kept for policies (HeldOut); 0: there are none.
  int64_t max_per_task = 50000;
  int64_t keep_per_label = 2048;  ///< Balancing never goes below this.
  bool class_weights = true;      ///< Even out what balancing leaves unequal.
  Prior prior = Prior::kNatural;
  std::vector<std::string> without_tasks;  ///< Their examples are left out.
  uint64_t seed = 1;
  int threads = 0;  ///< 0: LibTorch's choice.
  Device device = Device::kCpu;
  bool bf16 = false;  ///< Matrix products in BF16; weights and all else stay F32.
  /// Where to note how far the training is and go on from; empty: nowhere. It stays when all is
  /// done: whoever has stored the router removes it (remove_checkpoint).
  std::filesystem::path checkpoint = {};
  double checkpoint_seconds = 60;  ///< Between two of them; 0: after every step.
  ProgressCallback progress = nullptr;
  const CancelFlag* cancel = nullptr;
};

/// The paper's procedure as far as it says: labels down-sampled to equal numbers, batch 16, five
/// epochs, AdamW; what it doesn't say as PyTorch and the published ModernBERT have it: a constant
/// rate, plain shuffled batches, no clipping, no dropout, probabilities as they come.
TrainOptions paper_procedure();

/// Prompts that chose nothing, neither weights nor epoch nor calibration, as the router sees them.
struct HeldOut {
  std::vector<int> labels;
  std::vector<float> adequate;  ///< [prompt][label]: calibrated P(label <= k); 1 for the last.
};

struct TrainReport {
  std::map<std::string, int64_t> tasks;  ///< Labelled prompts of each.
  std::vector<int64_t> labelled;         ///< Prompts per label, before balancing and split.
  std::vector<int64_t> training;         ///< After both.
  std::vector<int64_t> validation;
  int64_t calibration_prompts = 0;  ///< That calibration alone was fitted on.
  std::vector<float> class_weights;
  std::vector<double> logit_shift;  ///< Folded into the classifier's bias.
  std::vector<EpochReport> epochs;
  int best_epoch = 0;            ///< From 0.
  double majority_baseline = 0;  ///< Accuracy on validation of always the commonest label.
  std::vector<std::vector<int64_t>> confusion;  ///< Validation: [label][decision].
  RouterCalibration calibration;
  HeldOut held_out;
  CalibrationQuality plain, calibrated;  ///< On the prompts of held_out.
  int64_t cut_prompts = 0;               ///< Longer than the context.
  int64_t dropped_tokens = 0;            ///< Of them.
  int64_t training_tokens = 0;           ///< Per epoch, without padding.
  int64_t parameters = 0;
  int64_t resumed_steps = 0;     ///< Done by an earlier process, whose checkpoint was gone on from.
  double seconds = 0;            ///< Of the epochs, validation included.
  Device device = Device::kCpu;  ///< That it was trained on: never kAuto.
  std::string training_data_hash;
};

struct TrainedRouter {
  ModernBertConfig config;
  std::vector<NamedTensor> parameters;  ///< Of the best epoch, prior folded in.
  RouterVocabulary vocabulary;
  TrainReport report;
  std::vector<std::string> held_out_texts;  ///< Parallel to report.held_out.
};

/// Trains on `examples`, whose labels are in [0, labels). The same examples, options and LibTorch
/// give the same router, with one thread to the last bit, whether or not it was interrupted and
/// goes on from a checkpoint. Throws Error: kUsage (nothing to learn from, bad options), kCancelled
/// (the checkpoint, if any, was written), and what reading and writing checkpoints throw.
TrainedRouter train_router(std::vector<Example> examples, int labels, const TrainOptions& options);

/// Peak learning rate when none is given: that of a base, or of the size.
double default_learning_rate(const TrainOptions& options);

}  // namespace paq
