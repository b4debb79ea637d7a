// SPDX-License-Identifier: MIT
// The Muon optimiser (Jordan et al., 2024) for the matrices inside the layers.
//
// Momentum, then its nearest semi-orthogonal matrix by five Newton-Schulz steps. It learns look-up
// and memorising tasks in about half the steps of AdamW, which still serves embeddings and norms.
#pragma once

#include <torch/torch.h>

#include <vector>

namespace paq::mini {

struct MuonOptions {
  double momentum = 0.95;
  double weight_decay = 0.0;  ///< Times the learning rate.
  torch::ScalarType compute = torch::kFloat32;
  size_t threads = 1;
};

class Muon {
 public:
  /// `parameters` are [m * D, D] stacks or [D, n * D]: each is cut into blocks of `block` rows or
  /// columns that are orthogonalised on their own.
  Muon(std::vector<torch::Tensor> parameters, int64_t block, const MuonOptions& options);

  /// One update from the parameters' gradients; 0.02 is a usual rate.
  void step(double learning_rate);

  /// Momentum buffers, in the order of the parameters; for checkpoints.
  std::vector<torch::Tensor>& momenta() { return momenta_; }

 private:
  std::vector<torch::Tensor> parameters_;
  std::vector<torch::Tensor> momenta_;
  int64_t block_;
  MuonOptions options_;
};

}  // namespace paq::mini
