// SPDX-License-Identifier: MIT
#include "train/classifier.h"

#include <ATen/autocast_mode.h>
#include <torch/torch.h>
#include <torch/version.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <sstream>

#include "core/error.h"
#include "core/random.h"
#include "train/network.h"

namespace paq {
namespace {

using torch::Tensor;

// Attention scores that one forward pass may hold per layer; 4 million are 16 MiB.
constexpr int64_t kMaxScores = int64_t{1} << 22;

constexpr std::array kDeviceNames = {
    std::pair{Device::kCpu, std::string_view("cpu")},
    std::pair{Device::kCuda, std::string_view("cuda")},
    std::pair{Device::kAuto, std::string_view("auto")},
};

Device resolve(Device device) {
  if (device == Device::kAuto) return torch::cuda::is_available() ? Device::kCuda : Device::kCpu;
  if (device == Device::kCuda && !torch::cuda::is_available()) {
    throw Error(ErrorCode::kUsage,
                "--device cuda: this LibTorch (" + torch_version() +
                    ") finds no GPU; train with --device cpu, or build with a LibTorch for CUDA "
                    "(docs/building.md) where the driver is installed");
  }
  return device;
}

// Autocast to BF16 while it lives, where `on`. LibTorch 2.4 gave one set of functions to all
// devices.
class Autocast {
 public:
  Autocast(Device device, bool on) : type_(device == Device::kCuda ? at::kCUDA : at::kCPU) {
    on_ = on;
    if (!on_) return;
    at::autocast::increment_nesting();
    switch_to(true);
  }
  ~Autocast() {
    if (!on_) return;
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    switch_to(false);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  void switch_to(bool enabled) const {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    at::autocast::set_autocast_dtype(type_, at::kBFloat16);
    at::autocast::set_autocast_enabled(type_, enabled);
#else
    if (type_ == at::kCUDA) {
      at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
      at::autocast::set_enabled(enabled);
    } else {
      at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
      at::autocast::set_cpu_enabled(enabled);
    }
#endif
  }

  at::DeviceType type_;
  bool on_;
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

bool is_frozen(const ParameterSpec& spec, int layers) {
  if (layers == 0) return false;
  if (spec.name.starts_with("model.embeddings.")) return true;
  constexpr std::string_view kLayer = "model.layers.";
  return spec.name.starts_with(kLayer) && std::stoi(spec.name.substr(kLayer.size())) < layers;
}

std::vector<float> to_vector(const Tensor& tensor) {
  const Tensor flat = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous().view({-1});
  const float* values = flat.data_ptr<float>();
  return {values, values + flat.numel()};
}

void copy_into(Tensor& tensor, const std::vector<float>& values) {
  Tensor flat = torch::empty({static_cast<int64_t>(values.size())});
  std::copy(values.begin(), values.end(), flat.data_ptr<float>());
  tensor.copy_(flat.view(tensor.sizes()));
}

}  // namespace

std::string_view device_name(Device device) {
  for (const auto& [own, name] : kDeviceNames) {
    if (own == device) return name;
  }
  return "?";
}

Device parse_device(std::string_view name) {
  for (const auto& [device, own] : kDeviceNames) {
    if (own == name) return device;
  }
  throw Error(ErrorCode::kUsage,
              "unknown device \"" + std::string(name) + "\"; use cpu, cuda or auto");
}

struct Classifier::Impl {
  ModernBertConfig config;
  Device device = Device::kCpu;
  ClassifierOptions options;
  std::vector<ParameterSpec> specs;
  std::vector<Tensor> tensors;  // in the order of specs
  Weights weights;
  std::unique_ptr<torch::optim::AdamW> optimizer;

  torch::Device where() const {
    return device == Device::kCuda ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
  }

  // Whose states dropout depends on.
  at::Generator generator() const { return at::globalContext().defaultGenerator(where()); }

  // -> [B, K]
  Tensor logits(std::span<const TokenIds> batch, bool training) const {
    const Autocast autocast(device, options.bf16);
    return Network(config, weights, training).logits(pad(batch, config, where()));
  }

  Tensor loss(std::span<const TokenIds> batch, std::span<const int> labels, const Tensor& weights_k,
              bool training) const {
    const Tensor out = logits(batch, training);
    const Tensor target =
        torch::tensor(std::vector<int64_t>(labels.begin(), labels.end())).to(where());
    const Tensor entropy =
        torch::cross_entropy_loss(out, target, weights_k, at::Reduction::Sum,
                                  /*ignore_index=*/-100, options.label_smoothing);
    if (options.ordinal == 0) return entropy;
    const Tensor reached = torch::one_hot(target, config.labels).to(torch::kFloat32).cumsum(1);
    const Tensor distance = (torch::softmax(out, 1).cumsum(1) - reached).square().sum(1);  // [B]
    return entropy + options.ordinal * (distance * weights_k.index_select(0, target)).sum();
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
        torch::tensor(std::vector<float>(class_weights.begin(), class_weights.end())).to(where());
    const int64_t fitting = std::max<int64_t>(1, kMaxScores / attention_scores(config, 1, longest));
    const auto piece = static_cast<size_t>(
        options.micro_batch > 0 ? std::min<int64_t>(fitting, options.micro_batch) : fitting);
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
                       const ClassifierOptions& options)
    : impl_(std::make_unique<Impl>()) {
  check_config(config);
  impl_->config = config;
  impl_->device = resolve(options.device);
  impl_->options = options;
  impl_->specs = parameter_specs(config);
  std::vector<Tensor> decayed, free;
  for (const ParameterSpec& spec : impl_->specs) {
    const bool learns = !is_frozen(spec, options.frozen_layers);
    Tensor tensor = initial_values(spec, config, seed).to(impl_->where()).set_requires_grad(learns);
    impl_->tensors.push_back(tensor);
    if (learns) (spec.shape.size() > 1 ? decayed : free).push_back(tensor);
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
Device Classifier::device() const { return impl_->device; }

int64_t Classifier::parameter_count() const {
  int64_t count = 0;
  for (const Tensor& tensor : impl_->tensors) count += tensor.numel();
  return count;
}

std::vector<std::vector<float>> Classifier::logits(std::span<const TokenIds> batch) const {
  if (batch.empty()) return {};
  const torch::NoGradGuard no_gradients;
  const Tensor out = impl_->logits(batch, false).to(torch::kCPU);  // [B, K]
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
    const Tensor& tensor = impl_->tensors[i];
    result.push_back(
        {impl_->specs[i],
         to_vector(tensor.requires_grad() ? tensor.grad() : torch::zeros_like(tensor))});
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
    copy_into(tensor, given.values);
  }
}

void Classifier::replace_parameters(std::span<const NamedTensor> parameters) {
  const torch::NoGradGuard no_gradients;
  for (const NamedTensor& given : parameters) {
    const auto spec = std::find_if(impl_->specs.begin(), impl_->specs.end(),
                                   [&](const auto& own) { return own.name == given.spec.name; });
    if (spec == impl_->specs.end()) {
      throw Error(ErrorCode::kMismatch, "the classifier has no parameter " + given.spec.name +
                                            "; take a base of another shape");
    }
    Tensor& tensor = impl_->tensors[static_cast<size_t>(spec - impl_->specs.begin())];
    if (given.values.size() != static_cast<size_t>(tensor.numel())) {
      throw Error(ErrorCode::kMismatch, "parameter " + given.spec.name + " has " +
                                            std::to_string(given.values.size()) +
                                            " values, expected " + std::to_string(tensor.numel()) +
                                            "; take a base of another shape");
    }
    copy_into(tensor, given.values);
  }
}

std::string Classifier::state() const {
  torch::serialize::OutputArchive archive;
  for (size_t i = 0; i < impl_->tensors.size(); ++i) {
    archive.write("parameter" + std::to_string(i), impl_->tensors[i].detach());
  }
  torch::serialize::OutputArchive optimizer;
  impl_->optimizer->save(optimizer);
  archive.write("optimizer", optimizer);
  archive.write("random", impl_->generator().get_state());
  std::ostringstream bytes;
  archive.save_to(bytes);
  return bytes.str();
}

void Classifier::set_state(const std::string& state) {
  const torch::NoGradGuard no_gradients;
  try {
    torch::serialize::InputArchive archive;
    archive.load_from(state.data(), state.size(), impl_->where());
    for (size_t i = 0; i < impl_->tensors.size(); ++i) {
      Tensor stored;
      archive.read("parameter" + std::to_string(i), stored);
      TORCH_CHECK(stored.sizes() == impl_->tensors[i].sizes(), "another shape");
      impl_->tensors[i].copy_(stored);
    }
    torch::serialize::InputArchive optimizer;
    archive.read("optimizer", optimizer);
    impl_->optimizer->load(optimizer);
    Tensor random;
    archive.read("random", random);
    random = random.to(torch::kCPU);
    at::Generator generator = impl_->generator();
    generator.set_state(random);
  } catch (const std::exception& error) {
    const std::string line = error.what();
    throw Error(ErrorCode::kBadFile, "the state of a training fits no such classifier (" +
                                         line.substr(0, line.find('\n')) + ")");
  }
}

void set_torch_threads(int threads) {
  if (threads > 0) torch::set_num_threads(threads);
}

std::string torch_version() { return TORCH_VERSION; }

}  // namespace paq
