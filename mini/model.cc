// SPDX-License-Identifier: MIT
#include "mini/model.h"

#include <cmath>

#include "mini/kernels.h"

namespace paq::mini {
namespace {

using torch::Tensor;

Tensor normal(std::vector<int64_t> shape, double deviation) {
  return torch::randn(shape) * deviation;
}

}  // namespace

MiniModelImpl::MiniModelImpl(const ModelConfig& config) : config_(config) {
  const int64_t d = config.width;
  const int64_t f = config.feed_forward;
  const double deviation = 1.0 / std::sqrt(static_cast<double>(d));
  embedding_ = register_parameter("embedding", normal({config.vocabulary, d}, 0.05));
  output_norm_ = register_parameter("output_norm", torch::ones({d}));
  for (int64_t i = 0; i < config.layers; ++i) {
    const std::string prefix = "layer" + std::to_string(i) + "_";
    Layer layer;
    layer.attention_norm = register_parameter(prefix + "attention_norm", torch::ones({d}));
    layer.qkv = register_parameter(prefix + "qkv", normal({3 * d, d}, deviation));
    layer.out = register_parameter(prefix + "out", torch::zeros({d, d}));
    layer.ffn_norm = register_parameter(prefix + "ffn_norm", torch::ones({d}));
    layer.gate_up = register_parameter(prefix + "gate_up", normal({2 * f, d}, deviation));
    layer.down = register_parameter(prefix + "down", torch::zeros({d, f}));
    layers_.push_back(layer);
  }
}

Tensor MiniModelImpl::linear(const Tensor& x, const Tensor& weight) const {
  return torch::linear(x, weight.to(config_.compute));
}

Tensor MiniModelImpl::attention(const Layer& layer, const Tensor& x, const Tensor& starts) const {
  const Tensor normed = rms_norm(x, layer.attention_norm, config_.compute);  // [N, D]
  const Tensor mixed = causal_attention(linear(normed, layer.qkv), starts, config_.heads);
  return linear(mixed, layer.out);  // [N, D]
}

Tensor MiniModelImpl::forward(const Tensor& ids, const Tensor& starts) {
  Tensor x = torch::embedding(embedding_, ids);  // [N, D]
  for (const Layer& layer : layers_) {
    x = x + attention(layer, x, starts);
    const Tensor normed = rms_norm(x, layer.ffn_norm, config_.compute);
    x = x + linear(swiglu(linear(normed, layer.gate_up)), layer.down);
  }
  return x;
}

Tensor MiniModelImpl::logits(const Tensor& hidden) {
  return linear(rms_norm(hidden, output_norm_, config_.compute), embedding_).to(torch::kFloat32);
}

std::vector<Tensor> MiniModelImpl::hidden_matrices() const {
  std::vector<Tensor> matrices;
  for (const Layer& layer : layers_) {
    for (const Tensor& matrix : {layer.qkv, layer.out, layer.gate_up, layer.down}) {
      matrices.push_back(matrix);
    }
  }
  return matrices;
}

std::vector<Tensor> MiniModelImpl::other_parameters() const {
  std::vector<Tensor> others{embedding_, output_norm_};
  for (const Layer& layer : layers_) {
    others.push_back(layer.attention_norm);
    others.push_back(layer.ffn_norm);
  }
  return others;
}

}  // namespace paq::mini
