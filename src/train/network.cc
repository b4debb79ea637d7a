// SPDX-License-Identifier: MIT
#include "train/network.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"

namespace paq {
namespace {

using torch::Tensor;

// A finite minimum: a padded query with nothing in its window must not become NaN.
constexpr float kMasked = std::numeric_limits<float>::lowest() / 2;

// From this many windows' halves on, a local layer computes its band alone: below it, the three
// halves that every query meets are hardly fewer keys than all.
constexpr int64_t kBandFrom = 4;

// [B, T] 1 and 0 -> [B, 1, 1, T], 0 and kMasked
Tensor padding_mask(const Tensor& present) {
  return ((1 - present) * kMasked).view({present.size(0), 1, 1, present.size(1)});
}

// Of every token, the keys at most `half` away. -> [B, 1, T, T]
Tensor window_mask(const Tensor& present, int64_t half) {
  const Tensor position = torch::arange(present.size(1), present.device());
  const Tensor distance = (position.view({-1, 1}) - position).abs();  // [T, T]
  return padding_mask(present).masked_fill(distance.gt(half), kMasked);
}

// Tokens that fill up the last of the bands of `w`.
int64_t missing(int64_t tokens, int64_t w) { return (w - tokens % w) % w; }

// The same for bands: query i of `w` meets keys j of 3 `w`, of which it sees i <= j <= i + 2 w.
// -> [B, 1, N, W, 3 W]
Tensor band_mask(const Tensor& present, int64_t w) {
  const int64_t after = missing(present.size(1), w);
  const Tensor around = torch::constant_pad_nd(present, {w, after + w}).unfold(1, 3 * w, w);
  const Tensor i = torch::arange(w, present.device()).view({-1, 1});
  const Tensor j = torch::arange(3 * w, present.device());
  return ((1 - around) * kMasked)
      .view({around.size(0), 1, around.size(1), 1, 3 * w})
      .masked_fill(j.lt(i).logical_or(j.gt(i + 2 * w)), kMasked);
}

// q: [.., Tq, E]; k, v: [.., Tk, E] -> [.., Tq, E]
Tensor mix(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask) {
  return torch::matmul(torch::softmax(torch::matmul(q, k.transpose(-2, -1)) + mask, -1), v);
}

// The same, where every `w` queries meet the 3 `w` keys around them, which hold their windows.
// q, k, v: [B, H, T, E]
Tensor mix_band(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask, int64_t w) {
  const int64_t tokens = q.size(2);
  const int64_t after = missing(tokens, w);
  const Tensor queries = torch::constant_pad_nd(q, {0, 0, 0, after})
                             .view({q.size(0), q.size(1), (tokens + after) / w, w, q.size(3)});
  const auto around = [&](const Tensor& x) {  // [B, H, N, 3 W, E]
    return torch::constant_pad_nd(x, {0, 0, w, after + w}).unfold(2, 3 * w, w).transpose(-2, -1);
  };
  return mix(queries, around(k), around(v), mask)
      .reshape({q.size(0), q.size(1), tokens + after, q.size(3)})
      .narrow(2, 0, tokens);
}

}  // namespace

Batch pad(std::span<const TokenIds> prompts, const ModernBertConfig& config, torch::Device device) {
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
  return {batch.ids.to(device), batch.present.to(device)};
}

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

int64_t attention_scores(const ModernBertConfig& config, int64_t batch, int64_t tokens) {
  return batch * config.heads * tokens * tokens;
}

// Of the rotary embedding.
struct Network::Angles {
  Angles(int64_t tokens, int64_t head_size, double base, torch::Device device) {
    const auto floats = torch::TensorOptions().dtype(torch::kFloat32).device(device);
    const Tensor exponents = torch::arange(0, head_size, 2, floats) / double(head_size);
    const Tensor frequencies = 1.0 / torch::pow(base, exponents);  // [E/2]
    const Tensor angles = torch::outer(torch::arange(tokens, floats), frequencies);
    const Tensor both = torch::cat({angles, angles}, -1);
    cos = both.cos();
    sin = both.sin();
  }

  // x: [.., T, E]
  Tensor rotate(const Tensor& x) const {
    const auto halves = x.chunk(2, -1);
    return x * cos + torch::cat({-halves[1], halves[0]}, -1) * sin;
  }

  Tensor cos, sin;  // [T, E], the two halves of E alike
};

// What one kind of layer, global or local, sees of a batch.
struct Network::View {
  Angles angles;
  Tensor mask;       // added to the scores: [B, 1, 1 or T, T]; banded [B, 1, N, W, 3 W]
  int64_t band = 0;  // W, where only the band is computed; 0: all T x T scores
};

Tensor Network::logits(const Batch& batch) const {
  const int64_t t = batch.ids.size(1);
  const int64_t head_size = config_.width / config_.heads;
  const torch::Device device = batch.ids.device();
  const int64_t half = config_.local_window / 2;
  const bool banded = t >= kBandFrom * half;
  const View global{Angles(t, head_size, config_.global_rope_base, device),
                    padding_mask(batch.present)};
  const View local{Angles(t, head_size, config_.local_rope_base, device),
                   banded ? band_mask(batch.present, half) : window_mask(batch.present, half),
                   banded ? half : 0};

  Tensor x = torch::embedding(w_.embeddings, batch.ids);  // [B, T, D]
  x = drop(norm(x, w_.embeddings_norm));
  for (int l = 0; l < config_.layers; ++l) {
    const LayerWeights& layer = w_.layers[static_cast<size_t>(l)];
    const Tensor in = layer.attn_norm.defined() ? norm(x, layer.attn_norm) : x;
    x = x + attention(in, layer, config_.is_global(l) ? global : local);
    x = x + mlp(norm(x, layer.mlp_norm), layer);
  }
  x = norm(x, w_.final_norm);

  const Tensor present = batch.present.unsqueeze(-1);         // [B, T, 1]
  const Tensor mean = (x * present).sum(1) / present.sum(1);  // [B, D]
  const Tensor head = norm(gelu(torch::linear(mean, w_.head_dense)), w_.head_norm);
  return torch::linear(drop(head), w_.classifier_weight, w_.classifier_bias).to(torch::kFloat32);
}

// In F32 whatever x is: LibTorch 1.13's takes no BF16 beside weights in F32.
Tensor Network::norm(const Tensor& x, const Tensor& weight) const {
  return torch::layer_norm(x.to(weight.scalar_type()), {config_.width}, weight, {},
                           config_.norm_epsilon);
}

Tensor Network::gelu(const Tensor& x) const {
  return torch::gelu(x, config_.gelu == Gelu::kTanh ? "tanh" : "none");
}

// torch::dropout takes one number at a time from a generator that knows one thread; here one draw
// decides four places, to 1 / 65,536 of the share.
Tensor Network::drop(const Tensor& x) const {
  if (!training_ || config_.dropout <= 0) return x;
  const int64_t n = x.numel();
  using Limits = std::numeric_limits<int64_t>;
  const Tensor bits = torch::empty({(n + 3) / 4}, x.options().dtype(torch::kInt64))
                          .random_(Limits::min(), Limits::max())
                          .view(torch::kInt16)
                          .narrow(0, 0, n)
                          .view(x.sizes());
  const auto dropped = static_cast<int64_t>(std::lround(config_.dropout * 65536)) - 32768;
  return x * bits.ge(dropped).to(x.scalar_type()).mul_(1 / (1 - config_.dropout));
}

// x: [B, T, D]
Tensor Network::attention(const Tensor& x, const LayerWeights& layer, const View& view) const {
  const int64_t b = x.size(0);
  const int64_t t = x.size(1);
  const int64_t head_size = config_.width / config_.heads;
  const Tensor qkv = torch::linear(x, layer.qkv)
                         .view({b, t, 3, config_.heads, head_size})
                         .permute({2, 0, 3, 1, 4});           // [3, B, H, T, E]
  const Tensor qk = view.angles.rotate(qkv.narrow(0, 0, 2));  // [2, B, H, T, E]
  const Tensor q = qk[0] * std::pow(double(head_size), -0.5);
  const Tensor mixed = view.band > 0 ? mix_band(q, qk[1], qkv[2], view.mask, view.band)
                                     : mix(q, qk[1], qkv[2], view.mask);  // [B, H, T, E]
  return drop(torch::linear(mixed.transpose(1, 2).reshape({b, t, config_.width}), layer.attn_out));
}

// x: [B, T, D]
Tensor Network::mlp(const Tensor& x, const LayerWeights& layer) const {
  const auto halves = torch::linear(x, layer.mlp_in).chunk(2, -1);  // 2 x [B, T, F]
  return torch::linear(drop(gelu(halves[0]) * halves[1]), layer.mlp_out);
}

}  // namespace paq
