// SPDX-License-Identifier: MIT
// A ModernBERT classifier that can be trained: forward, one optimiser step, parameters in and out.
//
// Hides LibTorch, whose headers cost half a minute per file. Which prompts it sees, in what order
// and at what learning rate is trainer.h's business.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "train/modernbert.h"

namespace paq {

/// Token ids of one prompt, special tokens included: 1 to context_tokens of them.
using TokenIds = std::vector<int32_t>;

enum class Device {
  kCpu,
  kCuda,
  kAuto,  ///< CUDA where LibTorch finds a GPU; otherwise the CPU.
};

std::string_view device_name(Device device);  ///< "cpu", "cuda" and "auto".
/// Throws Error(kUsage) that lists the names for any other.
Device parse_device(std::string_view name);

/// How a classifier learns, and where it computes.
struct ClassifierOptions {
  double weight_decay = 0.01;  ///< On matrices; never on norms and biases.
  double beta1 = 0.9;
  double beta2 = 0.98;
  double epsilon = 1e-8;
  double max_gradient_norm = 1;  ///< Infinity: never clipped.
  double label_smoothing = 0;    ///< In [0, 1): that much of every target goes to all labels alike.
  /// Weight of the squared earth mover's distance between the distribution and the label (Hou et
  /// al., 2016), added to the cross-entropy: labels are ordered, and far misses cost more.
  double ordinal = 0;
  int micro_batch = 0;    ///< Prompts per forward pass at most, with the same step; 0: no limit.
  int frozen_layers = 0;  ///< The embeddings and so many of the lowest layers stay as they are.
  Device device = Device::kCpu;
  /// Matrix products take BF16 (LibTorch's autocast); weights, sums and all else stay F32.
  bool bf16 = false;
};

/// Not thread-safe. LibTorch's own threads are set process-wide with set_torch_threads().
class Classifier {
 public:
  /// Random weights that follow from `seed`, the same with every LibTorch. Throws Error(kUsage) for
  /// a configuration that makes no sense.
  Classifier(const ModernBertConfig& config, uint64_t seed, const ClassifierOptions& options = {});
  ~Classifier();
  Classifier(Classifier&&) noexcept;
  Classifier& operator=(Classifier&&) noexcept;

  const ModernBertConfig& config() const;
  Device device() const;  ///< Never kAuto.
  int64_t parameter_count() const;

  /// One row of labels' logits per prompt, without dropout. The batch is padded to its longest.
  std::vector<std::vector<float>> logits(std::span<const TokenIds> batch) const;

  /// One AdamW step on the cross-entropy of a batch, averaged with `class_weights` (one per label)
  /// as PyTorch does. Returns that loss. A batch whose attention would not fit in memory is taken
  /// in pieces, with the same result.
  double step(std::span<const TokenIds> batch, std::span<const int> labels, double learning_rate,
              std::span<const float> class_weights);

  /// Loss and gradients of a batch without dropout or step; for checks against a reference.
  std::pair<double, std::vector<NamedTensor>> gradients(std::span<const TokenIds> batch,
                                                        std::span<const int> labels,
                                                        std::span<const float> class_weights);

  /// Copies of all parameters, in the order of parameter_specs().
  std::vector<NamedTensor> parameters() const;

  /// Replaces all parameters. Throws Error(kUsage) where names or sizes differ.
  void set_parameters(std::span<const NamedTensor> parameters);

  /// Replaces those that are given, by name. Throws Error(kMismatch) for a name that the
  /// configuration does not have, or another shape.
  void replace_parameters(std::span<const NamedTensor> parameters);

  /// Parameters, moments of the optimiser and the state of dropout's random numbers: what further
  /// steps depend on. Opaque bytes of this LibTorch.
  std::string state() const;

  /// Goes back to what state() of a classifier with the same configuration and options gave. Throws
  /// Error(kBadFile) for anything else.
  void set_state(const std::string& state);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Threads of LibTorch's operators; 0 leaves its own choice.
void set_torch_threads(int threads);

/// "1.13.0"
std::string torch_version();

}  // namespace paq
