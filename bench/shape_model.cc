// SPDX-License-Identifier: MIT
// paq-shape-model: a ladder of a model that has the shape of Llama-3.2-1B and random weights, to
// measure speed and memory with where the real one must not or cannot be had. What it writes means
// nothing.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "ladder/gguf_writer.h"
#include "ladder/ladder_files.h"

namespace {

using paq::GgufWriter;
using paq::TensorType;

struct Shape {
  int width = 2048;
  int blocks = 16;
  int heads = 32;
  int kv_heads = 8;
  int feed_forward = 8192;
  int vocabulary = 128256;
  int context = 131072;
};

std::string utf8(int code) {
  if (code < 0x80) return std::string(1, static_cast<char>(code));
  return {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3F))};
}

// GPT-2's printable stand-in for each byte.
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

// Bytes, made-up words of six letters that no merge leads to, and at the end two control tokens.
void add_vocabulary(GgufWriter& writer, const Shape& shape) {
  std::vector<std::string> tokens = byte_tokens();
  const size_t words = static_cast<size_t>(shape.vocabulary) - 2;
  for (size_t i = tokens.size(); i < words; ++i) {
    std::string word = "z";
    for (size_t rest = i; word.size() < 6; rest /= 26) word += static_cast<char>('a' + rest % 26);
    tokens.push_back(word);
  }
  std::vector<int32_t> types(tokens.size(), 1);
  for (const char* control : {"<s>", "</s>"}) {
    tokens.push_back(control);
    types.push_back(3);
  }
  writer.set_string("tokenizer.ggml.model", "gpt2");
  writer.set_string("tokenizer.ggml.pre", "gpt-2");
  writer.set_strings("tokenizer.ggml.tokens", tokens);
  writer.set_i32s("tokenizer.ggml.token_type", types);
  writer.set_strings("tokenizer.ggml.merges", std::vector<std::string>{"t h"});
  writer.set_u32("tokenizer.ggml.bos_token_id", static_cast<uint32_t>(shape.vocabulary) - 2);
  writer.set_u32("tokenizer.ggml.eos_token_id", static_cast<uint32_t>(shape.vocabulary) - 1);
  writer.set_bool("tokenizer.ggml.add_bos_token", true);
}

class Weights {
 public:
  explicit Weights(GgufWriter& writer) : writer_(writer) {}

  // Uniform, of the variance that keeps activations where they are.
  void matrix(const std::string& name, int columns, int rows, double deviation) {
    values_.resize(static_cast<size_t>(columns) * static_cast<size_t>(rows));
    const double scale = deviation * std::sqrt(12.0) / 4294967296.0;
    for (size_t i = 0; i < values_.size(); i += 2) {
      const uint64_t bits = random_.next();
      values_[i] = static_cast<float>((static_cast<double>(bits >> 32) - 2147483648.0) * scale);
      values_[i + 1] =
          static_cast<float>((static_cast<double>(bits & 0xFFFFFFFF) - 2147483648.0) * scale);
    }
    writer_.add_tensor(name, std::vector<int64_t>{columns, rows}, values_, TensorType::kF16);
  }

  void norm(const std::string& name, int width) {
    const std::vector<float> ones(static_cast<size_t>(width), 1.0f);
    writer_.add_tensor(name, std::vector<int64_t>{width}, ones, TensorType::kF32);
  }

 private:
  GgufWriter& writer_;
  paq::Random random_{1};
  std::vector<float> values_;
};

void write_base(const Shape& shape, const std::filesystem::path& path) {
  GgufWriter writer;
  const auto u32 = [](int value) { return static_cast<uint32_t>(value); };
  writer.set_string("general.architecture", "llama");
  writer.set_string("general.name", "shape of Llama-3.2-1B");
  writer.set_u32("general.file_type", 1);  // mostly F16
  writer.set_u32("llama.context_length", u32(shape.context));
  writer.set_u32("llama.embedding_length", u32(shape.width));
  writer.set_u32("llama.block_count", u32(shape.blocks));
  writer.set_u32("llama.feed_forward_length", u32(shape.feed_forward));
  writer.set_u32("llama.attention.head_count", u32(shape.heads));
  writer.set_u32("llama.attention.head_count_kv", u32(shape.kv_heads));
  writer.set_f32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
  writer.set_f32("llama.rope.freq_base", 500000);
  writer.set_u32("llama.rope.dimension_count", u32(shape.width / shape.heads));
  writer.set_u32("llama.vocab_size", u32(shape.vocabulary));
  add_vocabulary(writer, shape);

  const int kv_width = shape.width / shape.heads * shape.kv_heads;
  const double scale = 1 / std::sqrt(shape.width);
  Weights weights(writer);
  // Without output.weight, llama.cpp uses the embeddings for both, as this model does.
  weights.matrix("token_embd.weight", shape.width, shape.vocabulary, 2 * scale);
  weights.norm("output_norm.weight", shape.width);
  for (int block = 0; block < shape.blocks; ++block) {
    const std::string in = "blk." + std::to_string(block) + ".";
    weights.norm(in + "attn_norm.weight", shape.width);
    weights.matrix(in + "attn_q.weight", shape.width, shape.width, scale);
    weights.matrix(in + "attn_k.weight", shape.width, kv_width, scale);
    weights.matrix(in + "attn_v.weight", shape.width, kv_width, scale);
    weights.matrix(in + "attn_output.weight", shape.width, shape.width, scale);
    weights.norm(in + "ffn_norm.weight", shape.width);
    weights.matrix(in + "ffn_gate.weight", shape.width, shape.feed_forward, scale);
    weights.matrix(in + "ffn_up.weight", shape.width, shape.feed_forward, scale);
    weights.matrix(in + "ffn_down.weight", shape.feed_forward, shape.width,
                   1 / std::sqrt(shape.feed_forward));
  }
  writer.write(path);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Writes a ladder of a random model of Llama-3.2-1B's shape: 4 and 16 bits.");
  Shape shape;
  std::filesystem::path folder;
  int threads = 0;
  app.add_option("folder", folder, "Where the ladder is built")->required();
  app.add_option("--blocks", shape.blocks, "Fewer make a smaller model")->capture_default_str();
  app.add_option("--vocabulary", shape.vocabulary, "Tokens")->capture_default_str();
  app.add_option("--threads", threads, "For quantising; 0: all cores");
  CLI11_PARSE(app, argc, argv);
  try {
    std::filesystem::create_directories(folder);
    const std::filesystem::path base = folder / "base-f16.gguf";
    if (!std::filesystem::exists(base)) write_base(shape, base);
    paq::BuildLadderOptions options;
    options.bits = {paq::BitWidth{4}, paq::BitWidth{16}};
    options.threads = threads;
    const paq::Ladder ladder = paq::build_ladder(base, folder / "ladder", options);
    for (const paq::Variant& variant : ladder.variants) {
      std::printf("%2d bits  %-7s %6.2f GB  %s\n", variant.bits.bits, variant.type.c_str(),
                  static_cast<double>(variant.file_bytes) / 1e9, ladder.path_of(variant).c_str());
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
