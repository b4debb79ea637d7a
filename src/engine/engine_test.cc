// SPDX-License-Identifier: MIT
// The embedded engine on a tiny random model: batching, stopping, cancelling, failing.
#include "engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "engine/embedded_engine.h"
#include "engine/processors.h"
#include "ladder/testing/tiny_model.h"

namespace paq {
namespace {

using ::testing::HasSubstr;
using testing::ladder_of;
using testing::tiny_model;

constexpr BitWidth kBits{16};

// One folder with model files for the whole program.
class Files : public ::testing::Environment {
 public:
  void SetUp() override {
    folder =
        std::filesystem::path(::testing::TempDir()) / ("paq_engine_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    tiny_model({}).write(path("tiny"));
    tiny_model({.seed = 2}).write(path("other"));
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  static std::filesystem::path path(const std::string& name) { return folder / (name + ".gguf"); }
  static inline std::filesystem::path folder;
};
const auto* const files = ::testing::AddGlobalTestEnvironment(new Files);

std::unique_ptr<Engine> open_tiny(EmbeddedEngineOptions options = {}) {
  options.threads = 1;
  return open_embedded_engine(
      ladder_of({{BitWidth{8}, Files::path("other")}, {kBits, Files::path("tiny")}}), options);
}

Request request_for(const std::string& text, int max_tokens = 12) {
  Request request;
  request.bits = kBits;
  request.messages = {{"user", text}};
  request.options.max_tokens = max_tokens;
  return request;
}

std::vector<std::string> prompts(int n) {
  std::vector<std::string> texts;
  for (int i = 0; i < n; ++i) {
    std::string text = "Question " + std::to_string(i * 7) + ": ";
    for (int j = 0; j <= i * 9; ++j) text += static_cast<char>('a' + (i + j * j) % 26);
    texts.push_back(text);
  }
  return texts;
}

std::vector<int32_t> ids(const Completion& completion) {
  std::vector<int32_t> result;
  for (const Token& token : completion.tokens) result.push_back(token.id);
  return result;
}

ErrorCode code_of(const std::function<void()>& action, std::string* message = nullptr) {
  try {
    action();
  } catch (const Error& error) {
    if (message) *message = error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::kCancelled;
}

// In F32, sums hardly depend on the batch. In F16 they move by some 1e-3, and where two tokens are
// as close as that, greedy decoding may take either: the answers are compared up to there.
TEST(Engine, EightSequencesInOneBatchAnswerAsOneAtATime) {
  const std::vector<std::string> texts = prompts(8);
  for (const TensorType type : {TensorType::kF32, TensorType::kF16}) {
    const double tolerance = type == TensorType::kF32 ? 1e-3 : 1e-2;
    tiny_model({.type = type}).write(Files::path("typed"));
    const Ladder ladder = ladder_of({{kBits, Files::path("typed")}});
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
  ScoreRequest whole{.bits = kBits, .messages = {{"user", "Hi"}}, .continuation = "xyz qrs"};
  const std::vector<Token> all = engine->score(whole);
  ASSERT_EQ(all.size(), 7u);
  EXPECT_EQ(all[0].text, "x");
  ScoreRequest first{.bits = kBits,
                     .messages = {{"user", "ab"}},
                     .form = PromptForm::kRaw,
                     .continuation = "cdef"};
  ScoreRequest second{.bits = kBits,
                      .messages = {{"user", "abcd"}},
                      .form = PromptForm::kRaw,
                      .continuation = "ef"};
  const std::vector<Token> long_part = engine->score(first);
  const std::vector<Token> short_part = engine->score(second);
  ASSERT_EQ(long_part.size(), 4u);
  ASSERT_EQ(short_part.size(), 2u);
  EXPECT_NEAR(long_part[2].logprob, short_part[0].logprob, 5e-3);
  EXPECT_NEAR(long_part[3].logprob, short_part[1].logprob, 5e-3);
  EXPECT_TRUE(
      engine->score({.bits = kBits, .messages = {{"user", "a"}}, .continuation = ""}).empty());
}

TEST(Engine, ScoringInChunksChangesNothing) {
  const std::string continuation(150, 'q');
  const ScoreRequest request{
      .bits = kBits, .messages = {{"user", std::string(60, 'z')}}, .continuation = continuation};
  const auto wide = open_tiny()->score(request);
  const auto narrow = open_tiny({.max_sequences = 1, .batch_tokens = 7})->score(request);
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
  tiny_model({.eos_token = eos}).write(Files::path("eos"));
  const auto ending =
      open_embedded_engine(ladder_of({{kBits, Files::path("eos")}}), {.threads = 1});
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
  const Completion stopped = run_all(*engine, {request}).at(0);
  EXPECT_EQ(stopped.finish, FinishReason::kStopString);
  EXPECT_LE(stopped.tokens.size(), 9u);
  EXPECT_EQ(stopped.text.find(stop), std::string::npos);
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

TEST(Engine, OptionsOutOfRangeAreRefused) {
  const auto engine = open_tiny();
  const auto refused = [&](const std::function<void(GenerateOptions&)>& change) {
    Request request = request_for("x");
    change(request.options);
    return code_of([&] { engine->submit(request); });
  };
  EXPECT_EQ(refused([](GenerateOptions& o) { o.max_tokens = 0; }), ErrorCode::kUsage);
  EXPECT_EQ(refused([](GenerateOptions& o) { o.stop = {""}; }), ErrorCode::kUsage);
  EXPECT_EQ(refused([](GenerateOptions& o) { o.sampling.temperature = -1; }), ErrorCode::kUsage);
  EXPECT_EQ(refused([](GenerateOptions& o) { o.sampling.temperature = NAN; }), ErrorCode::kUsage);
  EXPECT_EQ(refused([](GenerateOptions& o) { o.sampling.top_p = 0; }), ErrorCode::kUsage);
  EXPECT_EQ(refused([](GenerateOptions& o) { o.sampling.min_p = 1; }), ErrorCode::kUsage);
  EXPECT_EQ(refused([](GenerateOptions& o) { o.sampling.top_k = -1; }), ErrorCode::kUsage);
  EXPECT_EQ(code_of([&] { open_tiny({.max_sequences = 8, .batch_tokens = 4}); }),
            ErrorCode::kUsage);
  Request request = request_for("x");
  request.bits = BitWidth{3};
  std::string message;
  EXPECT_EQ(code_of([&] { engine->submit(request); }, &message), ErrorCode::kNotFound);
  EXPECT_THAT(message, HasSubstr("8,16"));
  EXPECT_FALSE(engine->step());
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

TEST(Engine, APromptBeyondTheContextEndsAloneWhileOthersGoOn) {
  const auto engine = open_tiny({.context_tokens = 64});
  EXPECT_EQ(engine->context_tokens(kBits), 64);
  std::optional<Error> error;
  std::vector<Completion> done;
  Request fits = request_for("short", 5);
  fits.on_done = [&](const Completion& completion) { done.push_back(completion); };
  Request too_long = request_for(std::string(100, 'x'), 5);
  too_long.on_error = [&](const Error& e) { error = e; };
  too_long.on_done = [](const Completion&) { FAIL() << "told twice"; };
  engine->submit(fits);
  engine->submit(too_long);
  engine->submit(fits);
  while (engine->step()) {
  }
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kTooLong);
  EXPECT_THAT(error->what(), HasSubstr("64"));
  ASSERT_EQ(done.size(), 2u);
  EXPECT_EQ(done[0].tokens.size(), 5u);

  // Without on_error, step() throws; the others still go on.
  too_long.on_error = {};
  engine->submit(fits);
  engine->submit(too_long);
  engine->submit(fits);
  int thrown = 0;
  for (bool more = true; more;) {
    try {
      more = engine->step();
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kTooLong);
      ++thrown;
    }
  }
  EXPECT_EQ(thrown, 1);
  EXPECT_EQ(done.size(), 4u);

  // run_all throws it, and leaves the engine clean.
  EXPECT_EQ(code_of([&] {
              run_all(*engine, {request_for("a"), too_long, request_for("b")});
            }),
            ErrorCode::kTooLong);
  EXPECT_FALSE(engine->step());
  EXPECT_EQ(run_all(*engine, {request_for("a")}).at(0).tokens.size(), 12u);
  EXPECT_EQ(
      code_of([&] {
        engine->score(
            {.bits = kBits, .messages = {{"user", "a"}}, .continuation = std::string(100, 'x')});
      }),
      ErrorCode::kTooLong);
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

TEST(Engine, CancellingEndsARequestWithinOneStep) {
  const auto engine = open_tiny({.max_sequences = 1});
  std::vector<FinishReason> ended;
  size_t tokens = 0;
  Request request = request_for("endless", 400);
  request.on_done = [&](const Completion& completion) {
    ended.push_back(completion.finish);
    tokens = completion.tokens.size();
  };
  const RequestId running = engine->submit(request);
  const RequestId waiting = engine->submit(request);
  for (int i = 0; i < 4; ++i) engine->step();
  EXPECT_TRUE(ended.empty());
  std::thread([&] {
    engine->cancel(waiting);
    engine->cancel(running);
    engine->cancel(12345);
  }).join();
  EXPECT_FALSE(engine->step());
  EXPECT_EQ(ended, (std::vector{FinishReason::kCancelled, FinishReason::kCancelled}));
  EXPECT_EQ(tokens, 4u);
  engine->cancel(running);
  EXPECT_EQ(run_all(*engine, {request_for("next", 3)}).at(0).tokens.size(), 3u);
}

TEST(Engine, ACallbackMaySubmitAndMayThrow) {
  const auto engine = open_tiny();
  int done = 0;
  Request request = request_for("again", 2);
  request.on_done = [&](const Completion&) {
    if (++done < 5) engine->submit(request);
  };
  engine->submit(request);
  while (engine->step()) {
  }
  EXPECT_EQ(done, 5);

  Request throwing = request_for("throws", 50);
  throwing.on_token = [](const Token&) { throw std::runtime_error("client hung up"); };
  throwing.on_done = [](const Completion&) { FAIL() << "it is gone"; };
  int others = 0;
  Request other = request_for("stays", 5);
  other.on_done = [&](const Completion& completion) {
    ++others;
    EXPECT_EQ(completion.tokens.size(), 5u);
  };
  engine->submit(other);
  engine->submit(throwing);
  engine->submit(other);
  int thrown = 0;
  for (bool more = true; more;) {
    try {
      more = engine->step();
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "client hung up");
      ++thrown;
    }
  }
  EXPECT_EQ(thrown, 1);
  EXPECT_EQ(others, 2);
}

TEST(Engine, VariantsTakeTurnsOnTheSameThreads) {
  const auto engine = open_embedded_engine(
      ladder_of({{BitWidth{8}, Files::path("other")}, {kBits, Files::path("tiny")}}),
      {.threads = 2});
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

TEST(Engine, ABrokenVariantLeavesTheOthersUsable) {
  std::string message;
  const std::string bytes = read_file(Files::path("tiny"));
  const auto write = [&](size_t size) {
    std::ofstream(Files::path("broken"), std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(size));
  };
  const Ladder ladder =
      ladder_of({{BitWidth{4}, Files::path("broken")}, {kBits, Files::path("tiny")}});

  // Broken from the start: found when the ladder is opened.
  write(bytes.size() / 2);
  EXPECT_EQ(code_of([&] { open_embedded_engine(ladder, {.threads = 1}); }, &message),
            ErrorCode::kBadFile);
  EXPECT_THAT(message, HasSubstr("truncated"));
  EXPECT_THAT(message, HasSubstr("broken.gguf"));

  // Broken after that: found when the variant is first asked for.
  write(bytes.size());
  const auto engine = open_embedded_engine(ladder, {.threads = 1});
  write(bytes.size() / 2);
  Request request = request_for("x", 3);
  request.bits = BitWidth{4};
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(code_of([&] { run_all(*engine, {request}); }), ErrorCode::kBadFile);
    EXPECT_EQ(run_all(*engine, {request_for("y", 3)}).at(0).tokens.size(), 3u);
  }
  write(bytes.size());
  EXPECT_EQ(run_all(*engine, {request}).at(0).tokens.size(), 3u);

  // A tensor is missing: only llama.cpp can tell.
  GgufWriter writer = tiny_model({});
  writer.set_u32("llama.block_count", 3);
  writer.write(Files::path("broken"));
  const auto missing = open_embedded_engine(ladder, {.threads = 1});
  EXPECT_EQ(code_of([&] { run_all(*missing, {request}); }, &message), ErrorCode::kBadFile);
  EXPECT_THAT(message, HasSubstr("blk.2"));
  EXPECT_EQ(run_all(*missing, {request_for("y", 3)}).at(0).tokens.size(), 3u);
}

TEST(Engine, WhatIsNoLanguageModelIsNamed) {
  const auto open = [&](const std::string& name) {
    std::string message;
    EXPECT_EQ(code_of(
                  [&] {
                    open_embedded_engine(ladder_of({{kBits, Files::path(name)}}), {});
                  },
                  &message),
              ErrorCode::kBadFile);
    return message;
  };
  GgufWriter encoder = tiny_model({.architecture = "modern-bert"});
  encoder.set_bool("modern-bert.attention.causal", false);
  encoder.write(Files::path("encoder"));
  EXPECT_THAT(open("encoder"), HasSubstr("modern-bert is an encoder"));

  GgufWriter empty;
  empty.write(Files::path("empty"));
  EXPECT_THAT(open("empty"), HasSubstr("general.architecture"));

  GgufWriter adapter = tiny_model({});
  adapter.set_string("general.type", "adapter");
  adapter.write(Files::path("adapter"));
  EXPECT_THAT(open("adapter"), HasSubstr("adapter"));

  EXPECT_EQ(code_of([&] {
              open_embedded_engine(ladder_of({{kBits, Files::path("absent")}}), {});
            }),
            ErrorCode::kNotFound);
}

// Bytes changed at random in a file's header: an error or an answer, never the end of the process.
TEST(Engine, DamagedHeadersAreSurvived) {
  tiny_model({.blocks = 1, .feed_forward = 256}).write(Files::path("good"));
  const std::string good = read_file(Files::path("good"));
  const size_t header = 14000;
  ASSERT_GT(good.size(), header);
  Random random(5);
  int refused = 0;
  int answered = 0;
  for (int round = 0; round < 150; ++round) {
    std::string bad = good;
    for (int64_t flips = random.between(1, 3); flips > 0; --flips) {
      // Half of them where the model's numbers stand, half in the vocabulary and tensor list.
      const size_t at = random.below(random.below(2) == 0 ? 700 : header);
      bad[at] = static_cast<char>(random.below(256));
    }
    std::ofstream(Files::path("bad"), std::ios::binary)
        .write(bad.data(), static_cast<std::streamsize>(bad.size()));
    try {
      const auto engine = open_embedded_engine(
          ladder_of({{kBits, Files::path("bad")}}),
          {.context_tokens = 64, .max_sequences = 2, .batch_tokens = 64, .threads = 1});
      run_all(*engine, {request_for("in", 2)});
      ++answered;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 20);
  EXPECT_GT(answered, 20);
}

TEST(Engine, AContextThatDoesNotFitInMemoryIsAnError) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the address sanitizer needs all the address space there is";
#endif
  tiny_model({.context = 1 << 19}).write(Files::path("vast"));
  const auto engine = open_embedded_engine(
      ladder_of({{BitWidth{8}, Files::path("vast")}, {kBits, Files::path("tiny")}}),
      {.context_tokens = 1 << 19, .threads = 1});
  EXPECT_EQ(run_all(*engine, {request_for("warm", 3)}).at(0).tokens.size(), 3u);

  // Its cache takes 512 MiB; room is left for half of that.
  long pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  ASSERT_GT(pages, 0);
  rlimit old;
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &old), 0);
  const rlimit tight = {static_cast<rlim_t>(pages) * 4096 + (256 << 20), old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &tight), 0);
  Request request = request_for("x", 3);
  request.bits = BitWidth{8};
  std::string message;
  EXPECT_EQ(code_of([&] { run_all(*engine, {request}); }, &message), ErrorCode::kOutOfMemory);
  ::setrlimit(RLIMIT_AS, &old);
  EXPECT_THAT(message, HasSubstr("smaller context"));
  EXPECT_EQ(run_all(*engine, {request_for("y", 3)}).at(0).tokens.size(), 3u);
  EXPECT_EQ(run_all(*engine, {request}).at(0).tokens.size(), 3u);
}

TEST(Engine, FormsOfPrompts) {
  const auto raw_tokens = [](const std::string& model, std::vector<Message> messages,
                             PromptForm form) {
    const auto engine =
        open_embedded_engine(ladder_of({{kBits, Files::path(model)}}), {.threads = 1});
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
  tiny_model({.chat_template = ""}).write(Files::path("plain"));
  EXPECT_EQ(raw_tokens("plain", two, PromptForm::kChat),
            raw_tokens("tiny", two, PromptForm::kChat));

  // No BOS and nothing else either.
  tiny_model({.add_bos = false}).write(Files::path("bare"));
  EXPECT_EQ(code_of([&] {
              raw_tokens("bare", {{"user", ""}}, PromptForm::kRaw);
            }),
            ErrorCode::kUsage);

  std::string message;
  tiny_model({.chat_template = "{{ raise_exception('no system role here') }}"})
      .write(Files::path("picky"));
  EXPECT_EQ(code_of([&] { raw_tokens("picky", two, PromptForm::kChat); }, &message),
            ErrorCode::kUsage);
  EXPECT_THAT(message, HasSubstr("no system role here"));
  tiny_model({.chat_template = "{% for %}"}).write(Files::path("garbled"));
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
