// SPDX-License-Identifier: MIT
// The embedded engine when things go wrong: bad options, long prompts, broken files, no memory,
// cancelling, callbacks that throw.
#include <sys/resource.h>

#include <cmath>
#include <fstream>
#include <optional>
#include <thread>

#include "core/files.h"
#include "core/random.h"
#include "engine/engine_test_support.h"
#include "engine/variant_scheduler.h"

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
  const ScoreRequest too_long_score{.bits = kBits,
                                    .messages = {{"user", "a"}},
                                    .continuations = {{.text = std::string(100, 'x')}}};
  EXPECT_EQ(code_of([&] { score_all(*engine, {too_long_score}); }), ErrorCode::kTooLong);
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

// Fails where it is told to, as a batch does that finds no memory.
class FailingScheduler : public VariantScheduler {
 public:
  using VariantScheduler::VariantScheduler;
  bool fails = false;

 protected:
  void run_batch() override {
    if (fails) throw Error(ErrorCode::kEngine, "llama_decode failed");
    VariantScheduler::run_batch();
  }
};

TEST(Scheduler, ABatchThatFailsEndsItsSequencesAndNoOther) {
  const EmbeddedEngineOptions options{.max_sequences = 2, .threads = 1};
  const ThreadpoolHandle pool = make_threadpool(1);
  EventQueue events;
  FailingScheduler scheduler(
      {.bits = kBits, .path = model_path("tiny"), .context_tokens = 64, .cache_tokens = 128},
      options, pool.get(), events);
  for (RequestId id = 1; id <= 3; ++id) {
    auto job = std::make_shared<Job>();
    job->id = id;
    job->request = request_for("x" + std::to_string(id), 3);
    scheduler.enqueue(job);
  }
  scheduler.step();  // lets two in, the third waits
  events.clear();
  scheduler.fails = true;
  scheduler.step();
  std::vector<RequestId> failed;
  for (const Event& event : events) {
    ASSERT_TRUE(std::holds_alternative<Error>(event.what));
    failed.push_back(event.job->id);
  }
  EXPECT_EQ(failed, (std::vector<RequestId>{1, 2}));
  events.clear();
  scheduler.fails = false;
  while (scheduler.has_work()) scheduler.step();
  ASSERT_FALSE(events.empty());
  const auto* completion = std::get_if<Completion>(&events.back().what);
  ASSERT_NE(completion, nullptr);
  EXPECT_EQ(events.back().job->id, 3u);
  EXPECT_EQ(completion->tokens.size(), 3u);
}

TEST(Engine, APromptThatTheTemplateRefusesEndsAloneWithTheTemplatesReason) {
  tiny_model({.chat_template = "{%- for message in messages %}\n"
                               "{%- if message.content == 'forbidden' %}\n"
                               "{{- raise_exception('Not this, please') }}\n"
                               "{%- endif %}{{ message.content }}{% endfor %}"})
      .write(model_path("strict"));
  const auto engine =
      open_embedded_engine(ladder_of({{kBits, model_path("strict")}}), {.threads = 1});
  std::optional<Error> error;
  Request refused = request_for("forbidden", 3);
  refused.on_error = [&](const Error& e) { error = e; };
  engine->submit(refused);
  EXPECT_EQ(run_all(*engine, {request_for("x", 3)}).at(0).tokens.size(), 3u);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kUsage);
  EXPECT_STREQ(error->what(), "the model's chat template refuses the messages: Not this, please");
}

TEST(Engine, ABrokenVariantLeavesTheOthersUsable) {
  std::string message;
  const std::string bytes = read_file(model_path("tiny"));
  const auto write = [&](size_t size) {
    std::ofstream(model_path("broken"), std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(size));
  };
  const Ladder ladder =
      ladder_of({{BitWidth{4}, model_path("broken")}, {kBits, model_path("tiny")}});

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
  writer.write(model_path("broken"));
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
                    open_embedded_engine(ladder_of({{kBits, model_path(name)}}), {});
                  },
                  &message),
              ErrorCode::kBadFile);
    return message;
  };
  GgufWriter encoder = tiny_model({.architecture = "modern-bert"});
  encoder.set_bool("modern-bert.attention.causal", false);
  encoder.write(model_path("encoder"));
  EXPECT_THAT(open("encoder"), HasSubstr("modern-bert is an encoder"));

  GgufWriter empty;
  empty.write(model_path("empty"));
  EXPECT_THAT(open("empty"), HasSubstr("general.architecture"));

  GgufWriter adapter = tiny_model({});
  adapter.set_string("general.type", "adapter");
  adapter.write(model_path("adapter"));
  EXPECT_THAT(open("adapter"), HasSubstr("adapter"));

  EXPECT_EQ(code_of([&] {
              open_embedded_engine(ladder_of({{kBits, model_path("absent")}}), {});
            }),
            ErrorCode::kNotFound);
}

// Bytes changed at random in a file's header: an error or an answer, never the end of the process.
TEST(Engine, DamagedHeadersAreSurvived) {
  tiny_model({.blocks = 1, .feed_forward = 256}).write(model_path("good"));
  const std::string good = read_file(model_path("good"));
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
    std::ofstream(model_path("bad"), std::ios::binary)
        .write(bad.data(), static_cast<std::streamsize>(bad.size()));
    try {
      const auto engine = open_embedded_engine(
          ladder_of({{kBits, model_path("bad")}}),
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
  tiny_model({.context = 1 << 19}).write(model_path("vast"));
  const auto engine = open_embedded_engine(
      ladder_of({{BitWidth{8}, model_path("vast")}, {kBits, model_path("tiny")}}),
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

}  // namespace
}  // namespace paq
