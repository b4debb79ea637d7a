// SPDX-License-Identifier: MIT
// ModernBERT (arXiv 2412.13663) with a classification head: its shape and its list of parameters.
//
// Plain values that training, export and tests share. The computation is classifier.h's business.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace paq {

/// The curve inside GeGLU and the head. Published checkpoints were trained with the error function;
/// llama.cpp computes the tanh approximation, so what is trained here to run there uses that.
enum class Gelu { kErf, kTanh };

struct ModernBertConfig {
  int vocab_size = 0;
  int width = 0;
  int layers = 0;
  int heads = 0;  ///< Divides `width` into an even head size.
  int ffn = 0;    ///< Width of one half of the GeGLU.
  int labels = 0;
  int context_tokens = 2048;  ///< Longest input, special tokens included.
  int local_window = 128;     ///< A local layer sees half of it to either side, inclusive.
  int global_every = 3;       ///< Layer l sees everything where l % global_every == 0.
  double global_rope_base = 160000;
  double local_rope_base = 10000;
  double norm_epsilon = 1e-5;
  Gelu gelu = Gelu::kTanh;
  double dropout = 0;  ///< While training: embeddings, attention output, MLP.

  bool is_global(int layer) const { return layer % global_every == 0; }
};

/// The sizes that are trained from scratch. Published ModernBERT-base is 22 layers of 768.
enum class RouterSize { kTiny, kSmall, kBase };

/// Throws Error(kUsage) that lists the names for anything but "tiny", "small" and "base".
RouterSize parse_router_size(std::string_view name);
std::string_view router_size_name(RouterSize size);

/// tiny 4 layers of 128, small 6 of 256, base 12 of 384; vocab_size and labels are left at 0.
ModernBertConfig modernbert_config(RouterSize size);

/// Throws Error(kUsage) where a field is out of range or two contradict each other.
void check_config(const ModernBertConfig& config);

/// One parameter tensor under both of its names.
struct ParameterSpec {
  enum class Role { kEmbedding, kInput, kOutput, kNorm, kBias };

  std::string name;            ///< Hugging Face's: "model.layers.0.attn.Wqkv.weight".
  std::string gguf_name;       ///< llama.cpp's: "blk.0.attn_qkv.weight".
  std::vector<int64_t> shape;  ///< PyTorch order: [out, in].
  Role role;                   ///< How it is initialised, and whether weight decay applies.
};

struct NamedTensor {
  ParameterSpec spec;
  std::vector<float> values;  ///< Row-major in spec.shape.
};

/// Every parameter in Hugging Face's order; the only such table.
std::vector<ParameterSpec> parameter_specs(const ModernBertConfig& config);

}  // namespace paq
