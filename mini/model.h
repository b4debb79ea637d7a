// SPDX-License-Identifier: MIT
// The miniature: a small Llama-architecture language model in LibTorch, for training only.
//
// Inference is llama.cpp's business; this module has no cache and no sampling.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace paq::mini {

struct ModelConfig {
  int64_t vocabulary = 0;
  int64_t layers = 4;
  int64_t width = 256;  ///< A multiple of 256, so that every quantisation type fits.
  int64_t heads = 4;
  int64_t feed_forward = 512;                   ///< Likewise.
  torch::ScalarType compute = torch::kFloat32;  ///< Of activations in matrix products.
};

class MiniModelImpl : public torch::nn::Module {
 public:
  explicit MiniModelImpl(const ModelConfig& config);

  /// Hidden states before the last norm. ids [N] int64, sequences one behind the other;
  /// starts [B + 1] as in kernels.h. -> [N, D] F32.
  torch::Tensor forward(const torch::Tensor& ids, const torch::Tensor& starts);

  /// hidden [M, D] -> [M, vocabulary] F32. The output matrix is the embedding.
  torch::Tensor logits(const torch::Tensor& hidden);

  /// The matrices inside the layers; the rest is embedding and norms.
  std::vector<torch::Tensor> hidden_matrices() const;
  std::vector<torch::Tensor> other_parameters() const;

  const ModelConfig& config() const { return config_; }

 private:
  struct Layer {
    torch::Tensor attention_norm;  // [D]
    torch::Tensor qkv;             // [3D, D]
    torch::Tensor qk_bias;   // [2D], of queries and keys: what a head that goes by position uses
    torch::Tensor out;       // [D, D]
    torch::Tensor ffn_norm;  // [D]
    torch::Tensor gate_up;   // [2F, D]
    torch::Tensor down;      // [D, F]
  };

  torch::Tensor linear(const torch::Tensor& x, const torch::Tensor& weight) const;
  torch::Tensor attention(const Layer& layer, const torch::Tensor& x,
                          const torch::Tensor& starts) const;

  ModelConfig config_;
  torch::Tensor embedding_;    // [vocabulary, D]
  torch::Tensor output_norm_;  // [D]
  std::vector<Layer> layers_;
};
TORCH_MODULE(MiniModel);

}  // namespace paq::mini
