// SPDX-License-Identifier: MIT
#include "mini/muon.h"

#include "mini/workers.h"

namespace paq::mini {
namespace {

using torch::Tensor;

constexpr int kNewtonSchulzSteps = 5;

// Pushes the singular values of every matrix in x [count, D, D] towards 1, with the published
// quintic coefficients.
Tensor orthogonalize(Tensor x) {
  constexpr double kA = 3.4445, kB = -4.7750, kC = 2.0315;
  x = x / (x.flatten(1).to(torch::kFloat32).norm(2, 1).view({-1, 1, 1}) + 1e-7).to(x.dtype());
  for (int i = 0; i < kNewtonSchulzSteps; ++i) {
    const Tensor gram = torch::bmm(x, x.transpose(1, 2));
    const Tensor poly = torch::baddbmm(gram, gram, gram, kB, kC);
    x = torch::baddbmm(x, poly, x, kA, 1.0);
  }
  return x;
}

}  // namespace

Muon::Muon(std::vector<Tensor> parameters, int64_t block, const MuonOptions& options)
    : parameters_(std::move(parameters)), block_(block), options_(options) {
  for (const Tensor& parameter : parameters_) momenta_.push_back(torch::zeros_like(parameter));
}

void Muon::step(double learning_rate) {
  torch::NoGradGuard no_grad;
  std::vector<Tensor> blocks;  // square blocks of every update
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor gradient = parameters_[i].grad();
    momenta_[i].lerp_(gradient, 1.0 - options_.momentum);
    const Tensor update = gradient.lerp(momenta_[i], options_.momentum).to(options_.compute);
    const int64_t dim = update.size(0) > block_ ? 0 : 1;
    for (const Tensor& piece : update.split(block_, dim)) blocks.push_back(piece);
  }
  const std::vector<Tensor> parts =
      torch::stack(blocks).chunk(static_cast<int64_t>(options_.threads));
  const Tensor orthogonal = torch::cat(run_workers(parts.size(), [&](size_t part) {
    torch::NoGradGuard no_grad_here;  // it holds for one thread only
    return orthogonalize(parts[part]).to(torch::kFloat32);
  }));
  int64_t next = 0;
  for (const Tensor& parameter : parameters_) {
    const int64_t dim = parameter.size(0) > block_ ? 0 : 1;
    if (options_.weight_decay > 0) parameter.mul_(1.0 - learning_rate * options_.weight_decay);
    for (const Tensor& piece : parameter.split(block_, dim)) {
      Tensor(piece).sub_(orthogonal[next++], learning_rate);
    }
  }
}

}  // namespace paq::mini
