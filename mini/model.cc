// SPDX-License-Identifier: MIT
#include "mini/model.h"

#include <algorithm>
#include <cmath>

#include "mini/kernels.h"

namespace paq::mini {
namespace {

using torch::Tensor;

Tensor normal(std::vector<int64_t> shape, double deviation) {
  return torch::randn(shape) * deviation;
}

// Makes a head of a layer start out looking `distance` tokens back, whatever the tokens are.
// Looking back one token is half of in-context copying and takes thousands of steps to form by
// itself (Olsson et al., 2022); setting it costs nothing (mimetic initialisation; Trockman and
// Kolter, 2023). qkv [3D, D] and qk_bias [2D] are changed in place; `dim` is the head's width.
void look_back(const Tensor& qkv, const Tensor& qk_bias, int64_t head, int64_t dim,
               int64_t distance) {
  constexpr int64_t kPairs = 12;     // of the highest frequencies: the sharpest
  constexpr double kStrength = 5.5;  // about 4 nats between neighbours
  const int64_t width = qkv.size(1);
  const int64_t query = head * dim;
  const int64_t key = width + head * dim;
  qkv.narrow(0, query, dim).zero_();
  qkv.narrow(0, key, dim).zero_();
  for (int64_t i = 0; i < std::min(kPairs, dim / 2); ++i) {
    const double angle =
        static_cast<double>(distance) *
        std::pow(10'000.0, -2.0 * static_cast<double>(i) / static_cast<double>(dim));
    qk_bias[query + 2 * i] = kStrength;
    qk_bias[key + 2 * i] = kStrength * std::cos(angle);
    qk_bias[key + 2 * i + 1] = kStrength * std::sin(angle);
  }
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
    layer.qk_bias = register_parameter(prefix + "qk_bias", torch::zeros({2 * d}));
    layer.out = register_parameter(prefix + "out", torch::zeros({d, d}));
    layer.ffn_norm = register_parameter(prefix + "ffn_norm", torch::ones({d}));
    layer.gate_up = register_parameter(prefix + "gate_up", normal({2 * f, d}, deviation));
    layer.down = register_parameter(prefix + "down", torch::zeros({d, f}));
    layers_.push_back(layer);
  }
  const torch::NoGradGuard no_grad;
  for (int64_t head = 0; head < std::min<int64_t>(2, config.heads); ++head) {
    look_back(layers_[0].qkv, layers_[0].qk_bias, head, d / config.heads, head + 1);
  }
}

Tensor MiniModelImpl::linear(const Tensor& x, const Tensor& weight) const {
  return torch::linear(x, weight.to(config_.compute));
}

Tensor MiniModelImpl::attention(const Layer& layer, const Tensor& x, const Tensor& starts) const {
  const Tensor normed = rms_norm(x, layer.attention_norm, config_.compute);        // [N, D]
  const Tensor bias = torch::cat({layer.qk_bias, torch::zeros({config_.width})});  // [3D]
  const Tensor qkv = linear(normed, layer.qkv) + bias.to(config_.compute);         // [N, 3D]
  const Tensor mixed = causal_attention(qkv, starts, config_.heads);
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
    others.push_back(layer.qk_bias);
  }
  return others;
}

}  // namespace paq::mini
