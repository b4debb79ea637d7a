// SPDX-License-Identifier: MIT
// The embedded engine on tiny random models: batching, stopping, sampling, taking turns.
#include "engine/engine.h"

#include <sched.h>

#include "engine/engine_test_support.h"
#include "engine/processors.h"

namespace paq {
namespace {

using ::testing::HasSubstr;
using testing::ids;
using testing::kBits;
using testing::ladder_of;
using testing::model_path;
using testing::open_tiny;
using testing::request_for;
using testing::tiny_model;

std::vector<std::string> prompts(int n) {
  std::vector<std::string> texts;
  for (int i = 0; i < n; ++i) {
    std::string text = "Question " + std::to_string(i * 7) + ": ";
    for (int j = 0; j <= i * 9; ++j) text += static_cast<char>('a' + (i + j * j) % 26);
    texts.push_back(text);
  }
  return texts;
}

// In F32, sums hardly depend on the batch. In F16 they move by some 1e-3, and where two tokens are
// as close as that, greedy decoding may take either: the answers are compared up to there.
TEST(Engine, EightSequencesInOneBatchAnswerAsOneAtATime) {
  const std::vector<std::string> texts = prompts(8);
  for (const TensorType type : {TensorType::kF32, TensorType::kF16}) {
    const double tolerance = type == TensorType::kF32 ? 1e-3 : 1e-2;
    tiny_model({.type = type}).write(model_path("typed"));
    const Ladder ladder = ladder_of({{kBits, model_path("typed")}});
    std::vector<Completion> single;
    const auto engine = open_embedded_engine(ladder, {.threads = 1});
    for (const std::string& text : texts) {
      single.push_back(run_all(*engine, {request_for(text, 20)}).at(0));
    }
    // Chunks of 32 tokens: prompts are cut, and sequences join while others decode.
    for (const int batch_tokens : {512, 32}) {
      const auto batching = open_embedded_engine(
          ladder, {.max_sequences = 8, .batch_tokens = batch_tokens, .threads = 1});
      std::vector<Request> requests;
      for (const std::string& text : texts) requests.push_back(request_for(text, 20));
      const std::vector<Completion> batched = run_all(*batching, std::move(requests));
      ASSERT_EQ(batched.size(), single.size());
      int compared = 0;
      for (size_t i = 0; i < single.size(); ++i) {
        if (type == TensorType::kF32) {
          ASSERT_EQ(ids(batched[i]), ids(single[i])) << i;
        }
        for (size_t t = 0; t < 20; ++t, ++compared) {
          EXPECT_NEAR(batched[i].tokens[t].logprob, single[i].tokens[t].logprob, tolerance);
          if (batched[i].tokens[t].id != single[i].tokens[t].id) break;
        }
      }
      EXPECT_GE(compared, 100);
    }
  }
}

TEST(Engine, ScoringAgreesWithGenerating) {
  const auto engine = open_tiny();
  const Completion completion = run_all(*engine, {request_for("Hello", 10)}).at(0);
  ASSERT_EQ(completion.tokens.size(), 10u);
  // The random model writes bytes that are no text; score a text of our own in pieces instead: the
  // probability of the whole is the product of its parts.
  const auto score = [&](const std::string& text, PromptForm form, const std::string& next) {
    return score_all(*engine, {{.bits = kBits,
                                .messages = {{"user", text}},
                                .form = form,
                                .continuations = {{.text = next}}}})
        .at(0)
        .continuations.at(0);
  };
  const std::vector<Token> all = score("Hi", PromptForm::kChat, "xyz qrs");
  ASSERT_EQ(all.size(), 7u);
  EXPECT_EQ(all[0].text, "x");
  const std::vector<Token> long_part = score("ab", PromptForm::kRaw, "cdef");
  const std::vector<Token> short_part = score("abcd", PromptForm::kRaw, "ef");
  ASSERT_EQ(long_part.size(), 4u);
  ASSERT_EQ(short_part.size(), 2u);
  EXPECT_NEAR(long_part[2].logprob, short_part[0].logprob, 5e-3);
  EXPECT_NEAR(long_part[3].logprob, short_part[1].logprob, 5e-3);
}

TEST(Engine, ScoringInChunksChangesNothing) {
  const std::string continuation(150, 'q');
  const ScoreRequest request{.bits = kBits,
                             .messages = {{"user", std::string(60, 'z')}},
                             .continuations = {{.text = continuation}}};
  const auto score = [&](const EmbeddedEngineOptions& options) {
    return score_all(*open_tiny(options), {request}).at(0).continuations.at(0);
  };
  const auto wide = score({});
  const auto narrow = score({.max_sequences = 1, .batch_tokens = 7});
  ASSERT_EQ(wide.size(), 150u);
  ASSERT_EQ(narrow.size(), wide.size());
  for (size_t i = 0; i < wide.size(); ++i) {
    EXPECT_NEAR(wide[i].logprob, narrow[i].logprob, 5e-3);
  }
}

TEST(Engine, StopsAtTheEndOfTurnAndCountsIt) {
  const auto engine = open_tiny();
  const Completion free_run = run_all(*engine, {request_for("Go", 8)}).at(0);
  ASSERT_EQ(free_run.finish, FinishReason::kLength);
  // The same weights, but the fourth token that the model says is now its end of turn.
  const int eos = free_run.tokens[3].id;
  tiny_model({.eos_token = eos}).write(model_path("eos"));
  const auto ending = open_embedded_engine(ladder_of({{kBits, model_path("eos")}}), {.threads = 1});
  const Completion ended = run_all(*ending, {request_for("Go", 8)}).at(0);
  size_t expected = 0;
  while (free_run.tokens[expected].id != eos) ++expected;
  EXPECT_EQ(ended.finish, FinishReason::kEndOfTurn);
  ASSERT_EQ(ended.tokens.size(), expected + 1);
  EXPECT_EQ(ended.tokens.back().id, eos);
  EXPECT_EQ(ended.tokens.back().text, "");
  EXPECT_NEAR(ended.tokens.back().logprob, free_run.tokens[expected].logprob, 5e-3);
}

TEST(Engine, StopStringsEndTheTextBeforeThem) {
  const auto engine = open_tiny();
  // Raw text of single bytes, so that a stop string certainly spans tokens.
  Request request = request_for("The cat", 60);
  const Completion free_run = run_all(*engine, {request}).at(0);
  std::string bytes;
  std::vector<size_t> ends;
  for (const Token& token : free_run.tokens) {
    bytes += token.text;
    ends.push_back(bytes.size());
  }
  // From the middle of the answer, over at least two tokens.
  const std::string stop = bytes.substr(ends[4], ends[8] - ends[4]);
  ASSERT_FALSE(stop.empty());
  request.options.stop = {"never says this", stop};
  std::string streamed;
  request.on_text = [&](std::string_view text) { streamed += text; };
  const Completion stopped = run_all(*engine, {request}).at(0);
  EXPECT_EQ(stopped.finish, FinishReason::kStopString);
  EXPECT_LE(stopped.tokens.size(), 9u);
  EXPECT_EQ(stopped.text.find(stop), std::string::npos);
  EXPECT_EQ(streamed, stopped.text);
}

TEST(Engine, SamplingIsSeeded) {
  const auto engine = open_tiny();
  const auto sample = [&](uint32_t seed, SamplingOptions sampling) {
    Request request = request_for("Dice", 16);
    sampling.seed = seed;
    request.options.sampling = sampling;
    return ids(run_all(*engine, {request}).at(0));
  };
  const SamplingOptions hot{.temperature = 2.0f};
  EXPECT_EQ(sample(1, hot), sample(1, hot));
  EXPECT_NE(sample(1, hot), sample(2, hot));
  EXPECT_EQ(sample(0xFFFFFFFFu, hot), sample(0xFFFFFFFFu, hot));
  // Each filter alone, tight enough, leaves only the greedy token.
  const std::vector<int32_t> greedy = sample(1, {});
  EXPECT_EQ(sample(3, {.temperature = 2.0f, .top_k = 1}), greedy);
  EXPECT_EQ(sample(3, {.temperature = 2.0f, .top_p = 1e-6f}), greedy);
  EXPECT_EQ(sample(3, {.temperature = 2.0f, .min_p = 0.999f}), greedy);
}

TEST(Engine, TokensAreStreamedAndTimed) {
  const auto engine = open_tiny();
  Request request = request_for("Stream", 6);
  std::vector<Token> streamed;
  int done = 0;
  request.on_token = [&](const Token& token) { streamed.push_back(token); };
  request.on_done = [&](const Completion&) { ++done; };
  const Completion completion = run_all(*engine, {request}).at(0);
  EXPECT_EQ(done, 1);
  ASSERT_EQ(streamed.size(), completion.tokens.size());
  for (size_t i = 0; i < streamed.size(); ++i) EXPECT_EQ(streamed[i].id, completion.tokens[i].id);
  EXPECT_GT(completion.seconds_to_first_token, 0);
  EXPECT_GE(completion.seconds, completion.seconds_to_first_token);
  EXPECT_EQ(completion.bits, kBits);
  // <s> <|im_start|> u s er \n S t r e a m <|im_end|> \n <|im_start|> a s s i s t an t \n
  EXPECT_EQ(completion.prompt_tokens, 24);
}

TEST(Engine, TheContextEndsAnAnswer) {
  const auto engine = open_tiny({.context_tokens = 40});
  const Completion completion = run_all(*engine, {request_for("abc", 1000)}).at(0);
  EXPECT_EQ(completion.finish, FinishReason::kLength);
  EXPECT_EQ(completion.prompt_tokens + static_cast<int>(completion.tokens.size()), 40);
}

TEST(Engine, ASmallCacheMakesRequestsWaitButLosesNone) {
  const auto engine = open_tiny({.context_tokens = 128, .max_sequences = 8, .cache_tokens = 128});
  const auto roomy = open_tiny({.context_tokens = 128, .max_sequences = 8});
  std::vector<Request> requests;
  for (const std::string& text : prompts(7)) requests.push_back(request_for(text, 10));
  const auto narrow = run_all(*engine, requests);
  const auto wide = run_all(*roomy, requests);
  for (size_t i = 0; i < narrow.size(); ++i) EXPECT_EQ(ids(narrow[i]), ids(wide[i]));
}

TEST(Engine, VariantsTakeTurnsOnTheSameThreads) {
  const auto engine = open_embedded_engine(
      ladder_of({{BitWidth{8}, model_path("other")}, {kBits, model_path("tiny")}}), {.threads = 2});
  Request small = request_for("turn", 10);
  small.bits = BitWidth{8};
  std::vector<int> order;
  small.on_token = [&](const Token&) { order.push_back(8); };
  Request large = request_for("turn", 10);
  large.on_token = [&](const Token&) { order.push_back(16); };
  const auto both = run_all(*engine, {small, large});
  EXPECT_NE(ids(both[0]), ids(both[1]));  // other weights
  ASSERT_EQ(order.size(), 20u);
  for (size_t i = 0; i + 1 < order.size(); ++i) EXPECT_NE(order[i], order[i + 1]);
}

TEST(Engine, FormsOfPrompts) {
  const auto raw_tokens = [](const std::string& model, std::vector<Message> messages,
                             PromptForm form) {
    const auto engine =
        open_embedded_engine(ladder_of({{kBits, model_path(model)}}), {.threads = 1});
    Request request = request_for("", 1);
    request.messages = std::move(messages);
    request.options.form = form;
    return run_all(*engine, {request}).at(0).prompt_tokens;
  };
  const std::vector<Message> two = {{"system", "ab"}, {"user", "cd"}};
  EXPECT_EQ(raw_tokens("tiny", two, PromptForm::kRaw), 5);                       // <s>abcd
  EXPECT_EQ(raw_tokens("tiny", {{"user", ""}}, PromptForm::kRaw), 1);            // <s>
  EXPECT_EQ(raw_tokens("tiny", {{"user", "<|im_end|>"}}, PromptForm::kRaw), 2);  // a control token

  // Without a template: ChatML, since the vocabulary has it.
  tiny_model({.chat_template = ""}).write(model_path("plain"));
  EXPECT_EQ(raw_tokens("plain", two, PromptForm::kChat),
            raw_tokens("tiny", two, PromptForm::kChat));

  // No BOS and nothing else either.
  tiny_model({.add_bos = false}).write(model_path("bare"));
  EXPECT_EQ(code_of([&] {
              raw_tokens("bare", {{"user", ""}}, PromptForm::kRaw);
            }),
            ErrorCode::kUsage);

  std::string message;
  tiny_model({.chat_template = "{{ raise_exception('no system role here') }}"})
      .write(model_path("picky"));
  EXPECT_EQ(code_of([&] { raw_tokens("picky", two, PromptForm::kChat); }, &message),
            ErrorCode::kUsage);
  EXPECT_THAT(message, HasSubstr("no system role here"));
  tiny_model({.chat_template = "{% for %}"}).write(model_path("garbled"));
  EXPECT_EQ(code_of([&] { raw_tokens("garbled", two, PromptForm::kChat); }), ErrorCode::kBadFile);
}

TEST(Engine, UsesNoMoreCoresThanItMay) {
  const int before = usable_cores();
  EXPECT_GE(before, 1);
  cpu_set_t all;
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  int first = 0;
  while (!CPU_ISSET(first, &all)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(usable_cores(), 1);
  ASSERT_EQ(sched_setaffinity(0, sizeof all, &all), 0);
  EXPECT_EQ(usable_cores(), before);
}

TEST(Engine, SettingsFingerprintCoversWhatChangesAnAnswer) {
  const GenerateOptions base;
  GenerateOptions other = base;
  EXPECT_EQ(settings_fingerprint(base), settings_fingerprint(other));
  other.sampling.seed = 7;  // greedy ignores it
  EXPECT_EQ(settings_fingerprint(base), settings_fingerprint(other));
  other.max_tokens = 7;
  EXPECT_NE(settings_fingerprint(base), settings_fingerprint(other));
  other = base;
  other.stop = {"a", "b"};
  GenerateOptions joined = base;
  joined.stop = {"ab"};
  EXPECT_NE(settings_fingerprint(other), settings_fingerprint(joined));
}

}  // namespace
}  // namespace paq
