// SPDX-License-Identifier: MIT
#include "ladder/testing/tiny_model.h"

#include <cmath>
#include <vector>

#include "core/hash.h"
#include "core/random.h"

namespace paq::testing {
namespace {

std::string utf8(int code) {
  if (code < 0x80) return std::string(1, static_cast<char>(code));
  return {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3F))};
}

// GPT-2's printable stand-in for a byte: itself where it is printable Latin-1, else one of U+0100
// and up in the order of the bytes.
std::vector<std::string> byte_tokens() {
  std::vector<std::string> tokens;
  int next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) ||
                           (byte >= 0xAE && byte <= 0xFF);
    tokens.push_back(utf8(printable ? byte : next++));
  }
  return tokens;
}

void add_vocabulary(GgufWriter& writer, const TinyModelOptions& options) {
  std::vector<std::string> tokens = byte_tokens();
  for (const char* control : {"<s>", "<|im_start|>", "<|im_end|>"}) tokens.push_back(control);
  std::vector<int32_t> types(tokens.size(), 1);
  for (const int id : {kTinyBos, kTinyImStart, kTinyImEnd}) types[static_cast<size_t>(id)] = 3;
  const std::vector<std::string> merges = {"t h", "th e", "i n", "e r", "a n"};
  for (std::string merge : merges) {
    tokens.push_back(merge.erase(merge.find(' '), 1));
    types.push_back(1);
  }
  writer.set_string("tokenizer.ggml.model", "gpt2");
  writer.set_string("tokenizer.ggml.pre", "gpt-2");
  writer.set_strings("tokenizer.ggml.tokens", tokens);
  writer.set_i32s("tokenizer.ggml.token_type", types);
  writer.set_strings("tokenizer.ggml.merges", merges);
  writer.set_u32("tokenizer.ggml.bos_token_id", kTinyBos);
  writer.set_u32("tokenizer.ggml.eos_token_id",
                 static_cast<uint32_t>(options.eos_token.value_or(kTinyImEnd)));
  writer.set_bool("tokenizer.ggml.add_bos_token", options.add_bos);
  const std::string chat = options.chat_template.value_or(
      "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}"
      "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}");
  if (!chat.empty()) writer.set_string("tokenizer.chat_template", chat);
}

class Weights {
 public:
  Weights(GgufWriter& writer, const TinyModelOptions& options)
      : writer_(writer), type_(options.type), random_(options.seed) {}

  void matrix(const std::string& name, int columns, int rows, double scale) {
    std::vector<float> values(static_cast<size_t>(columns) * static_cast<size_t>(rows));
    for (float& value : values) value = static_cast<float>(scale * random_.normal());
    writer_.add_tensor(name, std::vector<int64_t>{columns, rows}, values, type_);
  }

  void norm(const std::string& name, int width) {
    std::vector<float> values(static_cast<size_t>(width));
    for (float& value : values) value = static_cast<float>(1 + 0.1 * random_.normal());
    writer_.add_tensor(name, std::vector<int64_t>{width}, values, TensorType::kF32);
  }

 private:
  GgufWriter& writer_;
  TensorType type_;
  Random random_;
};

}  // namespace

GgufWriter tiny_model(const TinyModelOptions& options) {
  GgufWriter writer;
  const std::string prefix = options.architecture + ".";
  const auto u32 = [](int value) { return static_cast<uint32_t>(value); };
  writer.set_string("general.architecture", options.architecture);
  writer.set_string("general.name", options.name);
  // llama_ftype: all F32, mostly F16, mostly BF16
  const uint32_t file_types[] = {0, 1, 32};
  writer.set_u32("general.file_type", file_types[static_cast<int>(options.type)]);
  writer.set_u32(prefix + "context_length", u32(options.context));
  writer.set_u32(prefix + "embedding_length", u32(options.width));
  writer.set_u32(prefix + "block_count", u32(options.blocks));
  writer.set_u32(prefix + "feed_forward_length", u32(options.feed_forward));
  writer.set_u32(prefix + "attention.head_count", u32(options.heads));
  writer.set_u32(prefix + "attention.head_count_kv", u32(options.kv_heads));
  writer.set_f32(prefix + "attention.layer_norm_rms_epsilon", 1e-5f);
  writer.set_u32(prefix + "rope.dimension_count", u32(options.width / options.heads));
  add_vocabulary(writer, options);

  const int vocabulary = 256 + 3 + 5;
  const int kv_width = options.width / options.heads * options.kv_heads;
  const double scale = 1 / std::sqrt(options.width);
  Weights weights(writer, options);
  weights.matrix("token_embd.weight", options.width, vocabulary, 1);
  weights.norm("output_norm.weight", options.width);
  weights.matrix("output.weight", options.width, vocabulary, 2 * scale);
  for (int block = 0; block < options.blocks; ++block) {
    const std::string in = "blk." + std::to_string(block) + ".";
    weights.norm(in + "attn_norm.weight", options.width);
    weights.matrix(in + "attn_q.weight", options.width, options.width, scale);
    weights.matrix(in + "attn_k.weight", options.width, kv_width, scale);
    weights.matrix(in + "attn_v.weight", options.width, kv_width, scale);
    weights.matrix(in + "attn_output.weight", options.width, options.width, scale);
    weights.norm(in + "ffn_norm.weight", options.width);
    weights.matrix(in + "ffn_gate.weight", options.width, options.feed_forward, scale);
    weights.matrix(in + "ffn_up.weight", options.width, options.feed_forward, scale);
    weights.matrix(in + "ffn_down.weight", options.feed_forward, options.width, scale);
  }
  return writer;
}

Ladder ladder_of(const std::map<BitWidth, std::filesystem::path>& files) {
  Ladder ladder{.directory = {}, .base_model = "tiny", .architecture = "llama", .variants = {}};
  for (const auto& [bits, path] : files) {
    // Absolute, since a folder joined with an absolute path is that path.
    ladder.variants.push_back({.bits = bits,
                               .file = std::filesystem::absolute(path),
                               .type = "?",
                               .sha256 = sha256_hex(path.string()),
                               .tokenizer_hash = {}});
  }
  return ladder;
}

}  // namespace paq::testing
