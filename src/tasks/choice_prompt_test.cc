// SPDX-License-Identifier: MIT
// Questions whose options are scored as continuations: what is asked, what is chosen, what it
// scores.
#include "tasks/choice_prompt.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/testing/error_code.h"

namespace paq {
namespace {

using Texts = std::vector<std::string>;

constexpr const char* kMmlu = "Which is a metal?,iron,\"oak, old\",air,ink,A\n";
constexpr const char* kArc =
    R"({"id": "q1", "question": {"stem": "What floats?", "choices": [{"text": "a cork", "label": "1"}, )"
    R"({"text": "a stone", "label": "2"}, {"text": "an anvil", "label": "3"}]}, "answerKey": "1"})"
    "\n";
constexpr const char* kMini =
    R"({"id": "m", "split": "test", "prompt": "oven(A) axe(B) fork(C) drill(D). tool of actor?",)"
    R"( "answers": ["B"]})"
    "\n";

class ChoicePrompts : public testing::Test {
 protected:
  ChoicePrompts() { std::filesystem::create_directories(folder_); }
  ~ChoicePrompts() override { std::filesystem::remove_all(folder_); }

  std::vector<Prompt> load(const std::string& task, std::string_view text,
                           const LoadOptions& options) const {
    const auto file = folder_ / (task == "mmlu" ? "facts_test.csv" : "facts-Test.jsonl");
    write_file_atomically(file, text);
    return load_prompts(task, file, options);
  }

  Prompt only(const std::string& task, std::string_view text, const LoadOptions& options) const {
    const auto prompts = load(task, text, options);
    EXPECT_EQ(prompts.size(), 1u);
    return prompts.at(0);
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("paq_choice_test_" + std::to_string(::getpid()));
};

TEST(ListedOptions, AreTheWordsBeforeTheirLetters) {
  EXPECT_EQ(listed_options("oven(A) axe(B) fork(C). tool?"),
            (Texts{"oven(A)", "axe(B)", "fork(C)"}));
  EXPECT_EQ(listed_options("a big oven(A)\nan axe(B)"), (Texts{"a big oven(A)", "an axe(B)"}));
  EXPECT_EQ(listed_options("oven(A) axe(C)"), Texts{"oven(A)"});
  EXPECT_EQ(listed_options("which of (B)?"), Texts{});
  EXPECT_EQ(listed_options(""), Texts{});
}

TEST_F(ChoicePrompts, MmluIsAskedAsEverAndContinuedByLetters) {
  const Prompt generated = only("mmlu", kMmlu, {.style = PromptStyle::kRaw});
  const Prompt raw =
      only("mmlu", kMmlu, {.style = PromptStyle::kRaw, .choices = ChoiceScoring::kLikelihood});
  EXPECT_EQ(raw.messages, generated.messages);
  EXPECT_TRUE(raw.messages[0].content.ends_with("\nD. ink\nAnswer:"));
  EXPECT_EQ(raw.reference.choices, (Texts{" A", " B", " C", " D"}));
  EXPECT_EQ(raw.reference.answers, Texts{"A"});
  EXPECT_EQ(raw.reference.metric, "choice-likelihood");
  EXPECT_NE(prompt_hash(raw), prompt_hash(generated)) << "one would be taken for the other";
  const Prompt chat = only("mmlu", kMmlu, {.choices = ChoiceScoring::kLikelihood});
  EXPECT_EQ(chat.reference.choices, (Texts{"Answer: A", "Answer: B", "Answer: C", "Answer: D"}));
}

TEST_F(ChoicePrompts, ArcIsAskedWithoutItsOptionsAndContinuedByTheirTexts) {
  const Prompt raw =
      only("arc-easy", kArc, {.style = PromptStyle::kRaw, .choices = ChoiceScoring::kLikelihood});
  EXPECT_EQ(raw.messages, (std::vector<Message>{{"user", "Question: What floats?\nAnswer:"}}));
  EXPECT_EQ(raw.reference.choices, (Texts{" a cork", " a stone", " an anvil"}));
  const Prompt chat = only("arc-challenge", kArc, {.choices = ChoiceScoring::kLikelihoodPerByte});
  EXPECT_EQ(chat.messages, raw.messages);
  EXPECT_EQ(chat.reference.choices, (Texts{"a cork", "a stone", "an anvil"}));
  EXPECT_EQ(chat.reference.metric, "choice-likelihood-per-byte");
}

TEST_F(ChoicePrompts, ExemplarsAreAnsweredAsTheQuestionWouldBe) {
  const auto exemplars = folder_ / "shots-Train.jsonl";
  std::string line = kArc;
  line.replace(line.find("What floats"), 11, "What sinks?");
  line.replace(line.find("\"answerKey\": \"1\""), 16, "\"answerKey\": \"2\"");
  write_file_atomically(exemplars, line);
  LoadOptions options{.shots = 1, .exemplars = exemplars, .style = PromptStyle::kRaw};
  EXPECT_EQ(
      only("arc-easy", kArc, options).messages[0].content.substr(0, 89),
      "Question: What sinks??\nA. a cork\nB. a stone\nC. an anvil\nAnswer: B\n\nQuestion: What "
      "floats?")
      << "the opening of the answer must not be said twice";
  options.choices = ChoiceScoring::kLikelihood;
  EXPECT_EQ(only("arc-easy", kArc, options).messages[0].content,
            "Question: What sinks??\nAnswer: a stone\n\nQuestion: What floats?\nAnswer:");
  options.style = PromptStyle::kChat;
  const auto turns = only("arc-easy", kArc, options).messages;
  ASSERT_EQ(turns.size(), 3u);
  EXPECT_EQ(turns[1], (Message{"assistant", "a stone"}));
}

TEST_F(ChoicePrompts, ReadyPromptsOfTasksWithOptionsListThem) {
  const Prompt prompt = only("mini-mmlu", kMini, {.choices = ChoiceScoring::kLikelihood});
  EXPECT_EQ(prompt.reference.choices, (Texts{" oven(A)", " axe(B)", " fork(C)", " drill(D)"}));
  EXPECT_EQ(prompt.messages[0].content, "oven(A) axe(B) fork(C) drill(D). tool of actor?");
  std::string message;
  EXPECT_EQ(code_of(
                [&] {
                  load("mini-mmlu", R"({"id": "x", "prompt": "tool?", "answers": ["B"]})",
                       {.choices = ChoiceScoring::kLikelihood});
                },
                &message),
            ErrorCode::kUsage);
  EXPECT_NE(message.find("prompt \"x\" of mini-mmlu has no \"choices\""), std::string::npos)
      << message;
}

TEST_F(ChoicePrompts, OtherTasksAndPeoplesOwnStayAsTheyAre) {
  const char* own =
      R"({"id": "x", "prompt": "tool?", "answers": ["B"], "metric": "choice-letter"})";
  EXPECT_EQ(load("prompts", own, {.choices = ChoiceScoring::kLikelihood}),
            load("prompts", own, {}));
  const char* sums = R"({"id": "x", "split": "test", "prompt": "1+1", "answers": ["2"]})";
  EXPECT_EQ(load("mini-gsm8k", sums, {.choices = ChoiceScoring::kLikelihood}),
            load("mini-gsm8k", sums, {}));
}

TEST_F(ChoicePrompts, PeopleNameTheMetricAndGiveTheContinuations) {
  const Prompt prompt =
      only("prompts",
           R"({"id": "x", "prompt": "The capital of France is", "choices": [" Rome", " Paris"], )"
           R"("answers": ["B"], "metric": "choice-likelihood"})",
           {});
  EXPECT_TRUE(is_answered_by_likelihood(prompt));
  EXPECT_EQ(prompt.reference.choices, (Texts{" Rome", " Paris"}));
  for (const auto& [line, expected] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"({"id": "x", "prompt": "p", "answers": ["A"], "metric": "choice-likelihood"})",
            "field \"choices\" must be two or more continuations"},
           {R"({"id": "x", "prompt": "p", "choices": ["a", "b"], "metric": "choice-likelihood"})",
            "field \"choices\" must be two or more continuations"},
           {R"({"id": "x", "prompt": "p", "choices": ["a", "b"], "answers": ["C"],)"
            R"( "metric": "choice-likelihood"})",
            "must name one of the 2 choices by its letter, found \"C\""}}) {
    std::string message;
    EXPECT_EQ(code_of([&] { load("prompts", line, {}); }, &message), ErrorCode::kBadFile);
    EXPECT_NE(message.find(expected), std::string::npos) << message;
  }
}

TEST_F(ChoicePrompts, TheLikeliestIsChosenAndScored) {
  LoadOptions options{.style = PromptStyle::kRaw, .choices = ChoiceScoring::kLikelihood};
  Prompt prompt = only("arc-easy", kArc, options);
  // Per byte: -6 / 6, -6.5 / 7, -8.5 / 8; the blank before a choice is no part of its length.
  const std::vector<double> logprobs = {-6, -6.5, -8.5};
  EXPECT_EQ(likeliest_option(prompt, logprobs), 0u);
  prompt.reference.metric = "choice-likelihood-per-byte";
  EXPECT_EQ(likeliest_option(prompt, logprobs), 1u);
  const double kNan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(likeliest_option(prompt, std::vector<double>{kNan, kNan, kNan}), std::nullopt);
  EXPECT_EQ(code_of([&] { likeliest_option(prompt, std::vector<double>{-1}); }), ErrorCode::kUsage);

  for (const Metric metric : {Metric::kChoiceLikelihood, Metric::kChoiceLikelihoodPerByte}) {
    EXPECT_EQ(score_response(metric, " a cork", prompt.reference), 1);
    EXPECT_EQ(score_response(metric, " a stone", prompt.reference), 0);
    EXPECT_EQ(score_response(metric, "a cork", prompt.reference), 0) << "no choice of these";
    EXPECT_EQ(score_response(metric, "A", prompt.reference), 0);
    Reference without_choices;
    without_choices.answers = {"A"};
    EXPECT_FALSE(can_score(metric, without_choices));
  }
}

}  // namespace
}  // namespace paq
