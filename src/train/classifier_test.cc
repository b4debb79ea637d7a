// SPDX-License-Identifier: MIT
#include "train/classifier.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"

namespace paq {
namespace {

using nlohmann::json;

// The weights' formula of testdata/make_modernbert_reference.py.
uint64_t mix(uint64_t value) {
  uint64_t z = value * 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

uint64_t fnv1a(const std::string& text) {
  uint64_t value = 0xCBF29CE484222325ull;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
  return value;
}

std::vector<NamedTensor> formula_weights(const ModernBertConfig& config) {
  std::vector<NamedTensor> tensors;
  for (const ParameterSpec& spec : parameter_specs(config)) {
    size_t count = 1;
    for (const int64_t size : spec.shape) count *= static_cast<size_t>(size);
    NamedTensor tensor{spec, {}};
    for (size_t i = 0; i < count; ++i) {
      const auto bits = static_cast<int64_t>(mix(i + 1 + fnv1a(spec.name)) >> 40);
      const float uniform = static_cast<float>(bits - (1 << 23)) / static_cast<float>(1 << 23);
      tensor.values.push_back(uniform * 0.25f +
                              (spec.role == ParameterSpec::Role::kNorm ? 1.0f : 0.0f));
    }
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

const json& reference() {
  static const json value = json::parse(
      read_file(std::string(PAQ_SOURCE_DIR) + "/src/train/testdata/modernbert_reference.json"));
  return value;
}

ModernBertConfig reference_config(Gelu gelu) {
  const json& shape = reference().at("shape");
  ModernBertConfig config;
  config.vocab_size = shape.at("vocab_size");
  config.width = shape.at("width");
  config.layers = shape.at("layers");
  config.heads = shape.at("heads");
  config.ffn = shape.at("ffn");
  config.labels = shape.at("labels");
  config.local_window = shape.at("local_window");
  config.context_tokens = 128;
  config.gelu = gelu;
  return config;
}

class HuggingFaceParity : public testing::TestWithParam<Gelu> {
 protected:
  const json& expected() const {
    return reference().at(GetParam() == Gelu::kErf ? "gelu_erf" : "gelu_tanh");
  }
  static std::vector<TokenIds> prompts() { return reference().at("ids"); }

  Classifier make() const {
    const ModernBertConfig config = reference_config(GetParam());
    Classifier classifier(config, 1);
    classifier.set_parameters(formula_weights(config));
    return classifier;
  }
};

TEST_P(HuggingFaceParity, LogitsOfAPaddedBatch) {
  const Classifier classifier = make();
  const std::vector<std::vector<float>> rows = classifier.logits(prompts());
  double worst = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t k = 0; k < rows[i].size(); ++k) {
      worst = std::max(worst, std::abs(rows[i][k] - expected().at("logits")[i][k].get<double>()));
    }
  }
  RecordProperty("worst_logit_difference", std::to_string(worst));
  EXPECT_LT(worst, 1e-4);
}

TEST_P(HuggingFaceParity, LogitsOneByOne) {
  const Classifier classifier = make();
  const std::vector<TokenIds> all = prompts();
  for (size_t i = 0; i < all.size(); ++i) {
    const std::vector<float> row = classifier.logits(std::span(all).subspan(i, 1)).at(0);
    for (size_t k = 0; k < row.size(); ++k) {
      EXPECT_NEAR(row[k], expected().at("logits")[i][k].get<double>(), 1e-4) << i;
    }
  }
}

TEST_P(HuggingFaceParity, LossAndGradients) {
  Classifier classifier = make();
  const std::vector<int> labels = reference().at("labels");
  const std::vector<float> class_weights = reference().at("class_weights");
  const auto [loss, gradients] = classifier.gradients(prompts(), labels, class_weights);
  EXPECT_NEAR(loss, expected().at("loss").get<double>(), 1e-4);
  const json& wanted = expected().at("gradients");
  ASSERT_EQ(gradients.size(), wanted.size());
  for (const NamedTensor& gradient : gradients) {
    const json& want = wanted.at(gradient.spec.name);
    const double norm_wanted = want.at("norm");
    double square = 0;
    for (const float value : gradient.values) square += double(value) * value;
    EXPECT_NEAR(std::sqrt(square), norm_wanted, 1e-3 * norm_wanted) << gradient.spec.name;
    for (size_t i = 0; i < want.at("places").size(); ++i) {
      EXPECT_NEAR(gradient.values.at(want.at("places")[i]), want.at("values")[i].get<double>(),
                  1e-3 * norm_wanted)
          << gradient.spec.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Gelu, HuggingFaceParity, testing::Values(Gelu::kErf, Gelu::kTanh),
                         [](const auto& info) {
                           return info.param == Gelu::kErf ? "Erf" : "Tanh";
                         });

ModernBertConfig small_config() {
  ModernBertConfig config = modernbert_config(RouterSize::kTiny);
  config.vocab_size = 50;
  config.labels = 3;
  return config;
}

TEST(Classifier, WindowAndPaddingMatter) {
  // Were the window or the mask ignored, these would not differ, or the padded ones would.
  ModernBertConfig config = small_config();
  TokenIds prompt(200);
  for (size_t i = 0; i < prompt.size(); ++i) prompt[i] = static_cast<int32_t>(i * 7 % 50);
  const std::vector<TokenIds> alone = {prompt};
  const std::vector<TokenIds> beside = {TokenIds(400, 5), prompt};
  const std::vector<float> narrow = Classifier(config, 3).logits(alone)[0];
  const std::vector<float> padded = Classifier(config, 3).logits(beside)[1];
  config.local_window = 1024;
  const std::vector<float> wide = Classifier(config, 3).logits(alone)[0];
  double moved = 0;
  for (size_t k = 0; k < narrow.size(); ++k) {
    EXPECT_NEAR(narrow[k], padded[k], 1e-5);
    moved = std::max(moved, double(std::abs(narrow[k] - wide[k])));
  }
  EXPECT_GT(moved, 1e-3);
}

// Below 256 tokens a local layer computes all scores, from there on its band: a prompt alone and
// beside one that makes the batch long must come out alike, and learn alike.
TEST(Classifier, TheBandOfALongBatchIsTheWindow) {
  const ModernBertConfig config = small_config();
  TokenIds prompt(230);
  for (size_t i = 0; i < prompt.size(); ++i) prompt[i] = static_cast<int32_t>(i * 7 % 50);
  Classifier classifier(config, 3);
  const std::vector<TokenIds> alone = {prompt};
  const std::vector<int> label = {1}, labels = {1, 0};
  const std::vector<float> weights = {0, 1, 1};  // the long one counts for nothing
  const auto [loss, gradients] = classifier.gradients(alone, label, weights);
  const std::vector<float> row = classifier.logits(alone)[0];
  for (const size_t length : {256u, 257u, 319u, 320u, 500u}) {
    const std::vector<TokenIds> beside = {prompt, TokenIds(length, 5)};
    const std::vector<float> padded = classifier.logits(beside)[0];
    for (size_t k = 0; k < row.size(); ++k) EXPECT_NEAR(row[k], padded[k], 1e-5) << length;
    const auto [other_loss, others] = classifier.gradients(beside, labels, weights);
    EXPECT_NEAR(loss, other_loss, 1e-5);
    for (size_t i = 0; i < gradients.size(); ++i) {
      double difference = 0, norm = 0;
      for (size_t j = 0; j < gradients[i].values.size(); ++j) {
        difference += std::pow(double{gradients[i].values[j]} - others[i].values[j], 2);
        norm += std::pow(double{gradients[i].values[j]}, 2);
      }
      EXPECT_LE(std::sqrt(difference), 1e-4 * std::sqrt(norm) + 1e-7) << gradients[i].spec.name;
    }
  }
}

TEST(Classifier, SameSeedSameSteps) {
  const std::vector<TokenIds> batch = {{1, 2, 3}, {4, 5}, {6}};
  const std::vector<int> labels = {0, 1, 2};
  const std::vector<float> weights = {1, 1, 1};
  const auto train = [&](uint64_t seed) {
    ModernBertConfig config = small_config();
    config.dropout = 0.1;
    Classifier classifier(config, seed);
    double loss = 0;
    for (int i = 0; i < 5; ++i) loss = classifier.step(batch, labels, 1e-3, weights);
    return loss;
  };
  EXPECT_EQ(train(7), train(7));
  EXPECT_NE(train(7), train(8));
}

TEST(Classifier, PiecesOfABatchGiveTheWholeGradient) {
  // Four prompts of 700 tokens exceed what one pass may hold; with one head they would not.
  ModernBertConfig config = small_config();
  std::vector<TokenIds> batch;
  for (int i = 0; i < 4; ++i) batch.push_back(TokenIds(static_cast<size_t>(700 - i), i + 1));
  const std::vector<int> labels = {0, 1, 2, 1};
  const std::vector<float> weights = {1, 2, 3};
  Classifier classifier(config, 5);
  const auto [whole, gradients] = classifier.gradients(batch, labels, weights);
  double sum = 0;
  std::vector<double> mixed(gradients.back().values.size(), 0);
  const std::vector<float> share = {1.0f / 8, 2.0f / 8, 3.0f / 8, 2.0f / 8};
  for (size_t i = 0; i < batch.size(); ++i) {
    const auto [loss, part] = classifier.gradients(std::span(batch).subspan(i, 1),
                                                   std::span(labels).subspan(i, 1), weights);
    sum += loss * share[i];
    for (size_t k = 0; k < mixed.size(); ++k) mixed[k] += part.back().values[k] * share[i];
  }
  EXPECT_NEAR(whole, sum, 1e-5);
  for (size_t k = 0; k < mixed.size(); ++k) EXPECT_NEAR(gradients.back().values[k], mixed[k], 1e-5);
}

TEST(Classifier, LearnsATinyRule) {
  // The class is whether token 9 occurs: 64 prompts, some dozen steps.
  ModernBertConfig config = small_config();
  config.labels = 2;
  std::vector<TokenIds> prompts;
  std::vector<int> labels;
  for (int i = 0; i < 64; ++i) {
    TokenIds prompt;
    for (int j = 0; j < 12; ++j) prompt.push_back(10 + (i * 13 + j * 5) % 40);
    if (i % 2) prompt[static_cast<size_t>(i) % 12] = 9;
    prompts.push_back(prompt);
    labels.push_back(i % 2);
  }
  Classifier classifier(config, 11);
  const std::vector<float> weights = {1, 1};
  for (int epoch = 0; epoch < 15; ++epoch) {
    for (size_t i = 0; i < prompts.size(); i += 16) {
      classifier.step(std::span(prompts).subspan(i, 16), std::span(labels).subspan(i, 16), 1e-3,
                      weights);
    }
  }
  int right = 0;
  const auto rows = classifier.logits(prompts);
  for (size_t i = 0; i < rows.size(); ++i) right += (rows[i][1] > rows[i][0]) == (labels[i] == 1);
  EXPECT_GE(right, 62);
}

TEST(Classifier, RefusesWhatMakesNoSense) {
  ModernBertConfig config = small_config();
  const Classifier classifier(config, 1);
  const std::vector<TokenIds> empty = {{}};
  const std::vector<TokenIds> unknown = {{50}};
  const std::vector<TokenIds> long_prompt = {TokenIds(2049, 1)};
  EXPECT_THROW(classifier.logits(empty), Error);
  EXPECT_THROW(classifier.logits(unknown), Error);
  EXPECT_THROW(classifier.logits(long_prompt), Error);
  config.heads = 3;
  EXPECT_THROW(Classifier(config, 1), Error);
}

// With dropout, losses scatter around what they are without; were the share or the scale wrong, the
// mean of many would lie elsewhere.
TEST(Classifier, DropoutChangesEveryLossAndHardlyTheirMean) {
  ModernBertConfig config = small_config();
  const std::vector<TokenIds> batch = {{1, 2, 3, 4, 5, 6, 7, 8, 9}, {4, 5}};
  const std::vector<int> labels = {0, 1};
  const std::vector<float> weights = {1, 1, 1};
  const double plain = Classifier(config, 3).gradients(batch, labels, weights).first;
  config.dropout = 0.1;
  Classifier classifier(config, 3);
  double sum = 0, last = 0;
  constexpr int kSteps = 60;
  for (int i = 0; i < kSteps; ++i) {
    const double loss = classifier.step(batch, labels, 0, weights);  // learns nothing
    EXPECT_NE(loss, last);
    sum += last = loss;
  }
  EXPECT_NEAR(sum / kSteps, plain, 0.15);
}

TEST(Classifier, MicroBatchesGiveTheSameStep) {
  const std::vector<TokenIds> batch = {{1, 2, 3}, {4, 5}, {6}, {7, 8, 9, 10}, {11}};
  const std::vector<int> labels = {0, 1, 2, 1, 0};
  const std::vector<float> weights = {1, 2, 3};
  ClassifierOptions pieces{.label_smoothing = 0.1, .ordinal = 0.5};
  const auto whole = Classifier(small_config(), 3, pieces).gradients(batch, labels, weights);
  pieces.micro_batch = 2;
  const auto parts = Classifier(small_config(), 3, pieces).gradients(batch, labels, weights);
  EXPECT_NEAR(whole.first, parts.first, 1e-5);
  for (size_t i = 0; i < whole.second.size(); ++i) {
    for (size_t j = 0; j < whole.second[i].values.size(); ++j) {
      ASSERT_NEAR(whole.second[i].values[j], parts.second[i].values[j], 1e-5)
          << whole.second[i].spec.name;
    }
  }
}

// For one prompt: -sum t log p with t smoothed, and the squared distance of the running sums.
TEST(Classifier, LossIsSmoothedAndOrdinalAsAsked) {
  const std::vector<TokenIds> batch = {{1, 2, 3}};
  const std::vector<int> labels = {0};
  const std::vector<float> weights = {1, 1, 1};
  const auto loss = [&](const ClassifierOptions& options) {
    return Classifier(small_config(), 3, options).gradients(batch, labels, weights).first;
  };
  const std::vector<float> logits = Classifier(small_config(), 3).logits(batch).at(0);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit);
  std::vector<double> p;
  for (const float logit : logits) p.push_back(std::exp(logit) / sum);
  EXPECT_NEAR(loss({}), -std::log(p[0]), 1e-5);
  double smoothed = 0;
  for (size_t k = 0; k < 3; ++k) smoothed -= (0.1 + (k == 0 ? 0.7 : 0)) * std::log(p[k]);
  EXPECT_NEAR(loss({.label_smoothing = 0.3}), smoothed, 1e-5);
  const double distance = std::pow(p[0] - 1, 2) + std::pow(p[0] + p[1] - 1, 2);
  EXPECT_NEAR(loss({.ordinal = 2}), -std::log(p[0]) + 2 * distance, 1e-5);
}

TEST(Classifier, FrozenLayersStayAsTheyAre) {
  Classifier classifier(small_config(), 3, {.frozen_layers = 2});
  const std::vector<NamedTensor> before = classifier.parameters();
  const std::vector<TokenIds> batch = {{1, 2, 3}, {4, 5}};
  const std::vector<int> labels = {0, 1};
  const std::vector<float> weights = {1, 1, 1};
  for (int i = 0; i < 3; ++i) classifier.step(batch, labels, 1e-2, weights);
  const std::vector<NamedTensor> after = classifier.parameters();
  for (size_t i = 0; i < before.size(); ++i) {
    const std::string& name = before[i].spec.name;
    const bool frozen = name.starts_with("model.embeddings.") ||
                        name.starts_with("model.layers.0.") || name.starts_with("model.layers.1.");
    EXPECT_EQ(before[i].values == after[i].values, frozen) << name;
  }
}

TEST(Classifier, GoesOnFromItsState) {
  ModernBertConfig config = small_config();
  config.dropout = 0.2;
  const std::vector<TokenIds> batch = {{1, 2, 3}, {4, 5}};
  const std::vector<int> labels = {0, 1};
  const std::vector<float> weights = {1, 1, 1};
  Classifier classifier(config, 3);
  for (int i = 0; i < 2; ++i) classifier.step(batch, labels, 1e-2, weights);
  const std::string state = classifier.state();
  const double next = classifier.step(batch, labels, 1e-2, weights);
  const double after = classifier.step(batch, labels, 1e-2, weights);
  Classifier other(config, 99);
  other.set_state(state);
  EXPECT_EQ(other.step(batch, labels, 1e-2, weights), next);
  EXPECT_EQ(other.step(batch, labels, 1e-2, weights), after);

  config.width = 64;
  Classifier narrow(config, 3);
  EXPECT_THROW(narrow.set_state(state), Error);
  EXPECT_THROW(other.set_state("no such thing"), Error);
}

TEST(Classifier, BFloat16IsNear) {
  const std::vector<TokenIds> batch = {{1, 2, 3, 4, 5, 6}, {7, 8}};
  const auto exact = Classifier(small_config(), 3).logits(batch);
  const auto rounded = Classifier(small_config(), 3, {.bf16 = true}).logits(batch);
  double moved = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    for (size_t k = 0; k < exact[i].size(); ++k) {
      EXPECT_NEAR(exact[i][k], rounded[i][k], 0.1);
      moved = std::max(moved, double{std::abs(exact[i][k] - rounded[i][k])});
    }
  }
  EXPECT_GT(moved, 1e-5);  // it was on
}

TEST(Classifier, DevicesAreKnownByName) {
  for (const Device device : {Device::kCpu, Device::kCuda, Device::kAuto}) {
    EXPECT_EQ(parse_device(device_name(device)), device);
  }
  EXPECT_THROW(parse_device("abacus"), Error);
  EXPECT_NE(Classifier(small_config(), 1, {.device = Device::kAuto}).device(), Device::kAuto);
}

}  // namespace
}  // namespace paq
