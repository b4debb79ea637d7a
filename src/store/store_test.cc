// SPDX-License-Identifier: MIT
#include "store/store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <limits>

#include "core/error.h"

namespace paq {
namespace {

class StoreTest : public testing::Test {
 protected:
  StoreTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("paq_store_test_" + std::to_string(::getpid()))),
        path_(folder_ / "s.sqlite") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~StoreTest() override { std::filesystem::remove_all(folder_); }

  Store open(Store::Mode mode = Store::Mode::kWrite) { return Store::open(path_, mode); }

  std::filesystem::path folder_, path_;
};

Prompt make_prompt(const std::string& task, const std::string& id, const std::string& text) {
  Prompt prompt;
  prompt.task = task;
  prompt.id = id;
  prompt.split = "train";
  prompt.messages = {{"user", text}};
  prompt.reference.answers = {"42"};
  return prompt;
}

Outcome make_outcome(int bits, double score) {
  Outcome outcome;
  outcome.bits = {bits};
  outcome.score = score;
  outcome.perplexity = 1.25;
  outcome.concurrency = 8;
  outcome.scorer = "exact-match/1";
  return outcome;
}

Ladder make_ladder(const std::string& name) {
  Ladder ladder;
  ladder.base_model = name;
  ladder.architecture = "llama";
  ladder.parameters = 1000;
  for (const int bits : {2, 4}) {
    Variant variant;
    variant.bits = {bits};
    variant.sha256 = name + std::to_string(bits);
    variant.type = "Q";
    variant.file = variant.sha256 + ".gguf";
    ladder.variants.push_back(variant);
  }
  return ladder;
}

OutcomeSource source_of(const Ladder& ladder, int bits, const std::string& settings = "s") {
  return {{bits}, ladder.variant({bits}).sha256, settings};
}

void expect_same(const Outcome& a, const Outcome& b) {
  EXPECT_EQ(a.bits, b.bits);
  EXPECT_EQ(a.score, b.score);
  EXPECT_EQ(a.perplexity, b.perplexity);
  EXPECT_EQ(a.seconds, b.seconds);
  EXPECT_EQ(a.seconds_to_first_token, b.seconds_to_first_token);
  EXPECT_EQ(a.prompt_tokens, b.prompt_tokens);
  EXPECT_EQ(a.tokens, b.tokens);
  EXPECT_EQ(a.finish, b.finish);
  EXPECT_EQ(a.response, b.response);
  EXPECT_EQ(a.logprobs, b.logprobs);
  EXPECT_EQ(a.token_ids, b.token_ids);
  EXPECT_EQ(a.concurrency, b.concurrency);
  EXPECT_EQ(a.scorer, b.scorer);
}

TEST_F(StoreTest, PromptsRoundTripInOrder) {
  std::vector<Prompt> prompts = {make_prompt("b", "1", "x"), make_prompt("a", "2", "\xC3\xA9\n\""),
                                 make_prompt("a", "1", std::string("nul\0here", 8))};
  prompts[0].messages = {{"system", ""}, {"user", "q"}, {"assistant", "r"}, {"user", "s"}};
  prompts[0].reference.tests = {{"f(1)", "2"}};
  prompts[1].split = "test";
  prompts[2].reference = {.answers = {"B"},
                          .tests = {},
                          .span_answers = {{"two", "spans"}, {"one"}},
                          .choices = {"x", "y"},
                          .code = {"def f():", "def check(c): pass", "f"},
                          .metric = "choice-letter"};
  Store store = open();
  store.add_prompts(prompts);
  store.add_prompts(prompts);
  EXPECT_EQ(store.prompts({}), (std::vector<Prompt>{prompts[1], prompts[2], prompts[0]}));
  EXPECT_EQ(store.prompts({.tasks = {"b"}, .split = ""}), std::vector<Prompt>{prompts[0]});
  EXPECT_EQ(store.prompts({.tasks = {}, .split = "test"}), std::vector<Prompt>{prompts[1]});
  EXPECT_EQ(store.prompts({.tasks = {"a", "b"}, .split = "train"}),
            (std::vector<Prompt>{prompts[2], prompts[0]}));
  EXPECT_TRUE(store.prompts({.tasks = {"none"}, .split = ""}).empty());
}

TEST_F(StoreTest, OutcomesRoundTripWithEveryField) {
  const Prompt prompt = make_prompt("a", "1", "x");
  const Ladder ladder = make_ladder("m");
  Outcome full = make_outcome(2, 0.5);
  full.seconds = 0.125;
  full.seconds_to_first_token = 0.0625;
  full.prompt_tokens = 12;
  full.tokens = 3;
  full.finish = FinishReason::kLength;
  full.response = std::string("bytes \xFF\0\n", 9);
  full.logprobs = {-0.25f, -0x1p-20f, -87.5f, 0.0f};  // numbers that binary16 has
  full.token_ids = {0, 7, 128009, 300};
  Outcome bare;
  bare.bits = {4};
  bare.perplexity = std::numeric_limits<double>::infinity();
  {
    Store store = open();
    store.add_prompts({&prompt, 1});
    store.put_outcome(prompt, source_of(ladder, 2), full);
    store.put_outcome(prompt, source_of(ladder, 4), bare);
  }
  const auto found = open(Store::Mode::kRead).outcomes({});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].prompt, prompt);
  ASSERT_EQ(found[0].outcomes.size(), 2u);
  expect_same(found[0].outcomes.at({2}), full);
  expect_same(found[0].outcomes.at({4}), bare);
}

TEST_F(StoreTest, ComparisonsBelongToTheResponseTheyRate) {
  const Prompt prompt = make_prompt("a", "1", "x");
  const Ladder ladder = make_ladder("m"), other = make_ladder("other");
  Store store = open();
  store.add_prompts({&prompt, 1});
  store.add_variants(ladder);
  Outcome outcome = make_outcome(4, 1);
  outcome.token_ids = {5, 6, 7};
  store.put_outcome(prompt, source_of(ladder, 2), make_outcome(2, 1));
  store.put_outcome(prompt, source_of(ladder, 4), outcome);
  EXPECT_EQ(store.find_outcome(prompt, source_of(ladder, 4))->token_ids, outcome.token_ids);
  EXPECT_FALSE(store.find_outcome(prompt, source_of(ladder, 4, "t")));

  ComparisonSource source{ladder.variant({2}).sha256, source_of(ladder, 4), response_hash(outcome)};
  Comparison comparison{.bits = {2}, .reference = {4}, .tokens = 3};
  comparison.logprob = -0.75;
  comparison.reference_logprob = -0.25;
  comparison.logprobs = {-0.25f, -1.0f, -1.0f};
  EXPECT_FALSE(store.has_comparison(prompt, {2}, source, false));
  store.put_comparison(prompt, source, comparison);
  EXPECT_TRUE(store.has_comparison(prompt, {2}, source, false));
  EXPECT_FALSE(store.has_comparison(prompt, {2}, source, true));
  EXPECT_EQ(store.outcomes({})[0].comparisons.at({2}).divergence, std::nullopt);
  comparison.divergence = 0.125;
  comparison.agreement = 0.5;
  comparison.lumped = 0.001;
  store.put_comparison(prompt, source, comparison);
  EXPECT_TRUE(store.has_comparison(prompt, {2}, source, true));
  EXPECT_FALSE(store.has_comparison(prompt, {4}, source, false));

  const auto found = store.outcomes({}, &ladder);
  ASSERT_EQ(found[0].comparisons.size(), 1u);
  const Comparison& read = found[0].comparisons.at({2});
  EXPECT_EQ(read.bits, BitWidth{2});
  EXPECT_EQ(read.reference, BitWidth{4});
  EXPECT_EQ(read.tokens, 3);
  EXPECT_EQ(read.logprob, -0.75);
  EXPECT_EQ(read.reference_logprob, -0.25);
  EXPECT_EQ(read.divergence, 0.125);
  EXPECT_EQ(read.agreement, 0.5);
  EXPECT_EQ(read.lumped, 0.001);
  EXPECT_EQ(read.logprobs, comparison.logprobs);
  EXPECT_TRUE(store.outcomes({}, &other)[0].comparisons.empty());
  EXPECT_TRUE(store.outcomes({.tasks = {"b"}, .split = ""}).empty());

  // One that says no less stays.
  EXPECT_FALSE(store.put_comparison(prompt, source, {.bits = {2}, .reference = {4}, .tokens = 1}));
  EXPECT_EQ(store.outcomes({})[0].comparisons.at({2}).tokens, 3);

  // The same response timed again keeps it; another response does not.
  outcome.seconds = 7;
  store.put_outcome(prompt, source_of(ladder, 4), outcome);
  EXPECT_EQ(store.outcomes({})[0].comparisons.size(), 1u);
  outcome.token_ids.push_back(8);
  store.put_outcome(prompt, source_of(ladder, 4), outcome);
  EXPECT_TRUE(store.outcomes({})[0].comparisons.empty());
  source.response = response_hash(outcome);
  EXPECT_FALSE(store.has_comparison(prompt, {2}, source, false));
  store.put_comparison(prompt, source, comparison);
  EXPECT_EQ(store.outcomes({})[0].comparisons.size(), 1u);

  Prompt changed = prompt;
  changed.reference.answers = {"43"};
  EXPECT_THROW(store.put_comparison(changed, source, comparison), Error);
  store.add_prompts({&changed, 1});
  EXPECT_TRUE(store.outcomes({})[0].comparisons.empty());
  EXPECT_FALSE(store.has_comparison(changed, {2}, source, false));
}

TEST_F(StoreTest, OneOutcomePerPromptAndSource) {
  const Prompt prompt = make_prompt("a", "1", "x");
  const Ladder ladder = make_ladder("m");
  Store store = open();
  store.add_prompts({&prompt, 1});
  store.put_outcome(prompt, source_of(ladder, 2), make_outcome(2, 0));
  store.put_outcome(prompt, source_of(ladder, 2), make_outcome(2, 1));
  EXPECT_EQ(store.outcome_count(), 1);
  EXPECT_EQ(store.outcomes({})[0].outcomes.at({2}).score, 1);
  store.put_outcome(prompt, source_of(ladder, 2, "other"), make_outcome(2, 0.5));
  EXPECT_EQ(store.outcome_count(), 2);
  EXPECT_EQ(store.outcomes({})[0].outcomes.at({2}).score, 0.5);
  EXPECT_EQ(store.bit_widths(), std::vector<BitWidth>{{2}});
}

TEST_F(StoreTest, PendingKnowsSourceAndConcurrency) {
  const std::vector<Prompt> prompts = {make_prompt("a", "1", "x"), make_prompt("a", "2", "y")};
  const Ladder ladder = make_ladder("m");
  Store store = open();
  store.add_prompts(prompts);
  const auto pending = [&](const OutcomeSource& source, int concurrency = 0) {
    const auto timed_so = [=](const OutcomeState& s) { return s.concurrency == concurrency; };
    return concurrency > 0 ? store.pending(prompts, source, timed_so)
                           : store.pending(prompts, source);
  };
  EXPECT_EQ(pending(source_of(ladder, 2)), (std::vector<size_t>{0, 1}));
  store.put_outcome(prompts[0], source_of(ladder, 2), make_outcome(2, 1));
  EXPECT_EQ(pending(source_of(ladder, 2)), std::vector<size_t>{1});
  EXPECT_EQ(pending(source_of(ladder, 4)), (std::vector<size_t>{0, 1}));
  EXPECT_EQ(pending(source_of(ladder, 2, "other")), (std::vector<size_t>{0, 1}));
  EXPECT_EQ(pending({{2}, "other file", "s"}), (std::vector<size_t>{0, 1}));
  EXPECT_EQ(pending(source_of(ladder, 2), 8), std::vector<size_t>{1});
  EXPECT_EQ(pending(source_of(ladder, 2), 1), (std::vector<size_t>{0, 1}));
}

TEST_F(StoreTest, PendingIsToldHowAnAnswerEnded) {
  const Prompt prompt = make_prompt("a", "1", "x");
  const Ladder ladder = make_ladder("m");
  Store store = open();
  store.add_prompts({&prompt, 1});
  Outcome outcome = make_outcome(2, 1);
  outcome.finish = FinishReason::kLength;
  outcome.prompt_tokens = 29;
  outcome.tokens = 35;
  outcome.concurrency = 4;
  store.put_outcome(prompt, source_of(ladder, 2), outcome);
  OutcomeState seen;
  const auto pending = store.pending({&prompt, 1}, source_of(ladder, 2), [&](const auto& state) {
    seen = state;
    return false;
  });
  EXPECT_EQ(pending, std::vector<size_t>{0});
  EXPECT_EQ(seen.finish, FinishReason::kLength);
  EXPECT_EQ(seen.prompt_tokens, 29);
  EXPECT_EQ(seen.tokens, 35);
  EXPECT_EQ(seen.concurrency, 4);
}

TEST_F(StoreTest, KnowsWhatAddingPromptsWouldDiscard) {
  std::vector<Prompt> prompts = {make_prompt("a", "1", "x"), make_prompt("a", "2", "y"),
                                 make_prompt("a", "3", "z")};
  const Ladder ladder = make_ladder("m");
  Store store = open();
  store.add_prompts(prompts);
  store.put_outcome(prompts[1], source_of(ladder, 2), make_outcome(2, 1));
  EXPECT_TRUE(store.replaced_by(prompts).empty());
  prompts[0].reference.answers = {"43"};  // has no outcome to lose
  prompts[1].reference.answers = {"43"};
  prompts.push_back(make_prompt("a", "4", "new"));
  EXPECT_EQ(store.replaced_by(prompts), std::vector<size_t>{1});
}

TEST_F(StoreTest, ChangedPromptsLoseTheirOutcomes) {
  const std::vector<Prompt> prompts = {make_prompt("a", "1", "x"), make_prompt("a", "2", "y")};
  const Ladder ladder = make_ladder("m");
  Store store = open();
  store.add_prompts(prompts);
  for (const Prompt& prompt : prompts) {
    store.put_outcome(prompt, source_of(ladder, 2), make_outcome(2, 1));
  }

  Prompt changed = prompts[0];
  changed.reference.answers = {"43"};
  store.add_prompts({&changed, 1});
  const auto found = store.outcomes({});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].prompt, changed);
  EXPECT_TRUE(found[0].outcomes.empty());
  EXPECT_EQ(found[1].outcomes.size(), 1u);
  EXPECT_THROW(store.put_outcome(prompts[0], source_of(ladder, 2), make_outcome(2, 1)), Error);
  EXPECT_THROW(store.pending(prompts, source_of(ladder, 2)), Error);
}

TEST_F(StoreTest, RescoresWhatAnotherScorerScored) {
  const std::vector<Prompt> prompts = {make_prompt("a", "1", "x"), make_prompt("a", "2", "y"),
                                       make_prompt("b", "1", "x")};
  const Ladder ladder = make_ladder("m");
  Store store = open();
  store.add_prompts(prompts);
  Outcome outcome = make_outcome(2, 0);
  outcome.response = "new";
  for (const Prompt& prompt : prompts) store.put_outcome(prompt, source_of(ladder, 2), outcome);
  outcome.bits = {4};
  outcome.response = std::nullopt;
  store.put_outcome(prompts[0], source_of(ladder, 4), outcome);
  outcome.response = "foreign";
  store.put_outcome(prompts[1], {{4}, kImportedVariant, "imported"}, outcome);

  const auto score = [](const Prompt& prompt, std::string_view response) {
    return prompt.id == "1" && response == "new" ? std::optional(1.0) : std::nullopt;
  };
  EXPECT_EQ(store.rescore("a", "exact-match/1", score), 0);
  EXPECT_EQ(store.rescore("a", "exact-match/2", score), 1);
  EXPECT_EQ(store.rescore("a", "exact-match/2", score), 0);
  const auto found = store.outcomes({});
  EXPECT_EQ(found[0].outcomes.at({2}).score, 1);
  EXPECT_EQ(found[0].outcomes.at({2}).scorer, "exact-match/2");
  EXPECT_EQ(found[0].outcomes.at({4}).score, 0);
  EXPECT_EQ(found[1].outcomes.at({2}).scorer, "exact-match/1");
  EXPECT_EQ(found[1].outcomes.at({4}).scorer, "exact-match/1");
  EXPECT_EQ(found[2].outcomes.at({2}).score, 0);
}

TEST_F(StoreTest, FailedWritesLeaveNothing) {
  Store store = open();
  std::vector<Prompt> prompts = {make_prompt("a", "1", "x"), make_prompt("a", "2", "\xFF")};
  try {
    store.add_prompts(prompts);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_NE(std::string(error.what()).find("a/train/2"), std::string::npos);
  }
  EXPECT_TRUE(store.prompts({}).empty());

  std::vector<PromptOutcomes> items(2);
  items[0].prompt = make_prompt("a", "1", "x");
  items[0].outcomes[{2}] = make_outcome(2, 1);
  items[1].prompt = prompts[1];
  EXPECT_THROW(store.put_outcomes(items, "imported", "imported"), Error);
  EXPECT_EQ(store.outcome_count(), 0);
  items.pop_back();
  store.put_outcomes(items, "imported", "imported");
  EXPECT_EQ(store.outcome_count(), 1);
}

TEST_F(StoreTest, TheNewestOutcomeNamesTheLadder) {
  const Prompt prompt = make_prompt("a", "1", "x");
  const Ladder first = make_ladder("one"), second = make_ladder("two");
  Store store = open();
  store.add_prompts({&prompt, 1});
  EXPECT_EQ(store.base_model(), "");
  store.add_variants(first);
  store.add_variants(second);
  store.put_outcome(prompt, source_of(first, 2), make_outcome(2, 0));
  EXPECT_EQ(store.base_model(), "one");
  store.put_outcome(prompt, source_of(second, 2), make_outcome(2, 1));
  EXPECT_EQ(store.base_model(), "two");
  EXPECT_EQ(store.outcomes({}, &first)[0].outcomes.at({2}).score, 0);
  EXPECT_EQ(store.outcomes({}, &second)[0].outcomes.at({2}).score, 1);

  // A ladder that shares a variant: the one used last counts.
  Ladder third = second;
  third.base_model = "three";
  third.variants[1].sha256 = "another file";
  store.add_variants(third);
  EXPECT_EQ(store.base_model(), "three");
  store.add_variants(second);
  EXPECT_EQ(store.base_model(), "two");

  std::vector<PromptOutcomes> imported(1);
  imported[0].prompt = prompt;
  imported[0].outcomes[{2}] = make_outcome(2, 0.5);
  store.put_outcomes(imported, "imported", "imported");
  EXPECT_EQ(store.base_model(), "");
  EXPECT_EQ(store.outcomes({})[0].outcomes.at({2}).score, 0.5);
}

TEST_F(StoreTest, ListsFinishedRuns) {
  Store store = open();
  EXPECT_TRUE(store.finished_runs().empty());
  const int64_t first = store.begin_run("eval", "{}"), open_run = store.begin_run("eval", "{}");
  const int64_t last = store.begin_run("demo", "{}");
  store.end_run(first, "{\"a\":1}");
  store.end_run(last, "{\"a\":2}");
  const std::vector<FinishedRun> runs = store.finished_runs();
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].id, first);
  EXPECT_EQ(runs[1].id, last);
  EXPECT_EQ(runs[1].command, "demo");
  EXPECT_EQ(runs[1].finished_at.size(), 20u);
  EXPECT_EQ(store.run_result(last), "{\"a\":2}");
  EXPECT_EQ(store.run_result(open_run), std::nullopt);
  EXPECT_EQ(store.run_result(99), std::nullopt);
}

TEST_F(StoreTest, ReadersSeeWhatAWriterCommits) {
  const Prompt prompt = make_prompt("a", "1", "x");
  Store writer = open();
  const Store reader = open(Store::Mode::kRead);
  EXPECT_TRUE(reader.prompts({}).empty());
  writer.add_prompts({&prompt, 1});
  EXPECT_EQ(reader.prompts({}).size(), 1u);
  Store second = open();
  second.put_outcome(prompt, source_of(make_ladder("m"), 2), make_outcome(2, 1));
  EXPECT_EQ(reader.outcome_count(), 1);
  EXPECT_EQ(writer.outcome_count(), 1);
}

}  // namespace
}  // namespace paq
