// SPDX-License-Identifier: MIT
#include "label/labeler.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "core/testing/error_code.h"
#include "label/fake_engine.h"
#include "tasks/task.h"

namespace paq {
namespace {

class LabelerTest : public testing::Test {
 protected:
  LabelerTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("paq_labeler_test_" + std::to_string(::getpid()))),
        store_(open_in(folder_)) {}
  ~LabelerTest() override { std::filesystem::remove_all(folder_); }

  static Store open_in(const std::filesystem::path& folder) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    return Store::open(folder / "s.sqlite", Store::Mode::kWrite);
  }

  LabelSummary label(const std::vector<Prompt>& prompts, const LabelOptions& options = {}) {
    return label_prompts(engine_, ladder_, store_, prompts, options);
  }

  std::filesystem::path folder_;
  Store store_;
  FakeEngine engine_;
  Ladder ladder_ = fake_ladder();
};

TEST_F(LabelerTest, StoresWhatEveryVariantAnswered) {
  const auto prompts = fake_prompts(10);
  const LabelSummary summary = label(prompts);
  EXPECT_EQ(summary.added, 20);
  EXPECT_EQ(summary.already_there, 0);
  EXPECT_EQ(summary.too_long, 0);
  const auto found = store_.outcomes({}, &ladder_);
  ASSERT_EQ(found.size(), 10u);
  int64_t tokens = 0;
  bool both = false, neither = false;
  for (const PromptOutcomes& item : found) {
    ASSERT_EQ(item.outcomes.size(), 2u) << item.prompt.id;
    for (const auto& [bits, outcome] : item.outcomes) {
      const std::string text = FakeEngine::answer(bits, item.prompt.messages.back().content);
      EXPECT_EQ(outcome.response, text);
      EXPECT_EQ(outcome.tokens, static_cast<int>(text.size()));
      EXPECT_EQ(outcome.logprobs.size(), text.size());
      EXPECT_NEAR(*outcome.perplexity, *perplexity(outcome.logprobs), 1e-12);
      EXPECT_EQ(outcome.finish, FinishReason::kEndOfTurn);
      // What waited for one of the eight places did so for no time to speak of.
      EXPECT_NEAR(*outcome.seconds, 0.5, 0.1);
      EXPECT_NEAR(*outcome.seconds_to_first_token, 0.25, 0.1);
      EXPECT_EQ(outcome.concurrency, 8);
      tokens += *outcome.tokens;
      if (item.prompt.task == "mini-gsm8k") {
        const bool right = text.starts_with("#### 42");
        EXPECT_EQ(outcome.score, right ? 1 : 0);
        EXPECT_EQ(outcome.scorer, "final-number/3");
        (right ? both : neither) = true;
      } else {
        EXPECT_EQ(outcome.score, std::nullopt);
        EXPECT_EQ(outcome.scorer, "");
      }
    }
  }
  EXPECT_TRUE(both && neither) << "the fake answers never differ";
  EXPECT_EQ(summary.tokens, tokens);
  EXPECT_EQ(store_.base_model(), "fake");
}

TEST_F(LabelerTest, KeepsSeveralInFlightAndVariantsApart) {
  label(fake_prompts(40), {.concurrency = 3});
  EXPECT_EQ(engine_.most_in_flight, 12u) << "the engine is to see what comes";
  EXPECT_EQ(engine_.order, (std::vector<BitWidth>{{2}, {4}}));
  for (const auto& [window, expected] : {std::pair(2, 3u), std::pair(5, 5u)}) {
    engine_.most_in_flight = 0;
    label(fake_prompts(40 + 20 * window), {.concurrency = 3, .window = window});
    EXPECT_EQ(engine_.most_in_flight, expected);
  }
  engine_.most_in_flight = 0;
  label(fake_prompts(200), {.concurrency = 1});
  EXPECT_EQ(engine_.most_in_flight, 1u) << "a prompt's latency is that of one alone";
  label(fake_prompts(240), {.concurrency = 1, .window = 16});
  EXPECT_EQ(engine_.most_in_flight, 1u) << "whatever the window";
  EXPECT_EQ(code_of([&] { label(fake_prompts(1), {.concurrency = 0}); }), ErrorCode::kUsage);
}

TEST_F(LabelerTest, DoesNothingTwice) {
  label(fake_prompts(6));
  engine_.answered = 0;
  LabelSummary summary = label(fake_prompts(6));
  EXPECT_EQ(summary.added, 0);
  EXPECT_EQ(summary.already_there, 12);
  EXPECT_EQ(engine_.answered, 0) << "a warm-up without work";
  summary = label(fake_prompts(8));
  EXPECT_EQ(summary.added, 4);
  EXPECT_EQ(summary.already_there, 12);
  EXPECT_EQ(store_.outcome_count(), 16);
}

TEST_F(LabelerTest, RedoesWhatWasTimedOtherwiseOnlyWhenAsked) {
  label(fake_prompts(3), {.concurrency = 4});
  EXPECT_EQ(label(fake_prompts(3), {.concurrency = 1}).added, 0);
  EXPECT_EQ(label(fake_prompts(3), {.concurrency = 1, .require_concurrency = true}).added, 6);
  EXPECT_EQ(store_.outcome_count(), 6);
  EXPECT_EQ(store_.outcomes({})[0].outcomes.at({2}).concurrency, 1);
}

// Passes every other program.
class FakeRunner : public CodeRunner {
 public:
  CodeResult run_python(std::string_view program) override {
    EXPECT_NE(program.find("check(f)"), std::string_view::npos) << program;
    return {++programs % 2 == 0 ? CodeVerdict::kPassed : CodeVerdict::kFailed, {}, 0};
  }
  int programs = 0;
};

TEST_F(LabelerTest, RunsTheProgramsOfTasksThatAreScoredSo) {
  Prompt prompt = fake_prompts(1).front();
  prompt.task = "humaneval";
  prompt.reference = {};
  prompt.reference.code = {"def f():\n", "def check(candidate):\n  pass\n", "f"};
  std::string message;
  EXPECT_EQ(code_of([&] { label({prompt}); }, &message), ErrorCode::kUsage);
  EXPECT_NE(message.find("code runner"), std::string::npos);
  EXPECT_EQ(engine_.answered, 0) << "an answer that nobody could score";
  FakeRunner runner;
  EXPECT_EQ(label({prompt}, {.code_runner = &runner}).added, 2);
  EXPECT_EQ(runner.programs, 2);
  const auto found = store_.outcomes({}, &ladder_);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].outcomes.at({2}).score, 0);
  EXPECT_EQ(found[0].outcomes.at({4}).score, 1);
  EXPECT_EQ(found[0].outcomes.at({4}).scorer, "python-tests/2");
}

TEST_F(LabelerTest, ScoresAnewWhatAnOlderScorerScored) {
  const auto prompts = fake_prompts(5);
  label(prompts);
  const auto before = store_.outcomes({});
  store_.rescore("mini-gsm8k", "final-number/0",
                 [](const Prompt&, std::string_view) { return std::optional(0.25); });
  engine_.answered = 0;
  const LabelSummary summary = label(prompts);
  EXPECT_EQ(summary.rescored, 6);
  EXPECT_EQ(engine_.answered, 0);
  const auto after = store_.outcomes({});
  for (size_t i = 0; i < after.size(); ++i) {
    for (const auto& [bits, outcome] : after[i].outcomes) {
      EXPECT_EQ(outcome.score, before[i].outcomes.at(bits).score);
      EXPECT_EQ(outcome.scorer, before[i].outcomes.at(bits).scorer);
    }
  }
  EXPECT_EQ(label(prompts).rescored, 0);
}

TEST_F(LabelerTest, CountsWhatIsTooLongAndGoesOn) {
  auto prompts = fake_prompts(9);
  prompts[4].messages = {{"user", std::string(2000, 'x')}};
  const LabelSummary summary = label(prompts, {.concurrency = 2});
  EXPECT_EQ(summary.too_long, 2);
  EXPECT_EQ(summary.added, 16);
  for (const PromptOutcomes& item : store_.outcomes({})) {
    EXPECT_EQ(item.outcomes.size(), item.prompt.id == "p4" ? 0u : 2u);
  }
  EXPECT_EQ(label(prompts).too_long, 2);
}

TEST_F(LabelerTest, CountsWhatTheTemplateRefusesNamesOneAndGoesOn) {
  auto prompts = fake_prompts(9);
  prompts[4].messages = {{"user", "refuse this"}};
  engine_.refused = "refuse this";
  for (int i = 0; i < 2; ++i) {  // the second time nothing else is left to do
    const LabelSummary summary = label(prompts, {.concurrency = 2});
    EXPECT_EQ(summary.refused, 2);
    EXPECT_EQ(summary.added, i == 0 ? 16 : 0);
    EXPECT_EQ(summary.too_long, 0);
    EXPECT_EQ(summary.first_refused, "mini-gsm8k/train/p4: the template refuses it");
  }
  // Nor does it matter that the model is warmed up with what its template refuses.
  engine_.refused = "Hello";
  EXPECT_EQ(label(prompts).added, 2);
}

TEST_F(LabelerTest, AsksAgainWhereALongerContextAllowsMore) {
  const auto prompts = fake_prompts(6);
  engine_.context = 14;  // "question 4" takes 10
  const LabelSummary cut = label(prompts);
  ASSERT_GT(cut.added, 0);
  const auto outcome = [&] {
    return store_.outcomes({.tasks = {"mini-gsm8k"}, .split = ""})[0].outcomes.at({2});
  };
  EXPECT_EQ(outcome().finish, FinishReason::kLength);
  EXPECT_EQ(label(prompts).added, 0) << "it would be cut at the same place";
  engine_.context = 13;
  EXPECT_EQ(label(prompts).added, 0) << "a shorter context takes nothing away";
  engine_.context = 1000;
  EXPECT_EQ(label(prompts).added, 12);
  EXPECT_EQ(outcome().finish, FinishReason::kEndOfTurn);
  EXPECT_EQ(label(prompts).added, 0);
}

TEST_F(LabelerTest, DiscardsNoOutcomesUnlessTold) {
  const auto old = fake_prompts(6);
  label(old);
  auto prompts = old;
  prompts[1].messages[0].content += "?";
  prompts[3].messages[0].content += "?";
  std::string message;
  EXPECT_EQ(code_of([&] { label(prompts); }, &message), ErrorCode::kMismatch);
  EXPECT_NE(message.find("2 of these prompts"), std::string::npos) << message;
  EXPECT_NE(message.find("mini-gsm8k/train/p1"), std::string::npos) << message;
  EXPECT_EQ(store_.outcome_count(), 12);
  EXPECT_EQ(label(prompts, {.replace = true}).added, 4);
  EXPECT_EQ(store_.outcome_count(), 12);
}

TEST_F(LabelerTest, APromptThatIsGivenTwiceCountsOnceAndAnotherOfItsIdIsRefused) {
  auto prompts = fake_prompts(3);
  prompts.push_back(prompts[1]);
  EXPECT_EQ(label(prompts).added, 6);
  prompts.back().messages[0].content += "?";
  std::string message;
  EXPECT_EQ(code_of([&] { label(prompts, {.replace = true}); }, &message), ErrorCode::kUsage);
  EXPECT_NE(message.find("mini-gsm8k/train/p1"), std::string::npos) << message;
  EXPECT_EQ(store_.outcome_count(), 6);
}

TEST_F(LabelerTest, OneAtATimeVariantsTakeTurnsWhereAllStayLoaded) {
  engine_.all_loaded = true;
  label(fake_prompts(2), {.concurrency = 1});
  // Two to warm up, then each prompt at both widths.
  EXPECT_EQ(engine_.answers, (std::vector<BitWidth>{{2}, {4}, {2}, {4}, {2}, {4}}));
  engine_.answers.clear();
  label(fake_prompts(4), {.concurrency = 2});
  EXPECT_EQ(engine_.answers, (std::vector<BitWidth>{{2}, {2}, {2}, {4}, {4}, {4}}));
  engine_.answers.clear();
  engine_.all_loaded = false;
  label(fake_prompts(6), {.concurrency = 1});
  EXPECT_EQ(engine_.answers, (std::vector<BitWidth>{{2}, {2}, {2}, {4}, {4}, {4}}));
}

TEST_F(LabelerTest, SideBySideEveryVariantHasItsOwnPlaces) {
  const LabelSummary summary = label(fake_prompts(60), {.concurrency = 2, .side_by_side = true});
  EXPECT_EQ(summary.added, 120);
  EXPECT_EQ(engine_.most_in_flight, 16u) << "four times two for each of two";
  EXPECT_GT(engine_.order.size(), 4u) << "one variant followed the other";
  EXPECT_EQ(label(fake_prompts(60), {.side_by_side = true}).added, 0);
}

TEST_F(LabelerTest, StopsWhereItIsToldAndGoesOnFromThere) {
  CancelFlag cancel = false;
  LabelOptions options{.concurrency = 4, .cancel = &cancel};
  options.progress = [&](const Progress& progress) { cancel = progress.done >= 10; };
  EXPECT_EQ(code_of([&] { label(fake_prompts(20), options); }), ErrorCode::kCancelled);
  const int64_t kept = store_.outcome_count();
  EXPECT_GE(kept, 10);
  EXPECT_LT(kept, 20);
  EXPECT_FALSE(engine_.step()) << "requests were left in the engine";
  cancel = false;
  options.progress = nullptr;
  const LabelSummary summary = label(fake_prompts(20), options);
  EXPECT_EQ(summary.already_there, kept);
  EXPECT_EQ(summary.added, 40 - kept);
}

TEST_F(LabelerTest, ReportsProgressOfThisRun) {
  label(fake_prompts(5));
  std::vector<Progress> seen;
  LabelOptions options;
  options.progress = [&](const Progress& progress) { seen.push_back(progress); };
  label(fake_prompts(12), options);
  ASSERT_GT(seen.size(), 4u);
  for (size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].total, 14);
    EXPECT_GE(seen[i].done, seen[i > 0 ? i - 1 : 0].done);
    EXPECT_NE(seen[i].detail.find("tokens/s"), std::string::npos);
  }
  EXPECT_NE(seen.front().detail.find("2-bit 0/7 "), std::string::npos) << seen.front().detail;
  EXPECT_EQ(seen.front().done, 0);
  EXPECT_NE(seen.back().detail.find("4-bit 7/7 "), std::string::npos) << seen.back().detail;
  EXPECT_NE(seen.back().detail.find(" 0 s left "), std::string::npos) << seen.back().detail;
  EXPECT_EQ(seen.back().done, 14);
}

TEST_F(LabelerTest, AFailingVariantKeepsWhatTheOthersDid) {
  engine_.on_width = [](BitWidth bits) {
    if (bits.bits == 4) throw Error(ErrorCode::kBadFile, "variant 4 is truncated");
  };
  EXPECT_EQ(code_of([&] { label(fake_prompts(5)); }), ErrorCode::kBadFile);
  EXPECT_EQ(store_.outcome_count(), 5);
  EXPECT_FALSE(engine_.step());
}

TEST_F(LabelerTest, AFailureKeepsWhatTheSameStepFinished) {
  // Once the first prompt after the warm-up is answered, the others fail within the same step.
  engine_.on_width = [&](BitWidth) {
    if (engine_.answered >= 2) throw Error(ErrorCode::kEngine, "out of luck");
  };
  EXPECT_EQ(code_of([&] { label(fake_prompts(5), {.concurrency = 5}); }), ErrorCode::kEngine);
  EXPECT_EQ(store_.outcome_count(), 1);
}

TEST_F(LabelerTest, RefusesUnknownTasksBeforeAnyWork) {
  auto prompts = fake_prompts(3);
  prompts[2].task = "no-such-task";
  EXPECT_EQ(code_of([&] { label(prompts); }), ErrorCode::kUsage);
  EXPECT_EQ(engine_.answered, 0);
}

}  // namespace
}  // namespace paq
