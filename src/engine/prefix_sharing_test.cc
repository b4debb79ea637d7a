// SPDX-License-Identifier: MIT
// Prompts with common beginnings: what is computed, and that answers stay as they are.
#include "core/random.h"
#include "engine/engine_test_support.h"

namespace paq {
namespace {

using testing::ids;
using testing::kBits;
using testing::ladder_of;
using testing::request_for;

const std::filesystem::path kMiniature =
    std::filesystem::path(PAQ_SOURCE_DIR) / "assets" / "miniature-f16.gguf";

std::unique_ptr<Engine> open_miniature(EmbeddedEngineOptions options) {
  options.threads = 1;
  return open_embedded_engine(ladder_of({{kBits, kMiniature}}), options);
}

Request raw(const std::string& text, int max_tokens) {
  Request request = request_for(text, max_tokens);
  request.options.form = PromptForm::kRaw;
  return request;
}

std::string words(Random& random, int count) {
  static const char* const kWords[] = {"one", "two", "adds", "apples", "to", "seven", "the", "box"};
  std::string text;
  for (int i = 0; i < count; ++i) text += std::string(i == 0 ? "" : " ") + kWords[random.below(8)];
  return text;
}

// Headers of `headers` kinds in turn, each question different.
std::vector<Request> few_shot(int count, int headers, int max_tokens) {
  Random random(1);
  std::vector<std::string> header;
  for (int i = 0; i < headers; ++i) header.push_back(words(random, 80) + "\n");
  std::vector<Request> requests;
  for (int i = 0; i < count; ++i) {
    const std::string& common = header[static_cast<size_t>(i % headers)];
    requests.push_back(raw(common + std::to_string(i) + " " + words(random, 4), max_tokens));
  }
  return requests;
}

int64_t tokens_of(const std::vector<Completion>& completions) {
  int64_t sum = 0;
  for (const Completion& completion : completions) sum += completion.prompt_tokens;
  return sum;
}

// Greedy answers with and without sharing: equal but for ties that the order of a sum decides.
void expect_same_answers(const std::vector<Completion>& a, const std::vector<Completion>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].prompt_tokens, b[i].prompt_tokens);
    const size_t length = std::min(a[i].tokens.size(), b[i].tokens.size());
    for (size_t t = 0; t < length; ++t) {
      ASSERT_NEAR(a[i].tokens[t].logprob, b[i].tokens[t].logprob, 2e-2) << i << " " << t;
      ASSERT_EQ(a[i].tokens[t].id, b[i].tokens[t].id) << i << " " << t;
    }
  }
}

TEST(PrefixSharing, ACommonHeaderIsComputedOnce) {
  const std::vector<Request> requests = few_shot(1000, 1, 1);
  const auto sharing = open_miniature({.context_tokens = 512, .max_sequences = 16});
  const auto plain =
      open_miniature({.context_tokens = 512, .max_sequences = 16, .share_prefixes = false});
  const auto shared = run_all(*sharing, requests);
  const int64_t all = tokens_of(shared);
  const EngineStats stats = sharing->stats();
  EXPECT_EQ(stats.prefill_tokens + stats.reused_tokens, all);
  RecordProperty("prompt_tokens", std::to_string(all));
  RecordProperty("prefill_tokens", std::to_string(stats.prefill_tokens));

  // What two of them share is computed for the first alone.
  const int header = run_all(*plain, {raw(requests[0].messages[0].content, 1)}).at(0).prompt_tokens;
  EXPECT_GT(stats.reused_tokens, 999 * (header / 2));
  EXPECT_LT(static_cast<double>(stats.prefill_tokens), 0.3 * static_cast<double>(all));

  const std::vector<Request> some(requests.begin(), requests.begin() + 40);
  const std::vector<Completion> first(shared.begin(), shared.begin() + 40);
  const EngineStats before = plain->stats();
  expect_same_answers(run_all(*plain, some), first);
  EXPECT_EQ(plain->stats().prefill_tokens - before.prefill_tokens, tokens_of(first));
  EXPECT_EQ(plain->stats().reused_tokens, 0);
}

TEST(PrefixSharing, AnswersStayAsTheyAre) {
  const std::vector<Request> requests = few_shot(40, 3, 24);
  const auto plain = open_miniature({.context_tokens = 512, .share_prefixes = false});
  const auto expected = run_all(*plain, requests);
  // Chunks smaller than the header, one place, a cache with hardly room for one.
  for (const EmbeddedEngineOptions& options :
       {EmbeddedEngineOptions{.context_tokens = 512},
        EmbeddedEngineOptions{.context_tokens = 512, .max_sequences = 16, .batch_tokens = 32},
        EmbeddedEngineOptions{.context_tokens = 512, .max_sequences = 1, .cache_tokens = 1024},
        EmbeddedEngineOptions{.context_tokens = 512, .max_sequences = 4, .cache_tokens = 512}}) {
    const auto engine = open_miniature(options);
    expect_same_answers(run_all(*engine, requests), expected);
    // Three headers and an answer take more than 512 cells.
    EXPECT_GT(engine->stats().reused_tokens,
              options.cache_tokens == 512 ? 0 : tokens_of(expected) / 2);
    EXPECT_EQ(engine->stats().prefill_tokens + engine->stats().reused_tokens, tokens_of(expected));
    int64_t fed = 0;
    for (const Completion& answer : expected) fed += static_cast<int64_t>(answer.tokens.size()) - 1;
    EXPECT_EQ(engine->stats().decode_tokens, fed);
  }
}

TEST(PrefixSharing, QuestionsThatAreScoredShareToo) {
  const std::vector<Request> requests = few_shot(30, 1, 1);
  std::vector<ScoreRequest> scores;
  for (const Request& request : requests) {
    ScoreRequest score{.bits = kBits, .messages = request.messages, .form = PromptForm::kRaw};
    for (const char* option : {" A", " B and more", " C"}) {
      score.continuations.push_back({.text = option});
    }
    scores.push_back(score);
  }
  const auto plain = open_miniature({.context_tokens = 512, .share_prefixes = false});
  const auto sharing = open_miniature({.context_tokens = 512, .max_sequences = 3});
  const auto expected = score_all(*plain, scores);
  const auto scored = score_all(*sharing, scores);
  for (size_t i = 0; i < scores.size(); ++i) {
    for (size_t c = 0; c < 3; ++c) {
      const auto& a = scored[i].continuations[c];
      const auto& b = expected[i].continuations[c];
      ASSERT_EQ(a.size(), b.size());
      for (size_t t = 0; t < a.size(); ++t) EXPECT_NEAR(a[t].logprob, b[t].logprob, 2e-2);
    }
  }
  EXPECT_LT(sharing->stats().prefill_tokens, plain->stats().prefill_tokens / 3);
}

// Requests come and go at random, with nested and repeated prompts, in a cache that is too small.
TEST(PrefixSharing, CancellingAtRandomLosesNothing) {
  Random random(9);
  const auto engine = testing::open_tiny(
      {.context_tokens = 256, .max_sequences = 5, .batch_tokens = 24, .cache_tokens = 600});
  const auto plain = testing::open_tiny({.context_tokens = 256, .share_prefixes = false});
  std::map<RequestId, std::pair<Request, Completion>> done;
  std::vector<RequestId> submitted;
  size_t scores = 0;
  size_t scored = 0;
  const std::string long_text(60, 'h');
  for (int round = 0; round < 400; ++round) {
    if (random.below(3) == 0) {
      const std::string text =
          long_text.substr(0, 20 * random.below(4)) +
          std::string(random.below(20), static_cast<char>('a' + random.below(2)));
      Request request = raw(text + "z", static_cast<int>(random.between(1, 12)));
      auto id = std::make_shared<RequestId>(0);
      request.on_done = [&, id, request](const Completion& completion) {
        done[*id] = {request, completion};
      };
      *id = engine->submit(request);
      submitted.push_back(*id);
      if (random.below(2) == 0) {
        ScoreRequest score{.bits = kBits, .messages = request.messages, .form = PromptForm::kRaw};
        score.continuations = {{.text = "a"}, {.text = "bcdefg"}, {.text = text + "!"}};
        score.on_done = [&](const ScoredContinuations&) { ++scored; };
        ++scores;
        const RequestId scoring = engine->submit(score);
        if (random.below(3) == 0) engine->cancel(scoring);
      }
    }
    if (!submitted.empty() && random.below(8) == 0) {
      engine->cancel(submitted[random.below(submitted.size())]);
    }
    engine->step();
  }
  while (engine->step()) {
  }
  EXPECT_EQ(scored, scores);
  ASSERT_EQ(done.size(), submitted.size());
  int finished = 0;
  for (auto& [id, told] : done) {
    auto& [request, completion] = told;
    const Completion expected =
        run_all(*plain, {raw(request.messages[0].content, request.options.max_tokens)}).at(0);
    const bool whole = completion.finish != FinishReason::kCancelled;
    finished += whole ? 1 : 0;
    if (whole) {
      ASSERT_EQ(completion.tokens.size(), expected.tokens.size());
    }
    for (size_t t = 0; t < completion.tokens.size(); ++t) {
      EXPECT_NEAR(completion.tokens[t].logprob, expected.tokens[t].logprob, 1e-2);
      if (completion.tokens[t].id != expected.tokens[t].id) break;  // a tie
    }
  }
  EXPECT_GT(finished, 30);
}

}  // namespace
}  // namespace paq
