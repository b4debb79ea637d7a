// SPDX-License-Identifier: MIT
// An exported miniature gives the same logits in llama.cpp as in the trainer.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "llama.h"
#include "mini/export.h"
#include "mini/model.h"
#include "mini/tasks.h"
#include "mini/vocabulary.h"

namespace paq::mini {
namespace {

// Weights that F16 holds exactly, so that nothing but the computation can differ.
void randomise(const MiniModel& model) {
  torch::NoGradGuard no_grad;
  for (torch::Tensor& parameter : model->parameters()) {
    const double centre = parameter.dim() == 1 ? 1.0 : 0.0;
    parameter.copy_((torch::randn_like(parameter) * 0.08 + centre).to(torch::kFloat16));
  }
}

std::vector<float> llama_logits(const std::filesystem::path& file, std::vector<int32_t> ids) {
  llama_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
  llama_backend_init();
  llama_model* model = llama_model_load_from_file(file.c_str(), llama_model_default_params());
  if (model == nullptr) return {};
  llama_context_params params = llama_context_default_params();
  params.n_ctx = 128;
  params.n_threads = params.n_threads_batch = 1;
  params.type_k = params.type_v = GGML_TYPE_F32;
  params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
  llama_context* context = llama_init_from_model(model, params);
  std::vector<float> logits;
  if (llama_decode(context, llama_batch_get_one(ids.data(), static_cast<int32_t>(ids.size()))) ==
      0) {
    const float* last = llama_get_logits_ith(context, -1);
    logits.assign(last, last + llama_vocab_n_tokens(llama_model_get_vocab(model)));
  }
  llama_free(context);
  llama_model_free(model);
  return logits;
}

TEST(MiniExport, LlamaCppGivesTheTrainersLogits) {
  torch::manual_seed(1);
  torch::NoGradGuard no_grad;
  const BpeVocab vocab = make_vocabulary();
  ModelConfig config;
  config.vocabulary = static_cast<int64_t>(vocab.size());
  config.layers = 2;
  MiniModel model(config);
  randomise(model);
  const auto file = std::filesystem::temp_directory_path() / "paq_mini_export_test.gguf";
  export_gguf(model, vocab, file);

  for (const Example& example : generate_examples("mini-gsm8k", MiniSplit::kTest, 3, 2)) {
    const std::vector<int32_t> ids =
        vocab.encode_with_special(render_prompt(example.prompt.messages[0].content));
    const torch::Tensor tokens = torch::tensor(std::vector<int64_t>(ids.begin(), ids.end()));
    const torch::Tensor starts = torch::tensor(std::vector<int64_t>{0, tokens.size(0)});
    const torch::Tensor expected =
        model->logits(model->forward(tokens, starts).slice(0, -1)).squeeze(0);
    const std::vector<float> actual = llama_logits(file, ids);
    ASSERT_EQ(static_cast<int64_t>(actual.size()), expected.numel());
    const double scale = expected.abs().max().item<double>();
    EXPECT_LT((torch::tensor(actual) - expected).abs().max().item<double>(), 0.01 * scale);
  }
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace paq::mini
