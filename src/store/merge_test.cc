// SPDX-License-Identifier: MIT
// Stores of several machines made one.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "core/testing/error_code.h"
#include "store/store.h"

namespace paq {
namespace {

class MergeTest : public testing::Test {
 protected:
  MergeTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("paq_merge_test_" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    ladder_.base_model = "m";
    ladder_.architecture = "llama";
    for (const int bits : {2, 4}) {
      Variant variant;
      variant.bits = {bits};
      variant.sha256 = "hash" + std::to_string(bits);
      variant.type = "Q";
      ladder_.variants.push_back(variant);
    }
  }
  ~MergeTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path path(const std::string& name) const { return folder_ / (name + ".db"); }

  Store open(const std::string& name) { return Store::open(path(name), Store::Mode::kWrite); }

  static Prompt make_prompt(int number) {
    Prompt prompt;
    prompt.task = number % 2 == 0 ? "even" : "odd";
    prompt.split = "train";
    prompt.id = std::to_string(number);
    prompt.messages = {{"user", "question " + prompt.id}};
    prompt.reference.answers = {"42"};
    return prompt;
  }

  static Outcome make_outcome(int number, int bits) {
    Outcome outcome;
    outcome.bits = {bits};
    outcome.score = number % bits == 0;
    outcome.perplexity = 1 + 0.01 * number;
    outcome.seconds = 0.5;
    outcome.response = std::string("bytes \xFF\0 ", 9) + std::to_string(number);
    outcome.token_ids = {number, bits, 100000};
    outcome.logprobs = {-0.5f, -0.25f, 0};
    outcome.scorer = "s/1";
    return outcome;
  }

  OutcomeSource source(int bits) const {
    return {{bits}, ladder_.variant({bits}).sha256, "settings"};
  }

  // Outcomes, and comparisons, of the prompts `first`, `first` + `step`, ... below 20.
  Store label(const std::string& name, int first, int step) {
    Store store = open(name);
    store.add_variants(ladder_);
    for (int number = first; number < 20; number += step) {
      const Prompt prompt = make_prompt(number);
      store.add_prompts({&prompt, 1});
      for (const int bits : {2, 4}) {
        store.put_outcome(prompt, source(bits), make_outcome(number, bits));
      }
      Comparison comparison{.bits = {2}, .reference = {4}, .tokens = 3};
      comparison.divergence = 0.01 * number;
      store.put_comparison(prompt, {"hash2", source(4), response_hash(make_outcome(number, 4))},
                           comparison);
    }
    return store;
  }

  // Everything that labels are made from, by prompt.
  static std::map<std::string, PromptOutcomes> content(const Store& store) {
    std::map<std::string, PromptOutcomes> found;
    for (PromptOutcomes& item : store.outcomes({})) found[item.prompt.id] = std::move(item);
    return found;
  }

  static void expect_same(const Store& a, const Store& b) {
    const auto left = content(a), right = content(b);
    ASSERT_EQ(left.size(), right.size());
    for (const auto& [id, item] : left) {
      const PromptOutcomes& other = right.at(id);
      EXPECT_EQ(item.prompt, other.prompt);
      ASSERT_EQ(item.outcomes.size(), other.outcomes.size());
      for (const auto& [bits, outcome] : item.outcomes) {
        const Outcome& same = other.outcomes.at(bits);
        EXPECT_EQ(outcome.score, same.score);
        EXPECT_EQ(outcome.perplexity, same.perplexity);
        EXPECT_EQ(outcome.response, same.response);
        EXPECT_EQ(outcome.token_ids, same.token_ids);
        EXPECT_EQ(outcome.logprobs, same.logprobs);
        EXPECT_EQ(outcome.scorer, same.scorer);
      }
      ASSERT_EQ(item.comparisons.size(), other.comparisons.size());
      for (const auto& [bits, comparison] : item.comparisons) {
        EXPECT_EQ(comparison.divergence, other.comparisons.at(bits).divergence);
      }
    }
  }

  std::filesystem::path folder_;
  Ladder ladder_;
};

TEST_F(MergeTest, TwoShardsEqualOneRun) {
  const Store whole = label("whole", 0, 1);
  label("a", 0, 2);
  label("b", 1, 2);
  Store into = open("into");
  const MergeSummary first = into.merge(path("a")), second = into.merge(path("b"));
  EXPECT_EQ(first.prompts, 10);
  EXPECT_EQ(first.outcomes, 20);
  EXPECT_EQ(first.comparisons, 10);
  EXPECT_EQ(second.outcomes, 20);
  EXPECT_EQ(second.already_there, 0);
  expect_same(into, whole);
  EXPECT_EQ(into.base_model(), "m");
  ASSERT_EQ(into.ladders({}).size(), 1u);
  EXPECT_EQ(into.ladders({})[0].ladder.hash, ladder_.hash());
  EXPECT_EQ(into.ladders({})[0].outcomes, 40);
  // What was done anywhere is not done again.
  const std::vector<Prompt> prompts = into.prompts({});
  EXPECT_TRUE(into.pending(prompts, source(4)).empty());
}

TEST_F(MergeTest, MergingAgainChangesNothing) {
  {
    Store a = label("a", 0, 3);
    a.end_run(a.begin_run("label", "{}"), "{}");
    a.begin_run("label", "{}");  // was killed
  }
  Store into = label("into", 0, 2);
  const MergeSummary first = into.merge(path("a"));
  EXPECT_EQ(first.prompts, 3);  // 3, 9, 15
  EXPECT_EQ(first.outcomes, 6);
  EXPECT_EQ(first.already_there, 8);
  EXPECT_EQ(first.different, 0);
  EXPECT_EQ(into.finished_runs().size(), 1u);
  const auto before = content(into);
  const MergeSummary again = into.merge(path("a"));
  EXPECT_EQ(again.prompts, 0);
  EXPECT_EQ(again.outcomes, 0);
  EXPECT_EQ(again.comparisons, 0);
  EXPECT_EQ(again.already_there, 14);
  EXPECT_EQ(into.outcome_count(), 26);
  EXPECT_EQ(into.finished_runs().size(), 1u);
  EXPECT_EQ(content(into).size(), before.size());
}

TEST_F(MergeTest, TheFirstOfTwoAnswersStays) {
  const Prompt prompt = make_prompt(4);
  Outcome other = make_outcome(4, 2);
  other.response = "another";
  {
    Store a = label("a", 4, 100);
    a.put_outcome(prompt, source(2), other);
  }
  Store into = label("into", 4, 100);
  const MergeSummary summary = into.merge(path("a"));
  EXPECT_EQ(summary.different, 1);
  EXPECT_EQ(summary.already_there, 1);
  EXPECT_EQ(content(into).at("4").outcomes.at({2}).response, make_outcome(4, 2).response);
}

TEST_F(MergeTest, AnAnswerThatAShorterContextHasCutGivesWay) {
  const Prompt prompt = make_prompt(4);
  Outcome cut = make_outcome(4, 4);
  cut.response = "one two";
  cut.tokens = 2;
  cut.token_ids = {1, 2};
  cut.finish = FinishReason::kLength;
  Outcome whole = cut;
  whole.response = "one two three";
  whole.tokens = 3;
  whole.token_ids = {1, 2, 3};
  whole.finish = FinishReason::kEndOfTurn;
  Comparison of_cut{.bits = {2}, .reference = {4}, .tokens = 2}, of_whole = of_cut;
  of_whole.tokens = 3;
  {
    Store a = label("a", 4, 100), b = label("b", 4, 100);
    a.put_outcome(prompt, source(4), whole);
    a.put_comparison(prompt, {"hash2", source(4), response_hash(whole)}, of_whole);
    b.put_outcome(prompt, source(4), cut);
    b.put_comparison(prompt, {"hash2", source(4), response_hash(cut)}, of_cut);
  }
  Store into = open("into");
  into.merge(path("b"));
  const MergeSummary summary = into.merge(path("a"));
  EXPECT_EQ(summary.replaced, 1);
  EXPECT_EQ(summary.different, 0);
  EXPECT_EQ(content(into).at("4").outcomes.at({4}).response, "one two three");
  EXPECT_EQ(content(into).at("4").comparisons.at({2}).tokens, 3);
  // The other way round, and again.
  EXPECT_EQ(into.merge(path("b")).different, 1);
  EXPECT_EQ(into.merge(path("a")).already_there, 2);
  EXPECT_EQ(content(into).at("4").outcomes.at({4}).response, "one two three");
  EXPECT_EQ(content(into).at("4").comparisons.at({2}).tokens, 3);
}

TEST_F(MergeTest, TheSameTextWithItsPerplexityTakesThePlaceOfTheTextAlone) {
  const Prompt prompt = make_prompt(4);
  Outcome bare = make_outcome(4, 4);
  bare.token_ids.clear();
  bare.logprobs.clear();
  bare.perplexity.reset();
  label("a", 4, 100);
  Store into = open("into");
  into.add_prompts({&prompt, 1});
  into.put_outcome(prompt, source(4), bare);
  const MergeSummary summary = into.merge(path("a"));
  EXPECT_EQ(summary.replaced, 1);
  EXPECT_EQ(summary.different, 0);
  EXPECT_EQ(content(into).at("4").outcomes.at({4}).perplexity, 1.04);
  // Not the other way round.
  Store first = open("first");
  first.add_prompts({&prompt, 1});
  first.put_outcome(prompt, source(4), bare);
  EXPECT_EQ(into.merge(path("first")).already_there, 1);
  EXPECT_EQ(content(into).at("4").outcomes.at({4}).perplexity, 1.04);
}

TEST_F(MergeTest, AComparisonWithADivergenceGoesBeforeOneWithout) {
  const Prompt prompt = make_prompt(4);
  const ComparisonSource rated{"hash2", source(4), response_hash(make_outcome(4, 4))};
  Store into = open("into");
  into.add_variants(ladder_);
  into.add_prompts({&prompt, 1});
  into.put_outcome(prompt, source(4), make_outcome(4, 4));
  EXPECT_TRUE(into.put_comparison(prompt, rated, {.bits = {2}, .reference = {4}, .tokens = 3}));
  label("a", 4, 100);
  EXPECT_EQ(into.merge(path("a")).comparisons, 1);
  EXPECT_EQ(content(into).at("4").comparisons.at({2}).divergence, 0.04);
  EXPECT_FALSE(into.put_comparison(prompt, rated, {.bits = {2}, .reference = {4}, .tokens = 3}));
  EXPECT_EQ(content(into).at("4").comparisons.at({2}).divergence, 0.04);
}

TEST_F(MergeTest, RunsThatWereKilledComeAlongOnce) {
  Store a = open("a");
  const int64_t run = a.begin_run("label", R"({"seed":1})");
  Store into = open("into");
  into.merge(path("a"));
  EXPECT_TRUE(into.finished_runs().empty());
  a.end_run(run, R"({"added":3})");
  into.merge(path("a"));
  into.merge(path("a"));
  ASSERT_EQ(into.finished_runs().size(), 1u);
  EXPECT_EQ(into.run_result(into.finished_runs()[0].id), R"({"added":3})");
  EXPECT_EQ(into.begin_run("label", "{}"), 2) << "a run came along twice";
}

TEST_F(MergeTest, AnotherTextOfAPromptIsRefusedWhole) {
  label("a", 0, 1);
  Store into = open("into");
  Prompt changed = make_prompt(7);
  changed.messages[0].content = "another question";
  into.add_prompts({&changed, 1});
  std::string message;
  EXPECT_EQ(code_of([&] { into.merge(path("a")); }, &message), ErrorCode::kMismatch);
  EXPECT_NE(message.find("odd/train/7"), std::string::npos) << message;
  EXPECT_NE(message.find("a.db"), std::string::npos) << message;
  EXPECT_EQ(into.prompts({}).size(), 1u);
  EXPECT_EQ(into.outcome_count(), 0);
}

TEST_F(MergeTest, SourcesThatCannotBeReadAreNamed) {
  Store into = label("into", 0, 5);
  EXPECT_EQ(code_of([&] { into.merge(path("none")); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { into.merge(path("into")); }), ErrorCode::kUsage);
  std::ofstream(path("text")) << "not a store, but long enough to look at for one hundred bytes "
                                 "so that it is no short file either, you see";
  EXPECT_EQ(code_of([&] { into.merge(path("text")); }), ErrorCode::kBadFile);
  EXPECT_EQ(into.outcome_count(), 8);
}

TEST_F(MergeTest, LaddersKeepTheirOrderAndTheirDescriptions) {
  Ladder second = ladder_;
  second.base_model = "n";
  second.variants[1].sha256 = "other4";
  {
    Store a = label("a", 0, 10);
    a.add_variants(second);
    a.put_outcome(make_prompt(0), {{4}, "other4", "settings"}, make_outcome(0, 4));
  }
  Store into = open("into");
  {
    // Met in an outcome before its ladder is known.
    const Prompt prompt = make_prompt(1);
    into.add_prompts({&prompt, 1});
    into.put_outcome(prompt, source(4), make_outcome(1, 4));
  }
  EXPECT_EQ(into.ladders({})[0].ladder.hash, "");
  into.merge(path("a"));
  const auto ladders = into.ladders({});
  ASSERT_EQ(ladders.size(), 2u);
  EXPECT_EQ(ladders[0].ladder.base_model, "n");
  EXPECT_EQ(ladders[1].ladder.base_model, "m");
  EXPECT_EQ(ladders[1].outcomes, 5);
}

}  // namespace
}  // namespace paq
