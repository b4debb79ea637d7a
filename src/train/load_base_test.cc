// SPDX-License-Identifier: MIT
// A base as transformers writes it: the same logits and gradients here, and in llama.cpp after
// export. testdata/make_base_reference.py says where the figures come from.
#include "train/load_base.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"
#include "core/half.h"
#include "ladder/gguf_reader.h"
#include "ladder/safetensors.h"
#include "router/router.h"
#include "train/classifier.h"
#include "train/export.h"

namespace paq {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kLabels = 4;
// Flash attention rounds keys and values to F16; these weights are far wilder than trained ones.
constexpr double kFastBound = 3e-3;

fs::path testdata() { return fs::path(PAQ_SOURCE_DIR) / "src/train/testdata"; }

// The classifier that the reference was computed with.
float classifier_value(const ParameterSpec& spec, size_t i) {
  const bool is_bias = spec.role == ParameterSpec::Role::kBias;
  const double scale = is_bias ? 0.2 : 0.2 * std::sqrt(32.0 / double(spec.shape[1]));
  return static_cast<float>(scale * std::sin(static_cast<double>(i + 1) * (is_bias ? 1.3 : 0.7)));
}

// All parameters of a base that brings no classifier.
std::vector<NamedTensor> with_classifier(const LoadedBase& base) {
  std::vector<NamedTensor> parameters = base.model.parameters;
  for (const ParameterSpec& spec : parameter_specs(base.model.config)) {
    if (!spec.name.starts_with("classifier.")) continue;
    size_t count = 1;
    for (const int64_t size : spec.shape) count *= static_cast<size_t>(size);
    NamedTensor tensor{spec, std::vector<float>(count)};
    for (size_t i = 0; i < count; ++i) tensor.values[i] = classifier_value(spec, i);
    parameters.push_back(std::move(tensor));
  }
  return parameters;
}

double worst_difference(const std::vector<std::vector<float>>& rows, const Json& wanted) {
  double worst = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t k = 0; k < rows[i].size(); ++k) {
      worst = std::max(worst, std::abs(rows[i][k] - wanted.at(i).at(k).get<double>()));
    }
  }
  return worst;
}

class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_(fs::path(testing::TempDir()) / ("paq_base_" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~TemporaryFolder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// --- Parity.

// One folder with its reference, checked in LibTorch and through llama.cpp.
class BaseParity : public testing::Test {
 protected:
  void open(const fs::path& folder, const fs::path& reference) {
    base_ = std::make_unique<LoadedBase>(load_base_model(folder, kLabels));
    reference_ = Json::parse(read_file(reference));
    for (const Json& row : reference_.at("ids")) ids_.push_back(row);
  }

  Classifier classifier(Gelu gelu) const {
    ModernBertConfig config = base_->model.config;
    config.gelu = gelu;
    Classifier classifier(config, 1);
    classifier.set_parameters(with_classifier(*base_));
    return classifier;
  }

  const Json& expected(Gelu gelu) const {
    return reference_.at(gelu == Gelu::kErf ? "gelu_erf" : "gelu_tanh");
  }

  void check_ids() const {
    const Tokenizer tokenizer = make_tokenizer(base_->model.vocabulary);
    for (size_t i = 0; i < ids_.size(); ++i) {
      EXPECT_EQ(tokenizer.encode(reference_.at("texts")[i].get<std::string>()), ids_[i]) << i;
    }
  }

  void check_logits(Gelu gelu) const {
    const double worst =
        worst_difference(classifier(gelu).logits(ids_), expected(gelu).at("logits"));
    std::printf("[ parity   ] logits, LibTorch: %.1e\n", worst);
    EXPECT_LT(worst, 1e-4);
  }

  // Every parameter's: the norm, and the largest elements one by one.
  void check_gradients(Gelu gelu) const {
    const std::vector<int> classes = reference_.at("classes");
    const std::vector<float> class_weights = reference_.at("class_weights");
    Classifier made = classifier(gelu);
    const auto [loss, gradients] = made.gradients(ids_, classes, class_weights);
    EXPECT_NEAR(loss, expected(gelu).at("loss").get<double>(), 1e-4);
    const Json& wanted = expected(gelu).at("gradients");
    ASSERT_EQ(gradients.size(), wanted.size());
    double worst = 0;
    for (const NamedTensor& gradient : gradients) {
      const Json& want = wanted.at(gradient.spec.name);
      const double norm = want.at("norm");
      double square = 0;
      for (const float value : gradient.values) square += double(value) * value;
      worst = std::max(worst, std::abs(std::sqrt(square) / norm - 1));
      for (size_t i = 0; i < want.at("places").size(); ++i) {
        const double difference =
            gradient.values.at(want.at("places")[i]) - want.at("values")[i].get<double>();
        worst = std::max(worst, std::abs(difference) / norm);
      }
    }
    std::printf("[ parity   ] gradients, relative: %.1e\n", worst);
    EXPECT_LT(worst, 1e-3);
  }

  // Text to logits, as a user meets it: tokenizer and all.
  void check_llama(const fs::path& file, RouterAttention attention, double bound) const {
    const RouterMetadata metadata{.bit_widths = {{2}, {4}, {8}, {16}}, .tau = 1.13};
    const std::vector<NamedTensor> parameters = with_classifier(*base_);
    export_router(file, {base_->model.config, parameters, base_->model.vocabulary, metadata},
                  MatrixType::kF32);
    RouterOptions options;
    options.attention = attention;
    options.threads = 1;  // threads that wait by spinning cost more than they help here
    const auto router = Router::load(file, options);
    std::vector<std::vector<float>> rows;
    for (const Json& text : reference_.at("texts")) {
      rows.push_back(router->route(text.get<std::string>()).logits);
    }
    const double worst = worst_difference(rows, expected(Gelu::kTanh).at("logits"));
    std::printf("[ parity   ] logits, llama.cpp: %.1e; for the error function's GELU: %.1e\n",
                worst, worst_difference(rows, expected(Gelu::kErf).at("logits")));
    EXPECT_LT(worst, bound);
  }

  std::unique_ptr<LoadedBase> base_;
  Json reference_;
  std::vector<TokenIds> ids_;
};

TEST_F(BaseParity, IdsLogitsAndGradientsAreTransformers) {
  open(testdata() / "base", testdata() / "base_reference.json");
  check_ids();
  for (const Gelu gelu : {Gelu::kErf, Gelu::kTanh}) {
    check_logits(gelu);
    check_gradients(gelu);
  }
}

TEST_F(BaseParity, TheExportedRouterComputesTheSame) {
  open(testdata() / "base", testdata() / "base_reference.json");
  const TemporaryFolder folder;
  check_llama(folder.path() / "router.gguf", RouterAttention::kExact, 1e-3);
  check_llama(folder.path() / "router.gguf", RouterAttention::kFast, kFastBound);
}

// The published shape, too big to be kept: see testdata/make_base_reference.py.
TEST_F(BaseParity, ThePublishedShapeByHand) {
  const char* folder = std::getenv("PAQ_BASE_BY_HAND");
  if (!folder) GTEST_SKIP() << "PAQ_BASE_BY_HAND names no folder";
  open(folder, fs::path(folder) / "base_reference.json");
  check_ids();
  for (const Gelu gelu : {Gelu::kErf, Gelu::kTanh}) {
    check_logits(gelu);
    check_gradients(gelu);
  }
  const TemporaryFolder temporary;
  check_llama(temporary.path() / "router.gguf", RouterAttention::kExact, 1e-3);
  check_llama(temporary.path() / "router.gguf", RouterAttention::kFast, kFastBound);
}

// --- Folders.

// Tensors to be written, in the format's own order and types.
struct Raw {
  std::vector<int64_t> shape;
  std::vector<float> values;
};
using RawTensors = std::map<std::string, Raw>;

RawTensors stored_base() {
  const SafetensorsReader reader(testdata() / "base/model.safetensors");
  RawTensors tensors;
  for (const SafeTensor& tensor : reader.tensors()) {
    tensors[tensor.name] = {tensor.shape, reader.values(tensor)};
  }
  return tensors;
}

std::string bytes_of(const std::vector<float>& values, const std::string& type) {
  std::string bytes;
  for (const float value : values) {
    const auto word = std::bit_cast<uint32_t>(value);
    const uint32_t bits = type == "F32" ? word : type == "BF16" ? word >> 16 : half_of(value);
    bytes.append(reinterpret_cast<const char*>(&bits), type == "F32" ? 4 : 2);
  }
  return bytes;
}

void write_safetensors(const fs::path& path, const RawTensors& tensors, const std::string& type) {
  Json header = {{"__metadata__", {{"format", "pt"}}}};
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    const size_t begin = data.size();
    data += bytes_of(tensor.values, type);
    header[name] = {
        {"dtype", type}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
  }
  const std::string text = header.dump();
  const uint64_t length = text.size();
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), sizeof length);
  file << text << data;
}

class BaseFolder : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"config.json", "tokenizer.json"}) {
      fs::copy(testdata() / "base" / name, folder() / name);
    }
  }

  const fs::path& folder() const { return temporary_.path(); }

  void write(const RawTensors& tensors, const std::string& type = "F32") const {
    write_safetensors(folder() / "model.safetensors", tensors, type);
  }

  void change_config(const std::function<void(Json&)>& change) const {
    Json json = Json::parse(read_file(folder() / "config.json"));
    change(json);
    write_file_atomically(folder() / "config.json", json.dump());
  }

  std::string refusal(ErrorCode code = ErrorCode::kBadFile) const {
    return refusal_of(folder(), code);
  }

  static std::string refusal_of(const fs::path& path, ErrorCode code = ErrorCode::kBadFile) {
    try {
      load_base_model(path, kLabels);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      EXPECT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos);
      return error.what();
    }
    return "(accepted)";
  }

  static std::string notes_of(const LoadedBase& base) {
    std::string text;
    for (const std::string& note : base.notes) text += note + "\n";
    return text;
  }

  static bool has(const LoadedBase& base, const std::string& name) {
    for (const NamedTensor& tensor : base.model.parameters) {
      if (tensor.spec.name == name) return true;
    }
    return false;
  }

 private:
  TemporaryFolder temporary_;
};

void expect_same(const LoadedBase& a, const LoadedBase& b) {
  ASSERT_EQ(a.model.parameters.size(), b.model.parameters.size());
  for (size_t i = 0; i < a.model.parameters.size(); ++i) {
    EXPECT_EQ(a.model.parameters[i].spec.name, b.model.parameters[i].spec.name);
    EXPECT_EQ(a.model.parameters[i].values, b.model.parameters[i].values);
  }
}

TEST_F(BaseFolder, AMaskedLanguageModelBringsEncoderAndHead) {
  const LoadedBase base = load_base_model(testdata() / "base", kLabels);
  EXPECT_EQ(base.model.name, "base");
  EXPECT_EQ(base.model.hash.size(), 64u);
  EXPECT_EQ(base.trained_gelu, Gelu::kErf);
  EXPECT_EQ(base.model.config.gelu, Gelu::kTanh) << "as llama.cpp computes";
  EXPECT_EQ(base.model.config.labels, kLabels);
  EXPECT_EQ(base.model.config.context_tokens, 512);
  EXPECT_EQ(base.model.config.local_window, 32);
  EXPECT_EQ(base.model.vocabulary.size(), base.model.config.vocab_size);
  EXPECT_TRUE(has(base, "head.dense.weight"));
  EXPECT_FALSE(has(base, "classifier.weight"));
  EXPECT_NE(notes_of(base).find("it has no classifier"), std::string::npos);
  EXPECT_NE(notes_of(base).find("tanh form"), std::string::npos);
}

TEST_F(BaseFolder, TypesAndShardsMakeNoDifference) {
  const LoadedBase wanted = load_base_model(testdata() / "base", kLabels);
  write(stored_base(), "F32");
  const LoadedBase full = load_base_model(folder(), kLabels);
  expect_same(full, wanted);
  EXPECT_NE(full.model.hash, wanted.model.hash);
  write(stored_base(), "F16");  // exact but for what BF16 has below F16's range
  const LoadedBase half = load_base_model(folder(), kLabels);
  for (size_t i = 0; i < half.model.parameters.size(); ++i) {
    for (size_t j = 0; j < half.model.parameters[i].values.size(); ++j) {
      ASSERT_NEAR(half.model.parameters[i].values[j], wanted.model.parameters[i].values[j], 1e-7);
    }
  }

  fs::remove(folder() / "model.safetensors");
  RawTensors shards[2];
  Json map;
  for (auto& [name, tensor] : stored_base()) {
    const int shard = name.find("layers.") != name.npos;
    map[name] = "model-" + std::to_string(shard) + ".safetensors";
    shards[shard][name] = tensor;
  }
  for (int i = 0; i < 2; ++i) {
    write_safetensors(folder() / ("model-" + std::to_string(i) + ".safetensors"), shards[i],
                      i == 0 ? "BF16" : "F32");
  }
  const fs::path index = folder() / "model.safetensors.index.json";
  write_file_atomically(index, Json({{"weight_map", map}}).dump());
  expect_same(load_base_model(folder(), kLabels), wanted);

  map["decoder.bias"] = "model-1.safetensors";
  write_file_atomically(index, Json({{"weight_map", map}}).dump());
  EXPECT_NE(refusal().find("has no tensor \"decoder.bias\""), std::string::npos);
  map["decoder.bias"] = "../model-1.safetensors";
  write_file_atomically(index, Json({{"weight_map", map}}).dump());
  EXPECT_NE(refusal().find("expected the name of a file beside the index"), std::string::npos);
  map["decoder.bias"] = "model-2.safetensors";
  write_file_atomically(index, Json({{"weight_map", map}}).dump());
  refusal(ErrorCode::kNotFound);
  write_safetensors(folder() / "model-2.safetensors", shards[1], "F32");
  EXPECT_NE(refusal().find("in another of the model's files as well"), std::string::npos);
}

TEST_F(BaseFolder, ABareEncoderStartsItsHeadAnew) {
  RawTensors bare;
  for (auto& [name, tensor] : stored_base()) {
    if (name.starts_with("model.")) bare[name.substr(6)] = tensor;
  }
  write(bare);
  const LoadedBase base = load_base_model(folder(), kLabels);
  EXPECT_TRUE(has(base, "model.layers.3.mlp.Wo.weight"));
  EXPECT_FALSE(has(base, "head.dense.weight"));
  EXPECT_NE(notes_of(base).find("no prediction head"), std::string::npos);
}

TEST_F(BaseFolder, AClassifierIsKeptWhereItsLabelsAreAsMany) {
  RawTensors tensors = stored_base();
  tensors.erase("decoder.bias");
  const auto add = [&](int64_t labels) {
    tensors["classifier.weight"] = {{labels, 32}, std::vector<float>(32 * labels, 0.5f)};
    tensors["classifier.bias"] = {{labels}, std::vector<float>(labels, 0.25f)};
    write(tensors);
  };
  const auto architecture = [&](const char* name) {
    change_config([&](Json& json) { json["architectures"] = {name}; });
  };
  architecture("ModernBertForSequenceClassification");
  add(kLabels);
  LoadedBase base = load_base_model(folder(), kLabels);
  EXPECT_TRUE(has(base, "classifier.weight") && has(base, "classifier.bias"));
  EXPECT_NE(notes_of(base).find("its classifier of 4 labels is kept"), std::string::npos);

  add(kLabels + 1);
  base = load_base_model(folder(), kLabels);
  EXPECT_FALSE(has(base, "classifier.weight"));
  EXPECT_NE(notes_of(base).find("its classifier of 5 labels is not used; that of the router's 4"),
            std::string::npos);

  // One that says something of each word, not of the whole text.
  add(kLabels);
  architecture("ModernBertForTokenClassification");
  EXPECT_FALSE(has(load_base_model(folder(), kLabels), "classifier.weight"));

  // What was trained on [CLS] cannot be run by the mean.
  architecture("ModernBertForSequenceClassification");
  change_config([](Json& json) { json["classifier_pooling"] = "cls"; });
  EXPECT_NE(refusal().find("classifier_pooling is cls"), std::string::npos);
  architecture("ModernBertForMaskedLM");
  EXPECT_NE(notes_of(load_base_model(folder(), kLabels)).find("a router pools by the mean"),
            std::string::npos);
}

TEST_F(BaseFolder, WhatDoesNotFitIsRefused) {
  const auto refused = [&](const std::function<void(RawTensors&)>& change) {
    RawTensors tensors = stored_base();
    change(tensors);
    write(tensors);
    return refusal();
  };
  EXPECT_NE(refused([](RawTensors& t) {
              t.erase("model.final_norm.weight");
            }).find("there is no tensor \"model.final_norm.weight\""),
            std::string::npos);
  EXPECT_NE(refused([](RawTensors& t) {
              t["model.final_norm.weight"] = {{31}, std::vector<float>(31)};
            }).find("is 31, the configuration makes it 32"),
            std::string::npos);
  EXPECT_NE(refused([](RawTensors& t) {
              t["model.layers.2.attn.Wo.bias"] = {{1}, {0}};
            }).find("tensor \"model.layers.2.attn.Wo.bias\" is none of a ModernBERT"),
            std::string::npos);
  EXPECT_NE(refused([](RawTensors& t) {
              t["model.layers.4.attn_norm.weight"] = {{1}, {0}};
            }).find("is none of a ModernBERT"),
            std::string::npos);
  EXPECT_NE(refused([](RawTensors& t) {
              t["head.norm.weight"].values[3] = NAN;
            }).find("values that are not finite"),
            std::string::npos);
  write(stored_base());
  change_config([](Json& json) { json["vocab_size"] = 302; });
  EXPECT_NE(refusal().find("ids up to 302, config.json says vocab_size 302"), std::string::npos);
}

TEST_F(BaseFolder, MissingFilesAreNamed) {
  EXPECT_NE(refusal(ErrorCode::kNotFound).find("has no model.safetensors"), std::string::npos);
  fs::remove(folder() / "tokenizer.json");
  EXPECT_NE(refusal(ErrorCode::kNotFound).find("has no tokenizer.json"), std::string::npos);
  fs::remove(folder() / "config.json");
  EXPECT_NE(refusal(ErrorCode::kNotFound).find("has no config.json"), std::string::npos);
  refusal_of(folder() / "nowhere", ErrorCode::kNotFound);
}

// --- GGUF files.

class GgufBaseFile : public BaseFolder {
 protected:
  fs::path export_base(const std::function<void(ModernBertConfig&)>& change, MatrixType type) {
    const LoadedBase base = load_base_model(testdata() / "base", kLabels);
    ModernBertConfig config = base.model.config;
    change(config);
    const RouterMetadata metadata{.bit_widths = {{2}, {4}, {8}, {16}}, .tau = 1.13};
    const std::vector<NamedTensor> parameters = with_classifier(base);
    const fs::path path = folder() / "router.gguf";
    export_router(path, {config, parameters, base.model.vocabulary, metadata}, type);
    return path;
  }
};

TEST_F(GgufBaseFile, ARouterIsABase) {
  const fs::path path = export_base([](ModernBertConfig&) {}, MatrixType::kF32);
  const LoadedBase wanted = load_base_model(testdata() / "base", kLabels);
  const LoadedBase base = load_base_model(path, kLabels);
  const ModernBertConfig& config = base.model.config;
  EXPECT_EQ(config.vocab_size, wanted.model.config.vocab_size);
  EXPECT_EQ(config.width, 32);
  EXPECT_EQ(config.layers, 4);
  EXPECT_EQ(config.heads, 2);
  EXPECT_EQ(config.ffn, 48);
  EXPECT_EQ(config.local_window, 32);
  EXPECT_EQ(config.global_every, 3);
  EXPECT_EQ(config.global_rope_base, 160000);
  EXPECT_EQ(config.local_rope_base, 10000);
  EXPECT_NEAR(config.norm_epsilon, 1e-5, 1e-11);
  EXPECT_EQ(config.context_tokens, 512);
  EXPECT_EQ(base.model.parameters.size(), wanted.model.parameters.size() + 2);
  EXPECT_NE(notes_of(base).find("classifier of 4 labels is kept"), std::string::npos);
  EXPECT_FALSE(has(load_base_model(path, kLabels + 1), "classifier.weight"));
  for (size_t i = 0; i < wanted.model.parameters.size(); ++i) {
    EXPECT_EQ(base.model.parameters[i].values, wanted.model.parameters[i].values);
  }
  // Decomposed accents show whether the normal form came along.
  const Tokenizer theirs = make_tokenizer(base.model.vocabulary);
  const Tokenizer ours = make_tokenizer(wanted.model.vocabulary);
  for (const char* text : {"cafe\u0301", "a    b", "[MASK] [unused0]"}) {
    EXPECT_EQ(theirs.encode(text), ours.encode(text)) << text;
  }
}

TEST_F(GgufBaseFile, HalfPrecisionAndGlobalLayersAlone) {
  const LoadedBase base = load_base_model(
      export_base([](ModernBertConfig& config) { config.global_every = 1; }, MatrixType::kF16),
      kLabels);
  EXPECT_EQ(base.model.config.global_every, 1);
  EXPECT_EQ(base.model.parameters.at(0).values.size(), size_t{308 * 32});
}

TEST_F(GgufBaseFile, AnotherArchitectureIsRefused) {
  const fs::path path = folder() / "llama.gguf";
  GgufWriter writer;
  writer.set_string("general.architecture", "llama");
  writer.write(path);
  EXPECT_NE(refusal_of(path).find("its architecture is \"llama\", expected modern-bert"),
            std::string::npos);
  writer.set_string("general.architecture", "modern-bert");
  writer.write(path);
  EXPECT_NE(refusal_of(path).find("modern-bert.context_length is missing"), std::string::npos);
}

}  // namespace
}  // namespace paq
