// SPDX-License-Identifier: MIT
#include "ladder/language_model.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/hash.h"

namespace paq {
namespace {

// llama.cpp asserts on more.
constexpr int64_t kMostBlocks = 512;

[[noreturn]] void no_language_model(const GgufReader& file, const std::string& why) {
  throw Error(ErrorCode::kBadFile, file.path().string() + " is no language model: " + why +
                                       "; expected a GGUF file of a model that writes text");
}

[[noreturn]] void damaged(const GgufReader& file, const std::string& why) {
  throw Error(ErrorCode::kBadFile,
              file.path().string() + " is damaged: " + why + "; convert or fetch it again");
}

int64_t required(const GgufReader& file, const std::string& key) {
  const std::optional<int64_t> value = file.integer(key);
  if (!value) damaged(file, "key " + key + " is missing");
  if (*value <= 0) damaged(file, key + " is " + std::to_string(*value) + ", expected 1 or more");
  return *value;
}

// Kinds of GGUF files that are easily mistaken for a model.
void check_kind(const GgufReader& file, const std::string& architecture) {
  const std::string type = file.string("general.type").value_or("model");
  if (type != "model") no_language_model(file, "it says of itself that it is of type " + type);
  if (file.integer(architecture + ".attention.causal").value_or(1) == 0) {
    no_language_model(file, "its architecture " + architecture + " is an encoder");
  }
  if (file.integer(architecture + ".pooling_type").value_or(0) != 0) {
    no_language_model(file, "it is made for embeddings or classification (architecture " +
                                architecture + " with pooling)");
  }
  if (!file.array_length("tokenizer.ggml.tokens")) {
    no_language_model(file, "it has no vocabulary (architecture " + architecture + ")");
  }
  if (!file.tensor("token_embd.weight")) {
    no_language_model(file, "it has no token embeddings (architecture " + architecture + ")");
  }
  const int64_t parts = file.integer("split.count").value_or(1);
  if (parts > 1) {
    throw Error(ErrorCode::kBadFile, file.path().string() + " is one of " + std::to_string(parts) +
                                         " parts of a model; join them first with "
                                         "llama-gguf-split --merge");
  }
}

int64_t check_vocabulary(const GgufReader& file) {
  const std::vector<std::string> tokens = *file.strings("tokenizer.ggml.tokens");
  const int64_t n = static_cast<int64_t>(tokens.size());
  std::set<std::string> seen;
  for (const std::string& token : tokens) {
    if (!token.empty() && !seen.insert(token).second) {
      damaged(file, "token \"" + token + "\" stands in its vocabulary twice");
    }
  }
  for (const std::string kind : {"bos", "eos"}) {
    const std::string key = "tokenizer.ggml." + kind + "_token_id";
    const std::optional<int64_t> id = file.integer(key);
    if (id && (*id < 0 || *id >= n)) {
      damaged(file, key + " is " + std::to_string(*id) + ", its vocabulary has " +
                        std::to_string(n) + " tokens");
    }
    // A BPE vocabulary's own default is token 11.
    if (!id && n <= 11 && file.integer("tokenizer.ggml.add_" + kind + "_token").value_or(0) != 0) {
      damaged(file, "it asks for a " + kind + " token and has none");
    }
  }
  const GgufTensor* embedding = file.tensor("token_embd.weight");
  if (embedding->shape.size() < 2 || embedding->shape[1] != n) {
    damaged(file,
            "token_embd.weight does not have a row for each of " + std::to_string(n) + " tokens");
  }
  return n;
}

std::string list(const std::vector<int64_t>& values) {
  std::string text;
  for (const int64_t value : values) {
    if (!text.empty()) text += ',';
    text += std::to_string(value);
  }
  return text.empty() ? "unknown" : text;
}

// llama.cpp multiplies them in 32 bits, where a damaged number may wrap to a likely one.
void check_heads(const GgufReader& file, const std::vector<int64_t>& heads) {
  const bool none = std::ranges::all_of(heads, [](int64_t n) { return n == 0; });
  const bool possible = std::ranges::all_of(heads, [](int64_t n) { return n >= 0 && n <= 4096; });
  if (!heads.empty() && (none || !possible)) {
    damaged(file, "its number of attention heads is " + list(heads));
  }
}

}  // namespace

ModelShape language_model_shape(const GgufReader& file) {
  ModelShape shape;
  const std::optional<std::string> architecture = file.string("general.architecture");
  if (!architecture) no_language_model(file, "key general.architecture is missing");
  shape.architecture = *architecture;
  check_kind(file, shape.architecture);
  shape.name = file.string("general.name").value_or(file.path().filename().string());
  shape.parameters = file.parameters();
  const std::string prefix = shape.architecture + ".";
  shape.context_tokens = required(file, prefix + "context_length");
  shape.embedding_length = required(file, prefix + "embedding_length");
  shape.blocks = required(file, prefix + "block_count");
  if (shape.blocks > kMostBlocks) {
    damaged(file, prefix + "block_count is " + std::to_string(shape.blocks));
  }
  shape.heads = file.integers(prefix + "attention.head_count").value_or(std::vector<int64_t>{});
  shape.kv_heads =
      file.integers(prefix + "attention.head_count_kv").value_or(std::vector<int64_t>{});
  check_heads(file, shape.heads);
  check_heads(file, shape.kv_heads);
  shape.vocabulary = check_vocabulary(file);
  shape.tokenizer_hash = file.tokenizer_hash();
  return shape;
}

std::string weights_fingerprint(const GgufReader& file) {
  std::vector<const GgufTensor*> vectors;
  for (const GgufTensor& tensor : file.tensors()) {
    if (tensor.shape.size() == 1 && tensor.type == "f32") vectors.push_back(&tensor);
  }
  if (vectors.empty()) return "";
  std::ranges::sort(vectors, {}, &GgufTensor::name);
  Sha256 hash;
  for (const GgufTensor* tensor : vectors) {
    hash.update_field(tensor->name);
    hash.update_field(file.tensor_bytes(*tensor));
  }
  return hash.finish();
}

std::string shape_difference(const ModelShape& expected, const ModelShape& file) {
  const auto differs = [](const std::string& what, const std::string& is,
                          const std::string& should) {
    return what + " is " + is + ", expected " + should;
  };
  if (file.architecture != expected.architecture) {
    return differs("architecture", file.architecture, expected.architecture);
  }
  struct Number {
    const char* what;
    int64_t ModelShape::*member;
  };
  for (const Number& number : {Number{"embedding length", &ModelShape::embedding_length},
                               Number{"number of blocks", &ModelShape::blocks},
                               Number{"vocabulary size", &ModelShape::vocabulary},
                               Number{"number of weights", &ModelShape::parameters}}) {
    if (file.*number.member != expected.*number.member) {
      return differs(number.what, std::to_string(file.*number.member),
                     std::to_string(expected.*number.member));
    }
  }
  if (file.heads != expected.heads) {
    return differs("number of attention heads", list(file.heads), list(expected.heads));
  }
  if (file.kv_heads != expected.kv_heads) {
    return differs("number of key-value heads", list(file.kv_heads), list(expected.kv_heads));
  }
  if (file.tokenizer_hash != expected.tokenizer_hash) {
    return "the tokenizer (vocabulary, merges or special tokens) is another one";
  }
  return "";
}

}  // namespace paq
