// SPDX-License-Identifier: MIT
// ModernBERT's forward pass in LibTorch; internal to classifier.cc and the tests of it.
//
// This header and the files that include it are the only ones of the router's training that see
// LibTorch. Letters in shapes: B batch, T tokens of the longest prompt, D width, H heads, E head
// size (D = H E), F one half of the GeGLU, K labels, V vocabulary.
#pragma once

#include <torch/torch.h>

#include <span>
#include <vector>

#include "train/classifier.h"
#include "train/modernbert.h"

namespace paq {

/// Padded ids and what is real in them.
struct Batch {
  torch::Tensor ids;      // [B, T] int64
  torch::Tensor present;  // [B, T] float, 1 for a token, 0 for padding
};

/// Throws Error(kUsage) for an empty prompt, one beyond the context and ids beyond the vocabulary.
Batch pad(std::span<const TokenIds> prompts, const ModernBertConfig& config, torch::Device device);

struct LayerWeights {
  torch::Tensor attn_norm;  // [D]; undefined in layer 0
  torch::Tensor qkv;        // [3 D, D]
  torch::Tensor attn_out;   // [D, D]
  torch::Tensor mlp_norm;   // [D]
  torch::Tensor mlp_in;     // [2 F, D]
  torch::Tensor mlp_out;    // [D, F]
};

struct Weights {
  torch::Tensor embeddings;                              // [V, D]
  torch::Tensor embeddings_norm, final_norm, head_norm;  // [D]
  std::vector<LayerWeights> layers;
  torch::Tensor head_dense;                          // [D, D]
  torch::Tensor classifier_weight, classifier_bias;  // [K, D], [K]
};

/// Names tensors that stand in the order of parameter_specs().
Weights name_weights(const ModernBertConfig& config, const std::vector<torch::Tensor>& tensors);

/// Attention scores of one layer for a batch, in numbers: what decides how much memory it takes.
int64_t attention_scores(const ModernBertConfig& config, int64_t batch, int64_t tokens);

/// The function that the weights define. Follows ModernBertForSequenceClassification with mean
/// pooling; the parity tests hold it to that.
class Network {
 public:
  /// Both must outlive it. `training`: with dropout.
  Network(const ModernBertConfig& config, const Weights& weights, bool training)
      : config_(config), w_(weights), training_(training) {}

  /// -> [B, K]
  torch::Tensor logits(const Batch& batch) const;

 private:
  struct Angles;
  struct View;
  torch::Tensor norm(const torch::Tensor& x, const torch::Tensor& weight) const;
  torch::Tensor gelu(const torch::Tensor& x) const;
  torch::Tensor drop(const torch::Tensor& x) const;
  torch::Tensor attention(const torch::Tensor& x, const LayerWeights& layer,
                          const View& view) const;
  torch::Tensor mlp(const torch::Tensor& x, const LayerWeights& layer) const;

  const ModernBertConfig& config_;
  const Weights& w_;
  bool training_;
};

}  // namespace paq
