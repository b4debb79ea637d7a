// SPDX-License-Identifier: MIT
// The engine against a computation that shares nothing with it: plain llama.h, one decode of prompt
// and response together, the softmax written out in long double; and against a text that another
// program wrote with the same model.
#include <ggml.h>
#include <gtest/gtest.h>
#include <llama.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/embedded_engine.h"
#include "engine/engine.h"
#include "ladder/testing/tiny_model.h"

namespace paq {
namespace {

constexpr BitWidth kBits{16};
constexpr BitWidth kAlias{8};

std::filesystem::path stories() {
  const std::filesystem::path folder = std::filesystem::path(PAQ_SHARED_DATA) / "stories260k";
  for (const char* name : {"stories260k.gguf", "stories260K.gguf"}) {
    if (std::filesystem::exists(folder / name)) return folder / name;
  }
  return {};
}

std::string expected_story() {
  std::ifstream file(stories().parent_path() / "expected_greedy.txt", std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// exp(-(1/N) * sum log p(y_t | everything before it)) of `response` after `prompt`: without flash
// attention, or with a cache of BF16 values, which only flash attention multiplies in F32.
double reference_perplexity(const std::filesystem::path& path,
                            const std::vector<llama_token>& prompt,
                            const std::vector<llama_token>& response,
                            ggml_type values = GGML_TYPE_F16) {
  llama_model* model = llama_model_load_from_file(path.c_str(), llama_model_default_params());
  std::vector<llama_token> tokens = prompt;
  tokens.insert(tokens.end(), response.begin(), response.end());
  llama_context_params params = llama_context_default_params();
  params.n_ctx = params.n_batch = params.n_ubatch = static_cast<uint32_t>(tokens.size());
  params.flash_attn_type =
      values == GGML_TYPE_F16 ? LLAMA_FLASH_ATTN_TYPE_DISABLED : LLAMA_FLASH_ATTN_TYPE_ENABLED;
  params.type_v = values;
  params.n_threads = params.n_threads_batch = 1;
  llama_context* context = llama_init_from_model(model, params);
  llama_batch batch = llama_batch_init(static_cast<int32_t>(tokens.size()), 0, 1);
  for (size_t i = 0; i < tokens.size(); ++i) {
    batch.token[i] = tokens[i];
    batch.pos[i] = static_cast<llama_pos>(i);
    batch.n_seq_id[i] = 1;
    batch.seq_id[i][0] = 0;
    batch.logits[i] = 1;
  }
  batch.n_tokens = static_cast<int32_t>(tokens.size());
  EXPECT_EQ(llama_decode(context, batch), 0);

  const int n_vocab = llama_vocab_n_tokens(llama_model_get_vocab(model));
  long double sum = 0;
  for (size_t i = prompt.size(); i < tokens.size(); ++i) {
    const float* logits = llama_get_logits_ith(context, static_cast<int32_t>(i) - 1);
    long double partition = 0;
    for (int v = 0; v < n_vocab; ++v) partition += expl(static_cast<long double>(logits[v]));
    sum += static_cast<long double>(logits[tokens[i]]) - logl(partition);
  }
  llama_batch_free(batch);
  llama_free(context);
  llama_model_free(model);
  return static_cast<double>(expl(-sum / static_cast<long double>(response.size())));
}

std::vector<llama_token> ids(const std::vector<Token>& tokens) {
  std::vector<llama_token> result;
  for (const Token& token : tokens) result.push_back(token.id);
  return result;
}

Request story_request(int max_tokens) {
  Request request;
  request.bits = kBits;
  request.options.form = PromptForm::kRaw;
  request.options.max_tokens = max_tokens;
  return request;
}

TEST(Parity, WritesTheStoryThatItsAuthorPublished) {
  if (stories().empty()) GTEST_SKIP() << "no stories260k in " << PAQ_SHARED_DATA;
  const auto engine = open_embedded_engine(
      testing::ladder_of({{kAlias, stories()}, {kBits, stories()}}), {.threads = 1});
  Request request = story_request(256);  // and BOS: the 257 of the published text
  request.messages = {{"user", ""}};
  const Completion completion = run_all(*engine, {request}).at(0);
  EXPECT_EQ(completion.prompt_tokens, 1);  // BOS
  EXPECT_EQ(completion.tokens.size(), 256u);
  // The published text ends without a line end.
  std::string expected = expected_story();
  while (!expected.empty() && expected.back() == '\n') expected.pop_back();
  const size_t start = completion.text.find_first_not_of(' ');
  EXPECT_EQ(completion.text.substr(start == std::string::npos ? 0 : start), expected);
}

TEST(Parity, PerplexityOfAStoryAgreesWithRawLogits) {
  if (stories().empty()) GTEST_SKIP() << "no stories260k in " << PAQ_SHARED_DATA;
  const auto engine =
      open_embedded_engine(testing::ladder_of({{kBits, stories()}}), {.threads = 1});
  Request request = story_request(120);
  request.messages = {{"user", ""}};
  const Completion completion = run_all(*engine, {request}).at(0);
  const double reference = reference_perplexity(stories(), {1}, ids(completion.tokens));
  EXPECT_NEAR(perplexity(completion.tokens).value(), reference, 1e-3);
  EXPECT_GT(reference, 1.01);
}

// As above with the 8 sequences of a full batch, on a random model: F32, F16 and BF16 weights. The
// engine caches values as BF16; beside a cache of F16 values that is most of the difference.
TEST(Parity, PerplexityInABatchAgreesWithRawLogits) {
  const auto path = std::filesystem::path(::testing::TempDir()) /
                    ("paq_parity_" + std::to_string(::getpid()) + ".gguf");
  for (const TensorType type : {TensorType::kF32, TensorType::kF16, TensorType::kBF16}) {
    testing::tiny_model({.type = type}).write(path);
    const auto engine = open_embedded_engine(testing::ladder_of({{kBits, path}}),
                                             {.batch_tokens = 24, .threads = 1});
    std::vector<Request> requests;
    for (int i = 0; i < 8; ++i) {
      Request request = story_request(20);
      request.messages = {{"user", std::string(static_cast<size_t>(5 * i), 'x') + "y"}};
      requests.push_back(request);
    }
    const std::vector<Completion> completions = run_all(*engine, requests);
    for (size_t i = 0; i < completions.size(); ++i) {
      std::vector<llama_token> prompt = {testing::kTinyBos};
      prompt.insert(prompt.end(), 5 * i, 'x');
      prompt.push_back('y');
      const std::vector<llama_token> response = ids(completions[i].tokens);
      const double ours = perplexity(completions[i].tokens).value();
      const double same = reference_perplexity(path, prompt, response, GGML_TYPE_BF16);
      EXPECT_NEAR(ours / same, 1, 1e-3) << i;
      EXPECT_NEAR(ours / reference_perplexity(path, prompt, response), 1, 5e-3) << i;
      EXPECT_EQ(completions[i].prompt_tokens, static_cast<int>(prompt.size()));
    }
  }
  std::filesystem::remove(path);
}

TEST(Parity, EightStoriesInOneBatchEqualOneAtATime) {
  if (stories().empty()) GTEST_SKIP() << "no stories260k in " << PAQ_SHARED_DATA;
  const auto engine = open_embedded_engine(testing::ladder_of({{kBits, stories()}}),
                                           {.max_sequences = 8, .batch_tokens = 40, .threads = 1});
  std::vector<Request> requests;
  for (const char* text : {"", "Once", "The dog", "Tom and Lily went to the park", "One day, a",
                           "There was a big red ball", "She said", "In the garden"}) {
    Request request = story_request(60);
    request.messages = {{"user", text}};
    requests.push_back(request);
  }
  const std::vector<Completion> batched = run_all(*engine, requests);
  for (size_t i = 0; i < requests.size(); ++i) {
    const Completion single = run_all(*engine, {requests[i]}).at(0);
    ASSERT_EQ(ids(batched[i].tokens), ids(single.tokens)) << i;
    for (size_t t = 0; t < single.tokens.size(); ++t) {
      EXPECT_NEAR(batched[i].tokens[t].logprob, single.tokens[t].logprob, 1e-2);
    }
  }
}

}  // namespace
}  // namespace paq
