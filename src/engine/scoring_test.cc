// SPDX-License-Identifier: MIT
// Scoring given texts: against one at a time, amid running answers, cancelled and failing.
#include <cmath>
#include <optional>

#include "engine/engine_test_support.h"

namespace paq {
namespace {

using testing::ids;
using testing::kBits;
using testing::open_tiny;
using testing::request_for;

ScoreRequest score_request(const std::string& prompt, const std::vector<std::string>& texts) {
  ScoreRequest request;
  request.bits = kBits;
  request.messages = {{"user", prompt}};
  for (const std::string& text : texts) request.continuations.push_back({.text = text});
  return request;
}

// Lengths from one token to more than a batch.
std::vector<std::string> texts(int n) {
  std::vector<std::string> result;
  for (int i = 0; i < n; ++i) {
    std::string text;
    for (int j = 0; j < 1 + i * i % 60; ++j) text += static_cast<char>('a' + (i * 3 + j * j) % 26);
    result.push_back(text);
  }
  return result;
}

void expect_near(const std::vector<Token>& a, const std::vector<Token>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].id, b[i].id);
    EXPECT_NEAR(a[i].logprob, b[i].logprob, 1e-3) << i;
  }
}

// F32, in which sums hardly depend on the batch.
std::unique_ptr<Engine> open_precise(EmbeddedEngineOptions options) {
  options.threads = 1;
  testing::tiny_model({.type = TensorType::kF32}).write(testing::model_path("precise"));
  return open_embedded_engine(testing::ladder_of({{kBits, testing::model_path("precise")}}),
                              options);
}

TEST(Scoring, SeveralContinuationsScoreAsOneAtATime) {
  const std::vector<std::string> all = texts(9);
  for (const int width : {1, 4}) {
    // A pool for all, a pool too small for all, cells of their own.
    for (const auto& [cache, share] : {std::pair{0, true}, {128, true}, {0, false}}) {
      const auto engine = open_precise({.context_tokens = 128,
                                        .max_sequences = width,
                                        .batch_tokens = 24,
                                        .cache_tokens = cache,
                                        .share_prefixes = share});
      std::vector<ScoreRequest> alone;
      for (const std::string& text : all) alone.push_back(score_request("Which?", {text}));
      const auto together = score_all(*engine, {score_request("Which?", all)}).at(0);
      const auto single = score_all(*engine, alone);
      ASSERT_EQ(together.continuations.size(), all.size());
      EXPECT_EQ(together.bits, kBits);
      EXPECT_EQ(together.prompt_tokens, single[0].prompt_tokens);
      EXPECT_GT(together.seconds, 0);
      for (size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(together.continuations[i].size(), all[i].size());
        expect_near(together.continuations[i], single[i].continuations[0]);
      }
    }
  }
}

TEST(Scoring, ThePromptIsComputedOnce) {
  const auto engine = open_tiny();
  const auto scored = score_all(*engine, {score_request("Which of these?", texts(6))}).at(0);
  int64_t fed = 0;  // the last token of each is predicted, never fed
  for (const auto& tokens : scored.continuations) fed += static_cast<int64_t>(tokens.size()) - 1;
  EXPECT_EQ(engine->stats().prefill_tokens, scored.prompt_tokens + fed);
  EXPECT_EQ(engine->stats().decode_tokens, 0);
}

TEST(Scoring, AResponseScoresAsItWasWrittenAmidOthers) {
  const auto engine = open_precise({.max_sequences = 4, .batch_tokens = 32});
  const Completion written = run_all(*engine, {request_for("Tell me", 40)}).at(0);
  ScoreRequest request = score_request("Tell me", {});
  request.continuations = {{.tokens = ids(written)}, {.text = "something else"}};
  const auto alone = score_all(*engine, {request}).at(0);
  expect_near(alone.continuations[0], written.tokens);

  // While answers are being written, which must come out the same.
  std::vector<Completion> answers;
  std::vector<ScoredContinuations> scores;
  for (int i = 0; i < 6; ++i) {
    Request other = request_for("Tell me", 40);
    other.on_done = [&](const Completion& completion) { answers.push_back(completion); };
    engine->submit(other);
    request.on_done = [&](const ScoredContinuations& scored) { scores.push_back(scored); };
    engine->submit(request);
  }
  while (engine->step()) {
  }
  ASSERT_EQ(answers.size(), 6u);
  ASSERT_EQ(scores.size(), 6u);
  for (const Completion& answer : answers) EXPECT_EQ(ids(answer), ids(written));
  for (const ScoredContinuations& scored : scores) {
    for (size_t i = 0; i < 2; ++i) expect_near(scored.continuations[i], alone.continuations[i]);
  }
}

TEST(Scoring, LogitsAreSeenOnceForEveryToken) {
  const auto engine = open_tiny({.max_sequences = 2, .batch_tokens = 16});
  ScoreRequest request = score_request("See", {"abcdefgh", "x", "yz"});
  std::vector<std::vector<double>> seen(3);
  request.on_logits = [&](size_t continuation, size_t position, std::span<const float> logits) {
    ASSERT_EQ(position, seen.at(continuation).size());
    const unsigned char byte =
        static_cast<unsigned char>(request.continuations[continuation].text[position]);
    double sum = 0;
    for (const float logit : logits) sum += std::exp(static_cast<double>(logit));
    seen[continuation].push_back(logits[byte] - std::log(sum));
  };
  const auto scored = score_all(*engine, {request}).at(0);
  for (size_t i = 0; i < seen.size(); ++i) {
    ASSERT_EQ(seen[i].size(), scored.continuations[i].size());
    for (size_t t = 0; t < seen[i].size(); ++t) {
      EXPECT_NEAR(seen[i][t], scored.continuations[i][t].logprob, 1e-4);
    }
  }
}

TEST(Scoring, CancelledItLeavesWhatIsFinished) {
  const auto engine = open_tiny({.max_sequences = 1, .batch_tokens = 8});
  std::vector<ScoredContinuations> done;
  ScoreRequest request = score_request("x", {"q", std::string(100, 'z')});
  request.on_done = [&](const ScoredContinuations& scored) { done.push_back(scored); };
  const RequestId running = engine->submit(request);
  const RequestId waiting = engine->submit(request);
  for (int i = 0; i < 7; ++i) engine->step();
  EXPECT_TRUE(done.empty());
  engine->cancel(running);
  engine->cancel(waiting);
  EXPECT_FALSE(engine->step());
  ASSERT_EQ(done.size(), 2u);
  EXPECT_EQ(done[0].continuations[0].size(), 1u);
  EXPECT_TRUE(done[0].continuations[1].empty());
  ASSERT_EQ(done[1].continuations.size(), 2u);
  EXPECT_TRUE(done[1].continuations[0].empty());
  EXPECT_EQ(run_all(*engine, {request_for("next", 3)}).at(0).tokens.size(), 3u);
}

TEST(Scoring, WhatCannotBeScoredEndsAlone) {
  const auto engine = open_tiny({.context_tokens = 64, .max_sequences = 2});
  EXPECT_EQ(code_of([&] { engine->submit(score_request("a", {})); }), ErrorCode::kUsage);
  EXPECT_EQ(code_of([&] { engine->submit(score_request("a", {"b", ""})); }), ErrorCode::kUsage);
  ScoreRequest unknown = score_request("a", {});
  unknown.continuations = {{.tokens = {3, 100000}}};
  std::string message;
  EXPECT_EQ(code_of([&] { score_all(*engine, {unknown}); }, &message), ErrorCode::kUsage);
  EXPECT_THAT(message, ::testing::HasSubstr("100000"));
  unknown.bits = BitWidth{3};
  EXPECT_EQ(code_of([&] { engine->submit(unknown); }), ErrorCode::kNotFound);

  std::optional<Error> error;
  ScoreRequest too_long = score_request("a", {"short", std::string(60, 'l')});
  too_long.on_error = [&](const Error& e) { error = e; };
  const auto scored = score_all(*engine, {score_request("a", {"b"}), too_long,  //
                                          score_request("a", {"c"})});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kTooLong);
  EXPECT_TRUE(scored[1].continuations.empty());
  EXPECT_EQ(scored[2].continuations.at(0).size(), 1u);

  // What on_logits throws passes through, and costs its own request alone.
  ScoreRequest throwing = score_request("a", {"bcd", "efg"});
  throwing.on_logits = [](size_t, size_t position, std::span<const float>) {
    if (position == 1) throw std::runtime_error("no room for logits");
  };
  throwing.on_done = [](const ScoredContinuations&) { FAIL() << "it is gone"; };
  int others = 0;
  ScoreRequest other = score_request("a", {"bcd"});
  other.on_done = [&](const ScoredContinuations&) { ++others; };
  engine->submit(throwing);
  engine->submit(other);
  int thrown = 0;
  for (bool more = true; more;) {
    try {
      more = engine->step();
    } catch (const std::runtime_error& e) {
      EXPECT_STREQ(e.what(), "no room for logits");
      ++thrown;
    }
  }
  EXPECT_EQ(thrown, 1);
  EXPECT_EQ(others, 1);
}

}  // namespace
}  // namespace paq
