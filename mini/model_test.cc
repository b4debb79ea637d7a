// SPDX-License-Identifier: MIT
// The fused operations against LibTorch's plain ones, values and gradients, and a model that
// learns.
#include "mini/model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "mini/data.h"
#include "mini/kernels.h"
#include "mini/trainer.h"
#include "mini/vocabulary.h"

namespace paq::mini {
namespace {

using torch::Tensor;

void expect_close(const Tensor& actual, const Tensor& expected) {
  EXPECT_LT((actual - expected).abs().max().item<double>(),
            1e-5 * (1.0 + expected.abs().max().item<double>()));
}

// Gradients of sum(output * weights) by each input.
std::vector<Tensor> gradients(const Tensor& output, const Tensor& weights,
                              const std::vector<Tensor>& inputs) {
  return torch::autograd::grad({(output * weights).sum()}, inputs);
}

// x [L, H, K]: pairs of neighbours turned by position * 10000^(-2i / K).
Tensor rotated(const Tensor& x) {
  const int64_t width = x.size(2);
  const Tensor pairs = torch::arange(0, width, 2, torch::kFloat32) / width;
  const Tensor angles = torch::arange(x.size(0), torch::kFloat32).unsqueeze(1) *
                        torch::pow(10'000.0, -pairs);  // [L, K / 2]
  const Tensor cosine = angles.cos().unsqueeze(1);
  const Tensor sine = angles.sin().unsqueeze(1);
  const Tensor even = x.slice(2, 0, width, 2);
  const Tensor odd = x.slice(2, 1, width, 2);
  return torch::stack({even * cosine - odd * sine, odd * cosine + even * sine}, -1).flatten(2);
}

Tensor plain_attention(const Tensor& qkv, const std::vector<int64_t>& starts, int64_t heads) {
  const int64_t width = qkv.size(1) / 3 / heads;
  std::vector<Tensor> outputs;
  for (size_t b = 0; b + 1 < starts.size(); ++b) {
    const Tensor x = qkv.slice(0, starts[b], starts[b + 1]).view({-1, 3, heads, width});
    const Tensor q = rotated(x.select(1, 0)).transpose(0, 1);  // [H, L, K]
    const Tensor k = rotated(x.select(1, 1)).transpose(0, 1);
    const Tensor v = x.select(1, 2).transpose(0, 1);
    const Tensor future = torch::ones({q.size(1), q.size(1)}, torch::kBool).triu(1);
    const Tensor scores =
        torch::matmul(q, k.transpose(1, 2)) / std::sqrt(static_cast<double>(width));
    outputs.push_back(torch::matmul(scores.masked_fill(future, -1e30).softmax(-1), v)
                          .transpose(0, 1)
                          .reshape({-1, heads * width}));
  }
  return torch::cat(outputs);
}

TEST(MiniKernels, AttentionEqualsThePlainForm) {
  torch::manual_seed(1);
  const std::vector<int64_t> starts{0, 1, 6, 43, 60};
  const Tensor qkv = torch::randn({60, 3 * 64}).requires_grad_();
  const Tensor weights = torch::randn({60, 64});
  const Tensor fused = causal_attention(qkv, torch::tensor(starts), 4);
  const Tensor plain = plain_attention(qkv, starts, 4);
  expect_close(fused, plain);
  expect_close(gradients(fused, weights, {qkv})[0], gradients(plain, weights, {qkv})[0]);
}

TEST(MiniKernels, NormEqualsThePlainForm) {
  torch::manual_seed(2);
  const Tensor x = torch::randn({37, 64}).requires_grad_();
  const Tensor gain = torch::rand({64}).requires_grad_();
  const Tensor weights = torch::randn({37, 64});
  const Tensor fused = rms_norm(x, gain, torch::kFloat32);
  const Tensor plain = x * torch::rsqrt(x.pow(2).mean(1, true) + 1e-5) * gain;
  expect_close(fused, plain);
  const auto actual = gradients(fused, weights, {x, gain});
  const auto expected = gradients(plain, weights, {x, gain});
  expect_close(actual[0], expected[0]);
  expect_close(actual[1], expected[1]);
}

TEST(MiniKernels, SwigluEqualsThePlainForm) {
  torch::manual_seed(3);
  const Tensor x = torch::randn({37, 128}).requires_grad_();
  const Tensor weights = torch::randn({37, 64});
  const Tensor fused = swiglu(x);
  const Tensor plain = torch::silu(x.slice(1, 0, 64)) * x.slice(1, 64, 128);
  expect_close(fused, plain);
  expect_close(gradients(fused, weights, {x})[0], gradients(plain, weights, {x})[0]);
}

TEST(MiniModel, SequencesOfABatchDoNotSeeEachOther) {
  torch::manual_seed(4);
  torch::NoGradGuard no_grad;
  MiniModel model(ModelConfig{.vocabulary = 50, .layers = 2});
  for (Tensor& matrix : model->parameters()) {
    if (matrix.dim() == 2) matrix.copy_(torch::randn_like(matrix) * 0.05);
  }
  const Tensor ids = torch::randint(50, {20}, torch::kInt64);
  const auto starts = [](std::vector<int64_t> values) { return torch::tensor(values); };
  const Tensor together = model->forward(ids, starts({0, 8, 20}));
  expect_close(together.slice(0, 8, 20), model->forward(ids.slice(0, 8, 20), starts({0, 12})));
}

TEST(MiniTrainer, LearnsABatchAndResumesExactly) {
  torch::manual_seed(5);
  const BpeVocab vocab = make_vocabulary();
  TrainingStream stream(vocab, 6);
  Mixture mixture;
  mixture.share["mini-arc-easy"] = 1;
  const std::vector<Batch> batches{stream.next(mixture, 300), stream.next(mixture, 300)};
  const ModelConfig config{.vocabulary = static_cast<int64_t>(vocab.size()), .layers = 1};
  Trainer trainer(config, {});
  const double first = trainer.step(batches, 1.0);
  for (int i = 0; i < 30; ++i) trainer.step(batches, 1.0);
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / "paq_mini_trainer_test.pt";
  trainer.save({.seconds = 1.5, .steps = 31, .tokens = 7}, file);
  const double last = trainer.step(batches, 1.0);
  EXPECT_LT(last, 0.5 * first);

  Trainer resumed(config, {});
  const Progress progress = resumed.load(file);
  std::filesystem::remove(file);
  EXPECT_EQ(progress.seconds, 1.5);
  EXPECT_EQ(progress.steps, 31);
  EXPECT_EQ(progress.tokens, 7);
  EXPECT_NEAR(resumed.step(batches, 1.0), last, 1e-4);
  EXPECT_NEAR(resumed.step(batches, 1.0), trainer.step(batches, 1.0), 1e-3);
}

TEST(MiniData, OnlyTheAnswerCountsUnlessAsked) {
  const BpeVocab vocab = make_vocabulary();
  const Example example = generate_examples("mini-gsm8k", MiniSplit::kTrain, 1, 1)[0];
  const Sequence sequence = to_sequence(vocab, example, 0.0f);
  std::vector<int32_t> counted;
  for (size_t i = 0; i < sequence.ids.size(); ++i) {
    if (sequence.weight[i] > 0) counted.push_back(static_cast<int32_t>(sequence.ids[i + 1]));
  }
  EXPECT_EQ(vocab.decode(counted), " " + example.answer + std::string(kEndOfTurn));
}

}  // namespace
}  // namespace paq::mini
