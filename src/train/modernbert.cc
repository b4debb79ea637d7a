// SPDX-License-Identifier: MIT
#include "train/modernbert.h"

#include <array>

#include "core/error.h"

namespace paq {
namespace {

struct NamedSize {
  RouterSize size;
  std::string_view name;
  int layers, width, heads;
};

constexpr std::array kSizes = {
    NamedSize{RouterSize::kTiny, "tiny", 4, 128, 4},
    NamedSize{RouterSize::kSmall, "small", 6, 256, 4},
    NamedSize{RouterSize::kBase, "base", 12, 384, 6},
};

const NamedSize& find_size(RouterSize size) {
  for (const NamedSize& entry : kSizes) {
    if (entry.size == size) return entry;
  }
  throw Error(ErrorCode::kUsage, "unknown router size; use tiny, small or base");
}

void require(bool condition, const std::string& what) {
  if (!condition) throw Error(ErrorCode::kUsage, "ModernBERT configuration: " + what);
}

}  // namespace

RouterSize parse_router_size(std::string_view name) {
  for (const NamedSize& entry : kSizes) {
    if (entry.name == name) return entry.size;
  }
  throw Error(ErrorCode::kUsage,
              "unknown router size \"" + std::string(name) + "\"; use tiny, small or base");
}

std::string_view router_size_name(RouterSize size) { return find_size(size).name; }

ModernBertConfig modernbert_config(RouterSize size) {
  const NamedSize& entry = find_size(size);
  ModernBertConfig config;
  config.layers = entry.layers;
  config.width = entry.width;
  config.heads = entry.heads;
  config.ffn = entry.width * 3 / 2;  // the ratio of the published checkpoints
  return config;
}

void check_config(const ModernBertConfig& config) {
  require(config.vocab_size > 0, "vocab_size must be positive");
  require(config.width > 0 && config.layers > 0 && config.ffn > 0,
          "width, layers and ffn must be positive");
  require(config.heads > 0 && config.width % (2 * config.heads) == 0,
          "width " + std::to_string(config.width) + " must be a multiple of twice the " +
              std::to_string(config.heads) + " heads");
  require(config.labels >= 2, "two labels or more are needed");
  require(config.context_tokens >= 2, "context_tokens must be at least 2");
  require(config.local_window >= 2 && config.local_window % 2 == 0,
          "local_window must be even and at least 2");
  require(config.global_every > 0, "global_every must be positive");
  require(config.dropout >= 0 && config.dropout < 1, "dropout must lie in [0, 1)");
}

std::vector<ParameterSpec> parameter_specs(const ModernBertConfig& config) {
  using Role = ParameterSpec::Role;
  const int64_t d = config.width;
  const int64_t f = config.ffn;
  std::vector<ParameterSpec> specs = {
      {"model.embeddings.tok_embeddings.weight",
       "token_embd.weight",
       {config.vocab_size, d},
       Role::kEmbedding},
      {"model.embeddings.norm.weight", "token_embd_norm.weight", {d}, Role::kNorm},
  };
  for (int layer = 0; layer < config.layers; ++layer) {
    const std::string hf = "model.layers." + std::to_string(layer) + ".";
    const std::string gguf = "blk." + std::to_string(layer) + ".";
    const auto add = [&](const char* hf_tail, const char* gguf_tail, std::vector<int64_t> shape,
                         Role role) {
      specs.push_back({hf + hf_tail, gguf + gguf_tail, std::move(shape), role});
    };
    // The embeddings were normalised a moment ago: layer 0 has no attention norm.
    if (layer > 0) add("attn_norm.weight", "attn_norm.weight", {d}, Role::kNorm);
    add("attn.Wqkv.weight", "attn_qkv.weight", {3 * d, d}, Role::kInput);
    add("attn.Wo.weight", "attn_output.weight", {d, d}, Role::kOutput);
    add("mlp_norm.weight", "ffn_norm.weight", {d}, Role::kNorm);
    add("mlp.Wi.weight", "ffn_up.weight", {2 * f, d}, Role::kInput);
    add("mlp.Wo.weight", "ffn_down.weight", {d, f}, Role::kOutput);
  }
  specs.push_back({"model.final_norm.weight", "output_norm.weight", {d}, Role::kNorm});
  specs.push_back({"head.dense.weight", "cls.weight", {d, d}, Role::kInput});
  specs.push_back({"head.norm.weight", "cls.norm.weight", {d}, Role::kNorm});
  specs.push_back({"classifier.weight", "cls.output.weight", {config.labels, d}, Role::kInput});
  specs.push_back({"classifier.bias", "cls.output.bias", {config.labels}, Role::kBias});
  return specs;
}

}  // namespace paq
