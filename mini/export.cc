// SPDX-License-Identifier: MIT
#include "mini/export.h"

#include <span>

#include "ladder/gguf_writer.h"
#include "mini/vocabulary.h"

namespace paq::mini {
namespace {

constexpr uint32_t kContext = 512;
constexpr uint32_t kFileTypeF16 = 1;  // llama.cpp's LLAMA_FTYPE_MOSTLY_F16

void add(GgufWriter& writer, const std::string& name, const torch::Tensor& tensor) {
  const torch::Tensor values = tensor.detach().to(torch::kFloat32).contiguous();
  std::vector<int64_t> shape(values.sizes().rbegin(), values.sizes().rend());
  writer.add_tensor(
      name, shape,
      std::span<const float>(values.data_ptr<float>(), static_cast<size_t>(values.numel())),
      values.dim() == 1 ? TensorType::kF32 : TensorType::kF16);
}

void add_tokenizer(GgufWriter& writer, const BpeVocab& vocab) {
  writer.set_string("tokenizer.ggml.model", "gpt2");
  writer.set_string("tokenizer.ggml.pre", "qwen2");
  writer.set_strings("tokenizer.ggml.tokens", vocab.tokens());
  writer.set_i32s("tokenizer.ggml.token_type", vocab.types());
  writer.set_strings("tokenizer.ggml.merges", vocab.merges());
  const auto end = static_cast<uint32_t>(vocab.special_id(kEndOfTurn));
  writer.set_u32("tokenizer.ggml.bos_token_id", end);
  writer.set_u32("tokenizer.ggml.eos_token_id", end);
  writer.set_u32("tokenizer.ggml.eot_token_id", end);
  writer.set_u32("tokenizer.ggml.padding_token_id", end);
  writer.set_bool("tokenizer.ggml.add_bos_token", false);
  writer.set_bool("tokenizer.ggml.add_eos_token", false);
  writer.set_string("tokenizer.chat_template", kChatTemplate);
}

}  // namespace

void export_gguf(const MiniModel& model, const BpeVocab& vocab, const std::filesystem::path& path) {
  const ModelConfig& config = model->config();
  const auto u32 = [](int64_t value) { return static_cast<uint32_t>(value); };
  GgufWriter writer;
  writer.set_string("general.architecture", "llama");
  writer.set_string("general.type", "model");
  writer.set_string("general.name", "paq miniature");
  writer.set_string("general.license", "mit");
  writer.set_u32("general.file_type", kFileTypeF16);
  writer.set_u32("llama.vocab_size", u32(config.vocabulary));
  writer.set_u32("llama.context_length", kContext);
  writer.set_u32("llama.embedding_length", u32(config.width));
  writer.set_u32("llama.block_count", u32(config.layers));
  writer.set_u32("llama.feed_forward_length", u32(config.feed_forward));
  writer.set_u32("llama.attention.head_count", u32(config.heads));
  writer.set_u32("llama.attention.head_count_kv", u32(config.heads));
  writer.set_f32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
  writer.set_u32("llama.rope.dimension_count", u32(config.width / config.heads));
  writer.set_f32("llama.rope.freq_base", 10'000.0f);
  add_tokenizer(writer, vocab);

  const auto weights = model->named_parameters();
  add(writer, "token_embd.weight", weights["embedding"]);
  add(writer, "output_norm.weight", weights["output_norm"]);
  for (int64_t i = 0; i < config.layers; ++i) {
    const std::string from = "layer" + std::to_string(i) + "_";
    const std::string to = "blk." + std::to_string(i) + ".";
    const auto qkv = weights[from + "qkv"].chunk(3, 0);
    const auto gate_up = weights[from + "gate_up"].chunk(2, 0);
    add(writer, to + "attn_norm.weight", weights[from + "attention_norm"]);
    const auto qk_bias = weights[from + "qk_bias"].chunk(2, 0);
    add(writer, to + "attn_q.weight", qkv[0]);
    add(writer, to + "attn_q.bias", qk_bias[0]);
    add(writer, to + "attn_k.bias", qk_bias[1]);
    add(writer, to + "attn_k.weight", qkv[1]);
    add(writer, to + "attn_v.weight", qkv[2]);
    add(writer, to + "attn_output.weight", weights[from + "out"]);
    add(writer, to + "ffn_norm.weight", weights[from + "ffn_norm"]);
    add(writer, to + "ffn_gate.weight", gate_up[0]);
    add(writer, to + "ffn_up.weight", gate_up[1]);
    add(writer, to + "ffn_down.weight", weights[from + "down"]);
  }
  writer.write(path);
}

}  // namespace paq::mini
