// SPDX-License-Identifier: MIT
// The one file of the router's training that includes LibTorch. Letters in shapes: B batch, T
// tokens of the longest prompt, D width, H heads, E head size (D = H E), F one half of the GeGLU, K
// labels.
#include "train/classifier.h"

#include <torch/torch.h>
#include <torch/version.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/random.h"

namespace paq {
namespace {

using torch::Tensor;

// Attention scores that one forward pass may hold per layer; 4 million are 16 MiB.
constexpr int64_t kMaxScores = int64_t{1} << 22;

// Padded ids and what is real in them.
struct Batch {
  Tensor ids;      // [B, T] int64
  Tensor present;  // [B, T] float, 1 for a token, 0 for padding
};

Batch pad(std::span<const TokenIds> prompts, const ModernBertConfig& config) {
  size_t longest = 1;
  for (const TokenIds& prompt : prompts) longest = std::max(longest, prompt.size());
  const auto b = static_cast<int64_t>(prompts.size());
  const auto t = static_cast<int64_t>(longest);
  Batch batch{torch::zeros({b, t}, torch::kInt64), torch::zeros({b, t}, torch::kFloat32)};
  auto* ids = batch.ids.data_ptr<int64_t>();
  auto* present = batch.present.data_ptr<float>();
  for (size_t i = 0; i < prompts.size(); ++i) {
    if (prompts[i].empty() || prompts[i].size() > static_cast<size_t>(config.context_tokens)) {
      throw Error(ErrorCode::kUsage, "a prompt of " + std::to_string(prompts[i].size()) +
                                         " tokens was given to the classifier, expected 1 to " +
                                         std::to_string(config.context_tokens));
    }
    for (size_t j = 0; j < prompts[i].size(); ++j) {
      const int32_t id = prompts[i][j];
      if (id < 0 || id >= config.vocab_size) {
        throw Error(ErrorCode::kUsage, "token id " + std::to_string(id) + " is outside [0, " +
                                           std::to_string(config.vocab_size) + ")");
      }
      ids[i * longest + j] = id;
      present[i * longest + j] = 1;
    }
  }
  return batch;
}

// Angles of the rotary embedding.
struct Rotary {
  Tensor cos, sin;  // [T, E], the two halves of E alike
};

Rotary rotary(int64_t tokens, int64_t head_size, double base) {
  const Tensor exponents = torch::arange(0, head_size, 2, torch::kFloat32) / double(head_size);
  const Tensor frequencies = 1.0 / torch::pow(base, exponents);  // [E/2]
  const Tensor angles = torch::outer(torch::arange(tokens, torch::kFloat32), frequencies);
  const Tensor both = torch::cat({angles, angles}, -1);  // [T, E]
  return {both.cos(), both.sin()};
}

// x: [.., T, E]
Tensor rotate(const Tensor& x, const Rotary& angles) {
  const auto halves = x.chunk(2, -1);
  return x * angles.cos + torch::cat({-halves[1], halves[0]}, -1) * angles.sin;
}

struct LayerWeights {
  Tensor attn_norm;  // [D]; undefined in layer 0
  Tensor qkv;        // [3 D, D]
  Tensor attn_out;   // [D, D]
  Tensor mlp_norm;   // [D]
  Tensor mlp_in;     // [2 F, D]
  Tensor mlp_out;    // [D, F]
};

struct Weights {
  Tensor embeddings;                              // [V, D]
  Tensor embeddings_norm, final_norm, head_norm;  // [D]
  std::vector<LayerWeights> layers;
  Tensor head_dense;                          // [D, D]
  Tensor classifier_weight, classifier_bias;  // [K, D], [K]
};

// Names the tensors, which stand in the order of parameter_specs().
Weights name_weights(const ModernBertConfig& config, const std::vector<Tensor>& tensors) {
  size_t next = 0;
  Weights w;
  w.embeddings = tensors[next++];
  w.embeddings_norm = tensors[next++];
  for (int l = 0; l < config.layers; ++l) {
    LayerWeights layer;
    if (l > 0) layer.attn_norm = tensors[next++];
    layer.qkv = tensors[next++];
    layer.attn_out = tensors[next++];
    layer.mlp_norm = tensors[next++];
    layer.mlp_in = tensors[next++];
    layer.mlp_out = tensors[next++];
    w.layers.push_back(layer);
  }
  w.final_norm = tensors[next++];
  w.head_dense = tensors[next++];
  w.head_norm = tensors[next++];
  w.classifier_weight = tensors[next++];
  w.classifier_bias = tensors[next++];
  TORCH_INTERNAL_ASSERT(next == tensors.size());
  return w;
}

// The function that the weights define. Follows ModernBertForSequenceClassification with mean
// pooling; the parity tests hold it to that.
class Network {
 public:
  Network(const ModernBertConfig& config, const Weights& weights, bool training)
      : config_(config), w_(weights), training_(training) {}

  // -> [B, K]
  Tensor logits(const Batch& batch) const {
    const int64_t t = batch.ids.size(1);
    const int64_t head_size = config_.width / config_.heads;
    const Rotary global_angles = rotary(t, head_size, config_.global_rope_base);
    const Rotary local_angles = rotary(t, head_size, config_.local_rope_base);
    // A finite minimum: a padded query with nothing in its window must not become NaN.
    constexpr float kMasked = std::numeric_limits<float>::lowest() / 2;
    const Tensor padding = ((1 - batch.present) * kMasked).view({-1, 1, 1, t});  // [B, 1, 1, T]
    const Tensor position = torch::arange(t);
    const Tensor distance = (position.view({-1, 1}) - position).abs();  // [T, T]
    const Tensor local_mask =
        padding.masked_fill(distance.gt(config_.local_window / 2), kMasked);  // [B, 1, T, T]

    Tensor x = torch::embedding(w_.embeddings, batch.ids);  // [B, T, D]
    x = drop(norm(x, w_.embeddings_norm));
    for (int l = 0; l < config_.layers; ++l) {
      const LayerWeights& layer = w_.layers[static_cast<size_t>(l)];
      const bool global = config_.is_global(l);
      const Tensor in = layer.attn_norm.defined() ? norm(x, layer.attn_norm) : x;
      x = x + attention(in, layer, global ? padding : local_mask,
                        global ? global_angles : local_angles);
      x = x + mlp(norm(x, layer.mlp_norm), layer);
    }
    x = norm(x, w_.final_norm);

    const Tensor present = batch.present.unsqueeze(-1);         // [B, T, 1]
    const Tensor mean = (x * present).sum(1) / present.sum(1);  // [B, D]
    const Tensor head = norm(gelu(torch::linear(mean, w_.head_dense)), w_.head_norm);
    return torch::linear(drop(head), w_.classifier_weight, w_.classifier_bias);
  }

 private:
  Tensor norm(const Tensor& x, const Tensor& weight) const {
    return torch::layer_norm(x, {config_.width}, weight, {}, config_.norm_epsilon);
  }

  Tensor gelu(const Tensor& x) const {
    return torch::gelu(x, config_.gelu == Gelu::kTanh ? "tanh" : "none");
  }

  Tensor drop(const Tensor& x) const {
    return training_ && config_.dropout > 0 ? torch::dropout(x, config_.dropout, true) : x;
  }

  // x: [B, T, D]; mask: [B, 1, 1 or T, T], added to the scores
  Tensor attention(const Tensor& x, const LayerWeights& layer, const Tensor& mask,
                   const Rotary& angles) const {
    const int64_t b = x.size(0);
    const int64_t t = x.size(1);
    const int64_t head_size = config_.width / config_.heads;
    const Tensor qkv = torch::linear(x, layer.qkv)
                           .view({b, t, 3, config_.heads, head_size})
                           .permute({2, 0, 3, 1, 4});       // [3, B, H, T, E]
    const Tensor qk = rotate(qkv.narrow(0, 0, 2), angles);  // [2, B, H, T, E]
    const Tensor scores =
        torch::matmul(qk[0] * std::pow(double(head_size), -0.5), qk[1].transpose(-2, -1)) +
        mask;                                                                // [B, H, T, T]
    const Tensor mixed = torch::matmul(torch::softmax(scores, -1), qkv[2]);  // [B, H, T, E]
    return drop(
        torch::linear(mixed.transpose(1, 2).reshape({b, t, config_.width}), layer.attn_out));
  }

  Tensor mlp(const Tensor& x, const LayerWeights& layer) const {
    const auto halves = torch::linear(x, layer.mlp_in).chunk(2, -1);  // 2 x [B, T, F]
    return torch::linear(drop(gelu(halves[0]) * halves[1]), layer.mlp_out);
  }

  const ModernBertConfig& config_;
  const Weights& w_;
  bool training_;
};

// Matrices are drawn from a normal distribution that keeps the variance of their input; those that
// write into the residual stream are scaled down by its number of writers, as the paper does.
Tensor initial_values(const ParameterSpec& spec, const ModernBertConfig& config, uint64_t seed) {
  using Role = ParameterSpec::Role;
  if (spec.role == Role::kNorm) return torch::ones(spec.shape);
  if (spec.role == Role::kBias) return torch::zeros(spec.shape);
  double deviation = 0.02;  // embeddings: small, for a layer norm follows and learning is faster
  if (spec.role != Role::kEmbedding) deviation = std::pow(double(spec.shape[1]), -0.5);
  if (spec.role == Role::kOutput) deviation /= std::sqrt(2.0 * config.layers);
  Tensor tensor = torch::empty(spec.shape);
  Random random(seed, spec.name);
  float* values = tensor.data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    values[i] = static_cast<float>(std::clamp(random.normal(), -3.0, 3.0) * deviation);
  }
  return tensor;
}

std::vector<float> to_vector(const Tensor& tensor) {
  const Tensor flat = tensor.detach().to(torch::kFloat32).contiguous().view({-1});
  const float* values = flat.data_ptr<float>();
  return {values, values + flat.numel()};
}

}  // namespace

struct Classifier::Impl {
  ModernBertConfig config;
  OptimizerOptions options;
  std::vector<ParameterSpec> specs;
  std::vector<Tensor> tensors;  // in the order of specs
  Weights weights;
  std::unique_ptr<torch::optim::AdamW> optimizer;

  Tensor loss(std::span<const TokenIds> batch, std::span<const int> labels, const Tensor& weights_k,
              bool training) const {
    const Tensor out = Network(config, weights, training).logits(pad(batch, config));
    const Tensor target = torch::tensor(std::vector<int64_t>(labels.begin(), labels.end()));
    return torch::cross_entropy_loss(out, target, weights_k, at::Reduction::Sum);
  }

  // Adds the batch's gradients to the parameters' and returns its loss.
  double accumulate(std::span<const TokenIds> batch, std::span<const int> labels,
                    std::span<const float> class_weights, bool training) {
    if (batch.empty() || batch.size() != labels.size() ||
        class_weights.size() != static_cast<size_t>(config.labels)) {
      throw Error(ErrorCode::kUsage,
                  "a training batch needs one label per prompt and one weight "
                  "per label");
    }
    double total_weight = 0;
    int64_t longest = 1;
    for (size_t i = 0; i < batch.size(); ++i) {
      if (labels[i] < 0 || labels[i] >= config.labels) {
        throw Error(ErrorCode::kUsage, "label " + std::to_string(labels[i]) + " is outside [0, " +
                                           std::to_string(config.labels) + ")");
      }
      total_weight += class_weights[static_cast<size_t>(labels[i])];
      longest = std::max(longest, static_cast<int64_t>(batch[i].size()));
    }
    if (total_weight <= 0) return 0;
    const Tensor weights_k =
        torch::tensor(std::vector<float>(class_weights.begin(), class_weights.end()));
    const auto piece =
        static_cast<size_t>(std::max<int64_t>(1, kMaxScores / (longest * longest * config.heads)));
    double sum = 0;
    for (size_t from = 0; from < batch.size(); from += piece) {
      const size_t count = std::min(piece, batch.size() - from);
      const Tensor part =
          loss(batch.subspan(from, count), labels.subspan(from, count), weights_k, training) /
          total_weight;
      part.backward();
      sum += part.item<double>();
    }
    return sum;
  }
};

Classifier::Classifier(const ModernBertConfig& config, uint64_t seed,
                       const OptimizerOptions& options)
    : impl_(std::make_unique<Impl>()) {
  check_config(config);
  impl_->config = config;
  impl_->options = options;
  impl_->specs = parameter_specs(config);
  std::vector<Tensor> decayed, free;
  for (const ParameterSpec& spec : impl_->specs) {
    Tensor tensor = initial_values(spec, config, seed).set_requires_grad(true);
    impl_->tensors.push_back(tensor);
    (spec.shape.size() > 1 ? decayed : free).push_back(tensor);
  }
  impl_->weights = name_weights(config, impl_->tensors);
  torch::manual_seed(seed);  // dropout
  const auto group = [&](const std::vector<Tensor>& tensors, double decay) {
    auto adam = std::make_unique<torch::optim::AdamWOptions>();
    adam->betas({options.beta1, options.beta2}).eps(options.epsilon).weight_decay(decay);
    return torch::optim::OptimizerParamGroup(tensors, std::move(adam));
  };
  impl_->optimizer =
      std::make_unique<torch::optim::AdamW>(std::vector<torch::optim::OptimizerParamGroup>{
          group(decayed, options.weight_decay), group(free, 0)});
}

Classifier::~Classifier() = default;
Classifier::Classifier(Classifier&&) noexcept = default;
Classifier& Classifier::operator=(Classifier&&) noexcept = default;

const ModernBertConfig& Classifier::config() const { return impl_->config; }

int64_t Classifier::parameter_count() const {
  int64_t count = 0;
  for (const Tensor& tensor : impl_->tensors) count += tensor.numel();
  return count;
}

std::vector<std::vector<float>> Classifier::logits(std::span<const TokenIds> batch) const {
  if (batch.empty()) return {};
  const torch::NoGradGuard no_gradients;
  const Tensor out =
      Network(impl_->config, impl_->weights, false).logits(pad(batch, impl_->config));  // [B, K]
  std::vector<std::vector<float>> rows;
  for (int64_t i = 0; i < out.size(0); ++i) rows.push_back(to_vector(out[i]));
  return rows;
}

double Classifier::step(std::span<const TokenIds> batch, std::span<const int> labels,
                        double learning_rate, std::span<const float> class_weights) {
  impl_->optimizer->zero_grad();
  const double loss = impl_->accumulate(batch, labels, class_weights, true);
  torch::nn::utils::clip_grad_norm_(impl_->tensors, impl_->options.max_gradient_norm);
  for (auto& group : impl_->optimizer->param_groups()) {
    static_cast<torch::optim::AdamWOptions&>(group.options()).lr(learning_rate);
  }
  impl_->optimizer->step();
  return loss;
}

std::pair<double, std::vector<NamedTensor>> Classifier::gradients(
    std::span<const TokenIds> batch, std::span<const int> labels,
    std::span<const float> class_weights) {
  impl_->optimizer->zero_grad();
  const double loss = impl_->accumulate(batch, labels, class_weights, false);
  std::vector<NamedTensor> result;
  for (size_t i = 0; i < impl_->specs.size(); ++i) {
    result.push_back({impl_->specs[i], to_vector(impl_->tensors[i].grad())});
  }
  impl_->optimizer->zero_grad();
  return {loss, std::move(result)};
}

std::vector<NamedTensor> Classifier::parameters() const {
  std::vector<NamedTensor> result;
  for (size_t i = 0; i < impl_->specs.size(); ++i) {
    result.push_back({impl_->specs[i], to_vector(impl_->tensors[i])});
  }
  return result;
}

void Classifier::set_parameters(std::span<const NamedTensor> parameters) {
  const torch::NoGradGuard no_gradients;
  if (parameters.size() != impl_->specs.size()) {
    throw Error(ErrorCode::kUsage, "expected " + std::to_string(impl_->specs.size()) +
                                       " parameters, got " + std::to_string(parameters.size()));
  }
  for (size_t i = 0; i < parameters.size(); ++i) {
    Tensor& tensor = impl_->tensors[i];
    const NamedTensor& given = parameters[i];
    if (given.spec.name != impl_->specs[i].name ||
        given.values.size() != static_cast<size_t>(tensor.numel())) {
      throw Error(ErrorCode::kUsage, "parameter " + std::to_string(i) + " is " + given.spec.name +
                                         " with " + std::to_string(given.values.size()) +
                                         " values, expected " + impl_->specs[i].name + " with " +
                                         std::to_string(tensor.numel()));
    }
    std::copy(given.values.begin(), given.values.end(), tensor.data_ptr<float>());
  }
}

void set_torch_threads(int threads) {
  if (threads > 0) torch::set_num_threads(threads);
}

std::string torch_version() { return TORCH_VERSION; }

}  // namespace paq
