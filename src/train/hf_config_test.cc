// SPDX-License-Identifier: MIT
#include "train/hf_config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"

namespace paq {
namespace {

using Json = nlohmann::json;

HfConfig parse(const Json& json) { return parse_hf_config(json.dump(), "config.json"); }

Json with(const char* key, const Json& value) {
  return {{"model_type", "modernbert"}, {key, value}};
}

std::string refusal(const std::string& bytes) {
  try {
    parse_hf_config(bytes, "config.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadFile);
    EXPECT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos);
    return error.what();
  }
  return "(accepted)";
}

TEST(HfConfig, ThePublishedOne) {
  const auto path = std::filesystem::path(PAQ_SHARED_DATA) / "modernbert/config.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent";
  const HfConfig parsed = parse_hf_config(read_file(path), path.string());
  const ModernBertConfig& config = parsed.config;
  EXPECT_EQ(config.vocab_size, 50368);
  EXPECT_EQ(config.width, 768);
  EXPECT_EQ(config.layers, 22);
  EXPECT_EQ(config.heads, 12);
  EXPECT_EQ(config.ffn, 1152);
  EXPECT_EQ(config.context_tokens, 8192);
  EXPECT_EQ(config.local_window, 128);
  EXPECT_EQ(config.global_every, 3);
  EXPECT_EQ(config.global_rope_base, 160000);
  EXPECT_EQ(config.local_rope_base, 10000);
  EXPECT_EQ(config.norm_epsilon, 1e-5);
  EXPECT_EQ(config.gelu, Gelu::kErf);
  EXPECT_TRUE(parsed.mean_pooling);
  EXPECT_EQ(parsed.architecture, "ModernBertForMaskedLM");
}

TEST(HfConfig, AbsentFieldsHaveTransformersDefaults) {
  const HfConfig parsed = parse({{"model_type", "modernbert"}});
  EXPECT_EQ(parsed.config.vocab_size, 50368);
  EXPECT_EQ(parsed.config.layers, 22);
  EXPECT_EQ(parsed.config.global_rope_base, 160000);
  EXPECT_FALSE(parsed.mean_pooling);
  EXPECT_EQ(parsed.architecture, "");
}

TEST(HfConfig, EverySettingIsHonoured) {
  const HfConfig parsed = parse({{"model_type", "modernbert"},
                                 {"vocab_size", 1000},
                                 {"hidden_size", 96},
                                 {"intermediate_size", 100},
                                 {"num_hidden_layers", 9},
                                 {"num_attention_heads", 6},
                                 {"max_position_embeddings", 512},
                                 {"norm_eps", 1e-6},
                                 {"local_attention", 65},
                                 {"global_attn_every_n_layers", 4},
                                 {"global_rope_theta", 80000},
                                 {"local_rope_theta", nullptr},
                                 {"hidden_activation", "gelu_pytorch_tanh"},
                                 {"classifier_activation", "gelu_new"},
                                 {"classifier_pooling", "mean"},
                                 {"_name_or_path", "someone/some-model"}});
  const ModernBertConfig& config = parsed.config;
  EXPECT_EQ(config.vocab_size, 1000);
  EXPECT_EQ(config.width, 96);
  EXPECT_EQ(config.ffn, 100);
  EXPECT_EQ(config.layers, 9);
  EXPECT_EQ(config.heads, 6);
  EXPECT_EQ(config.context_tokens, 512);
  EXPECT_EQ(config.norm_epsilon, 1e-6);
  EXPECT_EQ(config.local_window, 64) << "half of it counts, rounded down";
  EXPECT_EQ(config.global_every, 4);
  EXPECT_EQ(config.global_rope_base, 80000);
  EXPECT_EQ(config.local_rope_base, 80000) << "null: as in global layers";
  EXPECT_EQ(config.gelu, Gelu::kTanh);
  EXPECT_TRUE(parsed.mean_pooling);
  EXPECT_EQ(parsed.name, "someone/some-model");
}

TEST(HfConfig, TheNewerSpellingOfLayersAndPositions) {
  const Json full = "full_attention", local = "sliding_attention";
  Json json = {{"model_type", "modernbert"},
               {"num_hidden_layers", 5},
               {"layer_types", {full, local, full, local, full}},
               {"rope_parameters",
                {{"full_attention", {{"rope_type", "default"}, {"rope_theta", 50000.0}}},
                 {"sliding_attention", {{"rope_theta", 5000.0}}}}}};
  const HfConfig parsed = parse(json);
  EXPECT_EQ(parsed.config.global_every, 2);
  EXPECT_EQ(parsed.config.global_rope_base, 50000);
  EXPECT_EQ(parsed.config.local_rope_base, 5000);
  json["layer_types"] = {full, full, full, full, full};
  EXPECT_EQ(parse(json).config.global_every, 1);
  json["layer_types"] = {full, local, local, local, local};
  EXPECT_EQ(parse(json).config.global_every, 5) << "the first layer alone is global";
  json["layer_types"] = {full, local, full, full, full};
  EXPECT_NE(refusal(json.dump()).find("layer 3 is full_attention"), std::string::npos);
  json["layer_types"] = {local, local, full, local, local};
  EXPECT_NE(refusal(json.dump()).find("layer 0 is sliding_attention"), std::string::npos);
  json["layer_types"] = {full, local};
  EXPECT_NE(refusal(json.dump()).find("names 2 layers, num_hidden_layers 5"), std::string::npos);
}

TEST(HfConfig, WhatLlamaCppCannotExpressIsRefusedByName) {
  const std::pair<Json, const char*> cases[] = {
      {{{"model_type", "bert"}}, "model_type is \"bert\", expected modernbert"},
      {with("attention_bias", true), "attention_bias is true"},
      {with("mlp_bias", true), "mlp_bias is true"},
      {with("norm_bias", true), "norm_bias is true"},
      {with("classifier_bias", true), "classifier_bias is true"},
      {with("hidden_activation", "silu"), "hidden_activation is \"silu\", expected a form of GELU"},
      {with("hidden_activation", "gelu_new"), "different forms of GELU"},
      {with("classifier_activation", "tanh"), "classifier_activation is \"tanh\""},
      {with("classifier_pooling", "max"), "classifier_pooling is \"max\""},
      {with("local_attention", 1), "local_attention is 1"},
      {with("rope_scaling", {{"type", "linear"}}), "rope_scaling is set"},
      {with("rope_parameters", {{"rope_theta", 1000}}), "rope_parameters has \"rope_theta\""},
      {with("rope_parameters", {{"full_attention", {{"rope_type", "yarn"}}}}),
       "rope_parameters.full_attention.rope_type is \"yarn\""},
      {with("rope_parameters", {{"full_attention", {{"partial_rotary_factor", 0.5}}}}),
       "partial_rotary_factor must be 1"},
      {with("hidden_size", 770), "hidden_size 770 must be a multiple of twice the 12"},
      {with("hidden_size", "768"), "hidden_size must be a whole number"},
      {with("num_hidden_layers", 0), "num_hidden_layers is 0, expected 1 to 512"},
      {with("num_hidden_layers", 513), "num_hidden_layers is 513"},
      {with("num_key_value_heads", 4), "num_key_value_heads is 4, expected 12"},
      {with("head_dim", 32), "head_dim is 32, expected 64"},
      {with("is_decoder", true), "is_decoder is true"},
      {with("vocab_size", -1), "vocab_size must be a whole number"},
      {with("norm_eps", 0), "norm_eps must lie above 0"},
      {with("global_rope_theta", 0), "global_rope_theta is 0"},
      {with("mlp_bias", 1), "mlp_bias must be true or false, found 1"},
      {with("layer_types", "all"), "layer_types must be a list"},
      {with("architectures", "Bert"), "architectures must be a list"},
      {with("max_position_embeddings", 1), "max_position_embeddings must be 2 or more"},
  };
  for (const auto& [json, wanted] : cases) {
    const std::string message = refusal(json.dump());
    EXPECT_NE(message.find(wanted), std::string::npos) << message;
  }
}

TEST(HfConfig, WhatIsNoJsonIsRefused) {
  EXPECT_NE(refusal("").find("no JSON"), std::string::npos);
  EXPECT_NE(refusal("{\"a\":").find("no JSON"), std::string::npos);
  EXPECT_NE(refusal("[]").find("must be a JSON object, found array"), std::string::npos);
  EXPECT_NE(refusal(R"({"mlp_bias": false, "mlp_bias": true})").find("stands twice"),
            std::string::npos);
  EXPECT_NE(refusal(std::string(5000, '[')).find("nested too deeply"), std::string::npos);
  EXPECT_NE(refusal("{\"model_type\": \"\xff\"}").find("no JSON"), std::string::npos);
}

}  // namespace
}  // namespace paq
