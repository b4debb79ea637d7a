// SPDX-License-Identifier: MIT
// Fused CPU operations of the miniature's training, differentiable, in F32 or BF16.
//
// A batch is ragged: sequences lie one behind the other in [N, ...], nothing is padded. What
// LibTorch would do in many passes over memory, or for padded batches only, is one pass here.
// Letters: N tokens of the batch, B sequences, T longest of them, D width, K width of a head, F
// width of the feed-forward layer.
#pragma once

#include <torch/torch.h>

namespace paq::mini {

/// x / rms(x) * gain. x [N, D] F32, gain [D] F32 -> [N, D] of `type`.
torch::Tensor rms_norm(const torch::Tensor& x, const torch::Tensor& gain, torch::ScalarType type);

/// silu(gate) * up. gate_up [N, 2F] -> [N, F].
torch::Tensor swiglu(const torch::Tensor& gate_up);

/// Causal attention inside each sequence. qkv [N, 3D]; queries and keys are rotated here (pairs of
/// neighbours, as llama.cpp's "llama" architecture has it; base 10,000, positions from 0 in each
/// sequence). starts [B + 1] int64: where each sequence begins in N, and N at the end. -> [N, D].
torch::Tensor causal_attention(const torch::Tensor& qkv, const torch::Tensor& starts,
                               int64_t heads);

}  // namespace paq::mini
