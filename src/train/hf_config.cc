// SPDX-License-Identifier: MIT
// Names and defaults are those of transformers' ModernBertConfig, of releases before and after its
// `rope_parameters` and `layer_types`.
#include "train/hf_config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "train/hf_json.h"

namespace paq {
namespace {

constexpr const char* kUnsupported = "; paq cannot use this model as a base";

struct NamedGelu {
  std::string_view name;
  Gelu gelu;
};

// Names that transformers gives to the two forms of GELU.
constexpr std::array kGelus = {
    NamedGelu{"gelu", Gelu::kErf},
    NamedGelu{"gelu_python", Gelu::kErf},
    NamedGelu{"gelu_pytorch_tanh", Gelu::kTanh},
    NamedGelu{"gelu_new", Gelu::kTanh},
    NamedGelu{"gelu_fast", Gelu::kTanh},
    NamedGelu{"gelu_accurate", Gelu::kTanh},
    NamedGelu{"gelu_python_tanh", Gelu::kTanh},
};

Gelu read_gelu(const HfJson& json, const char* key) {
  const std::string name = json.text(key, "gelu");
  const auto found = std::ranges::find(kGelus, name, &NamedGelu::name);
  if (found != kGelus.end()) return found->gelu;
  json.fail(std::string(key) + " is " + in_quotes(name) +
            ", expected a form of GELU (gelu, gelu_pytorch_tanh ...)" + kUnsupported);
}

int read_size(const HfJson& json, const char* key, int otherwise, int most) {
  const int64_t size = json.integer(key, otherwise);
  if (size < 1 || size > most) {
    json.fail(std::string(key) + " is " + std::to_string(size) + ", expected 1 to " +
              std::to_string(most));
  }
  return static_cast<int>(size);
}

void refuse_biases(const HfJson& json) {
  for (const char* key : {"attention_bias", "mlp_bias", "norm_bias", "classifier_bias"}) {
    if (!json.boolean(key, false)) continue;
    json.fail(std::string(key) + " is true, and llama.cpp's modern-bert has no such bias" +
              kUnsupported);
  }
}

double read_base(const HfJson& json, const char* key, double otherwise) {
  const double base = json.number(key, otherwise);
  if (!std::isfinite(base) || base <= 1) {
    json.fail(json.name_of(key) + " is " + std::to_string(base) + ", expected more than 1");
  }
  return base;
}

// Positions of one kind of layer, as newer releases write them.
double read_rope_parameters(const HfJson& parameters, const char* kind, double otherwise) {
  if (!parameters.has(kind)) return otherwise;
  const HfJson rope = parameters.object(kind);
  const std::string type = rope.text("rope_type", "default");
  if (type != "default") {
    rope.fail(rope.name_of("rope_type") + " is " + in_quotes(type) + ", expected default" +
              kUnsupported);
  }
  if (rope.number("partial_rotary_factor", 1) != 1) {
    rope.fail(rope.name_of("partial_rotary_factor") + " must be 1" + kUnsupported);
  }
  return read_base(rope, "rope_theta", otherwise);
}

void read_rope(const HfJson& json, ModernBertConfig& config) {
  config.global_rope_base = read_base(json, "global_rope_theta", 160000);
  // Null means, to the releases that wrote it, the same as in global layers.
  const bool is_null = json.json().contains("local_rope_theta") && !json.has("local_rope_theta");
  config.local_rope_base =
      is_null ? config.global_rope_base : read_base(json, "local_rope_theta", 10000);
  if (json.has("rope_scaling")) {
    json.fail(std::string("rope_scaling is set, expected null") + kUnsupported);
  }
  if (!json.has("rope_parameters")) return;
  const HfJson parameters = json.object("rope_parameters");
  for (const auto& [kind, value] : parameters.json().items()) {
    if (kind == "full_attention" || kind == "sliding_attention") continue;
    json.fail("rope_parameters has " + in_quotes(kind) +
              ", expected full_attention and sliding_attention" + kUnsupported);
  }
  config.global_rope_base =
      read_rope_parameters(parameters, "full_attention", config.global_rope_base);
  config.local_rope_base =
      read_rope_parameters(parameters, "sliding_attention", config.local_rope_base);
}

// The distance of global layers in a list of all layers' kinds.
int read_layer_types(const HfJson& json, int layers) {
  const HfJson::Json& types = json.array("layer_types");
  if (types.size() != static_cast<size_t>(layers)) {
    json.fail("layer_types names " + std::to_string(types.size()) + " layers, num_hidden_layers " +
              std::to_string(layers));
  }
  std::vector<bool> global;
  for (const HfJson::Json& type : types) {
    if (type != "full_attention" && type != "sliding_attention") {
      json.fail("layer_types must say full_attention or sliding_attention of every layer");
    }
    global.push_back(type == "full_attention");
  }
  const auto second = std::find(global.begin() + 1, global.end(), true);
  const auto every = static_cast<size_t>(second - global.begin());
  for (size_t layer = 0; layer < global.size(); ++layer) {
    if (global[layer] == (layer % every == 0)) continue;
    json.fail("layer_types: layer " + std::to_string(layer) + " is " +
              types[layer].get<std::string>() +
              ", expected full_attention in every n-th layer from the first alone" + kUnsupported);
  }
  return static_cast<int>(every);
}

void read_layers(const HfJson& json, ModernBertConfig& config) {
  config.global_every = json.has("layer_types")
                            ? read_layer_types(json, config.layers)
                            : read_size(json, "global_attn_every_n_layers", 3, 1 << 20);
  // Half of it counts, rounded down.
  const int window = read_size(json, "local_attention", 128, 1 << 24);
  if (window < 2) json.fail("local_attention is 1, expected 2 or more" + std::string(kUnsupported));
  config.local_window = window / 2 * 2;
}

// Keys of other architectures that a ModernBERT's file may carry, as far as they change anything.
void refuse_others(const HfJson& json, const ModernBertConfig& config) {
  const auto require = [&](const char* key, int expected, int most) {
    if (!json.has(key)) return;
    const int value = read_size(json, key, expected, most);
    if (value == expected) return;
    json.fail(std::string(key) + " is " + std::to_string(value) + ", expected " +
              std::to_string(expected) + kUnsupported);
  };
  require("num_key_value_heads", config.heads, 1 << 12);
  require("head_dim", config.width / config.heads, 1 << 16);
  if (json.boolean("is_decoder", false)) {
    json.fail("is_decoder is true, expected false" + std::string(kUnsupported));
  }
}

std::string read_architecture(const HfJson& json) {
  if (!json.has("architectures")) return "";
  const HfJson::Json& list = json.array("architectures");
  if (list.empty()) return "";
  if (!list[0].is_string()) json.fail("architectures must be a list of texts");
  return list[0].get<std::string>();
}

}  // namespace

HfConfig parse_hf_config(std::string_view bytes, const std::string& where) {
  const HfJson json = HfJson::parse(bytes, where);
  const std::string type = json.text("model_type", "");
  if (type != "modernbert") {
    json.fail("model_type is " + in_quotes(type) + ", expected modernbert; a router's base is a " +
              "ModernBERT");
  }
  HfConfig result;
  ModernBertConfig& config = result.config;
  config.vocab_size = read_size(json, "vocab_size", 50368, 1 << 24);
  config.width = read_size(json, "hidden_size", 768, 1 << 16);
  config.ffn = read_size(json, "intermediate_size", 1152, 1 << 18);
  config.layers = read_size(json, "num_hidden_layers", 22, 512);  // llama.cpp's limit
  config.heads = read_size(json, "num_attention_heads", 12, 1 << 12);
  if (config.width % (2 * config.heads) != 0) {
    json.fail("hidden_size " + std::to_string(config.width) + " must be a multiple of twice the " +
              std::to_string(config.heads) + " num_attention_heads");
  }
  config.context_tokens = read_size(json, "max_position_embeddings", 8192, 1 << 20);
  if (config.context_tokens < 2) json.fail("max_position_embeddings must be 2 or more");
  config.norm_epsilon = json.number("norm_eps", 1e-5);
  if (!(config.norm_epsilon > 0) || config.norm_epsilon > 1) {
    json.fail("norm_eps must lie above 0 and not above 1");
  }
  refuse_biases(json);
  refuse_others(json, config);
  read_layers(json, config);
  read_rope(json, config);
  config.gelu = read_gelu(json, "hidden_activation");
  if (read_gelu(json, "classifier_activation") != config.gelu) {
    json.fail("hidden_activation and classifier_activation are different forms of GELU" +
              std::string(kUnsupported));
  }
  const std::string pooling = json.text("classifier_pooling", "cls");
  if (pooling != "cls" && pooling != "mean") {
    json.fail("classifier_pooling is " + in_quotes(pooling) + ", expected cls or mean" +
              kUnsupported);
  }
  result.mean_pooling = pooling == "mean";
  result.architecture = read_architecture(json);
  result.name = json.text("_name_or_path", "");
  return result;
}

}  // namespace paq
