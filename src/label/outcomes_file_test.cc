// SPDX-License-Identifier: MIT
#include "label/outcomes_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <limits>

#include "core/error.h"
#include "core/files.h"

namespace paq {
namespace {

const std::string kGood =
    R"({"id": "a", "task": "t", "prompt": "x", "outcomes": {"4": {"score": 1}, "2": {"perplexity": 1.5}}})"
    "\n";

std::string failure(const std::string& bytes) {
  try {
    parse_outcomes(bytes, "o.jsonl");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadFile);
    return error.what();
  }
  return "";
}

class OutcomesFileTest : public testing::Test {
 protected:
  OutcomesFileTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("paq_outcomes_file_test_" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~OutcomesFileTest() override { std::filesystem::remove_all(folder_); }

  Store open() { return Store::open(folder_ / "s.sqlite", Store::Mode::kWrite); }

  ImportSummary import(Store& store, const std::string& bytes) {
    write_file_atomically(folder_ / "o.jsonl", bytes);
    return import_outcomes(folder_ / "o.jsonl", store);
  }

  std::filesystem::path folder_;
};

TEST(OutcomesFile, ReadsTheLeastAndTheMost) {
  const auto items = parse_outcomes(
      kGood +
          R"({"id": 7, "task": "t", "split": "test", "messages": [{"role": "user", "content": "y"}],)"
          R"( "answers": ["1"], "outcomes": {"8": {"score": 0.5, "perplexity": 1, "seconds": 2,)"
          R"( "seconds_to_first_token": 0.5, "prompt_tokens": 3, "tokens": 2, "finish": "length",)"
          R"( "response": "r", "logprobs": [-0.5, 0], "token_ids": [5, 128009], "concurrency": 4, "scorer": "s/1",)"
          R"( "other": null}}})",
      "o.jsonl");
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].prompt.split, "train");
  EXPECT_EQ(items[0].outcomes.at({4}).score, 1);
  EXPECT_EQ(items[0].outcomes.at({4}).scorer, "imported");
  EXPECT_EQ(items[0].outcomes.at({2}).perplexity, 1.5);
  EXPECT_EQ(items[0].outcomes.at({2}).scorer, "");
  const Outcome& full = items[1].outcomes.at({8});
  EXPECT_EQ(items[1].prompt.id, "7");
  EXPECT_EQ(full.seconds, 2);
  EXPECT_EQ(full.finish, FinishReason::kLength);
  EXPECT_EQ(full.logprobs, (std::vector<float>{-0.5f, 0}));
  EXPECT_EQ(full.token_ids, (std::vector<int32_t>{5, 128009}));
  EXPECT_EQ(full.concurrency, 4);
  EXPECT_EQ(full.scorer, "s/1");
}

TEST(OutcomesFile, LinesRoundTrip) {
  PromptOutcomes item;
  item.prompt = {.id = "a\n",
                 .task = "t",
                 .split = "test",
                 .messages = {{"user", "x"}},
                 .reference = {.answers = {"1"}, .tests = {{"f(1)", "2"}}}};
  Outcome& outcome = item.outcomes[{3}];
  outcome.bits = {3};
  outcome.score = 0.1;
  outcome.perplexity = 1.1;
  outcome.seconds = 0.3;
  outcome.seconds_to_first_token = 0.2;
  outcome.prompt_tokens = 5;
  outcome.tokens = 6;
  outcome.finish = FinishReason::kStopString;
  outcome.response = "r\xC3\xA9\0s";
  outcome.logprobs = {-0.1f, -1e-20f};
  outcome.token_ids = {0, 2147483647};
  outcome.concurrency = 2;
  outcome.scorer = "s/2";
  const std::string line = outcomes_line(item);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto items = parse_outcomes(line, "o");
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].prompt, item.prompt);
  EXPECT_EQ(outcomes_line(items[0]), line);
  EXPECT_EQ(items[0].outcomes.at({3}).logprobs, outcome.logprobs);
  EXPECT_EQ(items[0].outcomes.at({3}).token_ids, outcome.token_ids);
  EXPECT_EQ(items[0].outcomes.at({3}).perplexity, outcome.perplexity);
}

TEST(OutcomesFile, WritesWhatJsonHasNot) {
  PromptOutcomes item;
  item.prompt = {
      .id = "a", .task = "t", .split = "train", .messages = {{"user", "x"}}, .reference = {}};
  item.outcomes[{2}].perplexity = std::numeric_limits<double>::infinity();
  item.outcomes[{2}].response = "\xFF";
  const auto items = parse_outcomes(outcomes_line(item), "o");
  EXPECT_EQ(items[0].outcomes.at({2}).perplexity, std::numeric_limits<double>::max());
  EXPECT_EQ(items[0].outcomes.at({2}).response, "\xEF\xBF\xBD");
}

TEST(OutcomesFile, NamesFileLineAndField) {
  const auto line = [](const std::string& outcomes) {
    return R"({"id": "b", "task": "t", "prompt": "x", "outcomes": )" + outcomes + "}";
  };
  struct Case {
    std::string line, expected;
  };
  for (const auto& [bad, expected] : std::initializer_list<Case>{
           {R"({"task": "t", "prompt": "x", "outcomes": {"4": {"score": 1}}})", "field \"id\""},
           {R"({"id": "b", "prompt": "x", "outcomes": {"4": {"score": 1}}})", "field \"task\""},
           {R"({"id": "b", "task": "t", "outcomes": {"4": {"score": 1}}})", "field \"prompt\""},
           {R"({"id": "b", "task": "t", "prompt": "x"})", "field \"outcomes\""},
           {line("{}"), "field \"outcomes\""},
           {line("[1]"), "field \"outcomes\""},
           {line(R"({"four": {"score": 1}})"), "\"four\""},
           {line(R"({"64": {"score": 1}})"), "\"64\""},
           {line(R"({"4": 1})"), "field \"outcomes.4\" must be an object"},
           {line(R"({"4": {}})"), "neither \"score\" nor \"perplexity\""},
           {line(R"({"4": {"seconds": 1}})"), "neither"},
           {line(R"({"4": {"score": 1.5}})"), "field \"outcomes.4.score\" is 1.5"},
           {line(R"({"4": {"score": "1"}})"), "must be a number, found a string"},
           {line(R"({"4": {"perplexity": 0.5}})"), "field \"outcomes.4.perplexity\" is 0.5"},
           {line(R"({"4": {"score": 1, "seconds": -1}})"), "outcomes.4.seconds"},
           {line(R"({"4": {"score": 1, "tokens": 1.5}})"), "outcomes.4.tokens"},
           {line(R"({"4": {"score": 1, "tokens": 99999999999}})"), "outcomes.4.tokens"},
           {line(R"({"4": {"score": 1, "concurrency": 0}})"), "outcomes.4.concurrency"},
           {line(R"({"4": {"score": 1, "finish": "bored"}})"), "outcomes.4.finish"},
           {line(R"({"4": {"score": 1, "response": 1}})"), "outcomes.4.response"},
           {line(R"({"4": {"score": 1, "logprobs": [1, "x"]}})"), "outcomes.4.logprobs"},
           {line(R"({"4": {"score": 1, "token_ids": [1, -2]}})"), "outcomes.4.token_ids"},
           {line(R"({"4": {"score": 1, "token_ids": [2147483648]}})"), "outcomes.4.token_ids"},
           {line(R"({"4": {"score": 1, "token_ids": 5}})"), "outcomes.4.token_ids"},
           {R"({"id": "a", "task": "t", "prompt": "y", "outcomes": {"4": {"score": 1}}})",
            "\"a\" is in line 1 too"},
           {"{", "not valid JSON"},
       }) {
    const std::string message = failure(kGood + bad);
    EXPECT_TRUE(message.starts_with("o.jsonl:2: ")) << bad << " -> " << message;
    EXPECT_NE(message.find(expected), std::string::npos) << bad << " -> " << message;
  }
  EXPECT_NE(failure("").find("there is no outcome"), std::string::npos);
}

TEST_F(OutcomesFileTest, ImportsAllOrNothing) {
  Store store = open();
  EXPECT_THROW(import(store, kGood + "{\"id\": 1}"), Error);
  EXPECT_TRUE(store.prompts({}).empty());
  const ImportSummary summary = import(store, kGood);
  EXPECT_EQ(summary.prompts, 1);
  EXPECT_EQ(summary.outcomes, 2);
  import(store, kGood);
  EXPECT_EQ(store.outcome_count(), 2);
  EXPECT_EQ(store.bit_widths(), (std::vector<BitWidth>{{2}, {4}}));
}

TEST_F(OutcomesFileTest, ImportingNeverDiscardsOutcomes) {
  Store store = open();
  Prompt prompt{.id = "a",
                .task = "t",
                .split = "train",
                .messages = {{"user", "x"}},
                .reference = {.answers = {"42"}, .tests = {}}};
  store.add_prompts({&prompt, 1});
  Outcome outcome;
  outcome.bits = {16};
  outcome.score = 1;
  store.put_outcome(prompt, {{16}, "hash", "s"}, outcome);

  import(store, kGood);
  const auto found = store.outcomes({});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].prompt, prompt);
  EXPECT_EQ(found[0].outcomes.size(), 3u);

  std::string other = kGood;
  other.replace(other.find("\"x\""), 3, "\"y\"");
  try {
    import(store, other);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kMismatch);
    EXPECT_NE(std::string(error.what()).find("t/train/a"), std::string::npos);
  }
  EXPECT_EQ(store.outcome_count(), 3);
}

TEST_F(OutcomesFileTest, MissingFilesAreNamed) {
  Store store = open();
  try {
    import_outcomes(folder_ / "none.jsonl", store);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  }
}

}  // namespace
}  // namespace paq
