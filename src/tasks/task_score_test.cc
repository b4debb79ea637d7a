// SPDX-License-Identifier: MIT
#include "tasks/task_score.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "core/error.h"

namespace paq {
namespace {

Prompt prompt(std::string task, std::string id, Reference reference) {
  return {.id = std::move(id),
          .task = std::move(task),
          .split = "test",
          .messages = {{"user", "?"}},
          .reference = std::move(reference)};
}

Reference answer(std::string text, std::vector<std::string> choices = {}) {
  Reference reference;
  reference.answers = {std::move(text)};
  reference.choices = std::move(choices);
  return reference;
}

Reference spans(std::vector<std::string> texts) {
  Reference reference;
  reference.span_answers = {std::move(texts)};
  return reference;
}

std::map<std::string, double> figures(const TaskScore& score) {
  return {score.figures.begin(), score.figures.end()};
}

TaskScore score(const std::vector<Prompt>& prompts, std::string_view predictions,
                const TaskScoreOptions& options = {}) {
  return score_predictions(prompts, parse_predictions(predictions, "p.json"), options);
}

TaskScoreOptions whole_responses() {
  TaskScoreOptions options;
  options.responses = true;
  return options;
}

ErrorCode failure(const std::vector<Prompt>& prompts, std::string_view predictions,
                  const TaskScoreOptions& options = {}) {
  try {
    score(prompts, predictions, options);
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << predictions;
  return ErrorCode::kIo;
}

const std::vector<Prompt> kSquad = {
    prompt("squad2", "a", answer("Paris")),
    prompt("squad2", "b", answer("blue whale")),
    prompt("squad2", "c", answer("")),
};

TEST(TaskScore, GivesTheOfficialKeysOfSquad) {
  const TaskScore result = score(kSquad, R"({"a": "paris", "b": "blue shark", "c": "x"})");
  std::vector<std::string> names;
  for (const auto& [name, value] : result.figures) names.push_back(name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"exact", "f1", "total", "HasAns_exact", "HasAns_f1",
                                      "HasAns_total", "NoAns_exact", "NoAns_f1", "NoAns_total"}));
  auto values = figures(result);
  EXPECT_DOUBLE_EQ(values["exact"], 100.0 / 3);
  EXPECT_DOUBLE_EQ(values["f1"], 50);
  EXPECT_EQ(values["total"], 3);
  EXPECT_EQ(values["HasAns_exact"], 50);
  EXPECT_EQ(values["HasAns_f1"], 75);
  EXPECT_EQ(values["HasAns_total"], 2);
  EXPECT_EQ(values["NoAns_exact"], 0);
  EXPECT_EQ(values["NoAns_total"], 1);
}

TEST(TaskScore, LeavesMissingPredictionsOutForSquadAlone) {
  const TaskScore squad = score(kSquad, R"({"a": "Paris", "z": "?"})");
  EXPECT_EQ(figures(squad)["exact"], 100);
  EXPECT_EQ(figures(squad)["total"], 1);
  EXPECT_FALSE(figures(squad).contains("NoAns_exact"));
  EXPECT_EQ(squad.missing.count, 2);
  EXPECT_EQ(squad.missing.first, "b");
  EXPECT_EQ(squad.unknown.count, 1);
  EXPECT_EQ(squad.unknown.first, "z");
  const std::vector<Prompt> drop = {prompt("drop", "a", spans({"5"})),
                                    prompt("drop", "b", spans({"6"}))};
  const TaskScore half = score(drop, R"({"a": "5"})");
  EXPECT_EQ(figures(half)["score"], 50);
  EXPECT_EQ(figures(half)["total"], 2);
  EXPECT_EQ(half.missing.count, 1);
}

TEST(TaskScore, TakesAnswersAsTheyAreUnlessTheyAreResponses) {
  const std::string answers = R"({"a": "Answer: Paris", "b": "", "c": "unanswerable"})";
  EXPECT_EQ(figures(score(kSquad, answers))["exact"], 0);
  EXPECT_DOUBLE_EQ(figures(score(kSquad, answers, whole_responses()))["exact"], 200.0 / 3);
  const std::vector<Prompt> drop = {prompt("drop", "a", spans({"Rome", "Bonn"}))};
  EXPECT_EQ(figures(score(drop, R"({"a": ["Bonn", "Rome"]})"))["exact"], 100);
  EXPECT_EQ(figures(score(drop, R"({"a": "Bonn and Rome"})"))["exact"], 0);
  EXPECT_EQ(figures(score(drop, R"({"a": "Bonn and Rome"})", whole_responses()))["exact"], 100);
  EXPECT_EQ(figures(score(drop, R"({"a": []})"))["f1"], 0);
}

TEST(TaskScore, RefusesPredictionsCountedFromZero) {
  const std::vector<Prompt> prompts = {prompt("gsm8k", "1", answer("5")),
                                       prompt("gsm8k", "2", answer("6")),
                                       prompt("gsm8k", "3", answer("7"))};
  EXPECT_EQ(failure(prompts, R"({"0": "5", "1": "6", "2": "7"})"), ErrorCode::kMismatch);
  EXPECT_EQ(figures(score(prompts, R"({"1": "5", "2": "6", "3": "7"})"))["score"], 100);
  EXPECT_EQ(score(prompts, R"({"1": "5", "2": "6"})").missing.count, 1);
  EXPECT_EQ(score(prompts, R"({"0": "?", "1": "5", "2": "6", "3": "7"})").unknown.count, 1);
}

TEST(TaskScore, CountsTheLastOfSeveral) {
  const std::vector<Prompt> prompts = {prompt("gsm8k", "a", answer("5"))};
  const TaskScore result = score(prompts, R"({"a": "#### 4", "a": "#### 5"})");
  EXPECT_EQ(figures(result)["score"], 100);
  EXPECT_EQ(result.repeated.count, 1);
}

TEST(TaskScore, ReadsLogProbabilitiesOfOptions) {
  const std::vector<Prompt> prompts = {prompt("mmlu", "a", answer("B", {"no", "certainly not"})),
                                       prompt("mmlu", "b", answer("A", {"no", "yes"}))};
  auto values = figures(score(prompts, R"({"a": [-2.0, -3.0], "b": [-1, -2]})"));
  EXPECT_EQ(values["score"], 50);  // By the sum "no" wins in both.
  // Per byte -3 / 13 beats -2 / 2 in a, and -1 / 2 beats -2 / 3 in b.
  EXPECT_EQ(values["score_per_byte"], 100);
  EXPECT_EQ(values["total"], 2);
  EXPECT_EQ(failure(prompts, R"({"a": [-2.0], "b": [-1, -2]})"), ErrorCode::kBadFile);
  EXPECT_EQ(failure(prompts, R"({"a": [-2.0, -1], "b": "A"})"), ErrorCode::kBadFile);
  EXPECT_EQ(figures(score(prompts, R"({"a": "B", "b": "Answer: A"})"))["score"], 100);
}

// Passes what holds "good".
class FakeRunner : public CodeRunner {
 public:
  CodeResult run_python(std::string_view program) override {
    if (program.find("broken runner") != program.npos) throw Error(ErrorCode::kIo, "no pipe");
    return {.verdict =
                program.find("good") != program.npos ? CodeVerdict::kPassed : CodeVerdict::kFailed,
            .detail = {},
            .seconds = 0};
  }
};

TEST(TaskScore, ReadsSamplesOfHumanEvalOnlyAsResponses) {
  Reference reference;
  reference.code = {.prompt = "def f():\n", .test = "def check(f): pass", .entry_point = "f"};
  const std::vector<Prompt> prompts = {prompt("humaneval", "a", reference)};
  FakeRunner runner;
  TaskScoreOptions options;
  options.runner = &runner;
  // Of a response what follows the body goes; of a sample it does not.
  const std::string line = R"({"task_id": "a", "completion": "    bad\n\ngood = 1"})";
  EXPECT_EQ(figures(score(prompts, line, options))["score"], 100);
  options.responses = true;
  EXPECT_EQ(figures(score(prompts, line, options))["score"], 0);
}

TEST(TaskScore, EstimatesPassAtK) {
  Reference reference;
  reference.code = {.prompt = "def f():\n", .test = "def check(f): pass", .entry_point = "f"};
  const std::vector<Prompt> prompts = {prompt("humaneval", "a", reference),
                                       prompt("humaneval", "b", reference)};
  FakeRunner runner;
  TaskScoreOptions options;
  options.runner = &runner;
  options.jobs = 3;
  auto one = figures(score(prompts, R"({"a": "    good", "b": "    bad"})", options));
  EXPECT_EQ(one["score"], 50);
  EXPECT_EQ(one["pass@1"], 50);
  EXPECT_EQ(one["samples"], 2);
  EXPECT_FALSE(one.contains("pass@10"));
  // Four samples of each: 1 of 4 and 0 of 4 pass. pass@2 of the first is 1 - C(3,2)/C(4,2) = 1/2.
  std::string lines;
  for (const char* body : {"good", "bad", "bad", "bad"}) {
    lines += std::string("{\"task_id\": \"a\", \"completion\": \"    ") + body + "\"}\n";
    lines += "{\"task_id\": \"b\", \"completion\": \"    bad\"}\n";
  }
  options.ks = {1, 2, 4};
  const TaskScore four = score(prompts, lines, options);
  EXPECT_DOUBLE_EQ(figures(four)["score"], 12.5);
  EXPECT_DOUBLE_EQ(figures(four)["pass@2"], 25);
  EXPECT_DOUBLE_EQ(figures(four)["pass@4"], 50);
  EXPECT_EQ(four.repeated.count, 0);
  options.ks = {5};
  EXPECT_EQ(failure(prompts, lines, options), ErrorCode::kUsage);
  options.ks = {};
  EXPECT_EQ(figures(score(prompts, R"({"a": "    good"})", options))["score"], 50);
  EXPECT_EQ(failure(prompts, R"({"a": "broken runner"})", options), ErrorCode::kIo);
  EXPECT_EQ(failure(prompts, R"({"a": "    good"})", {}), ErrorCode::kUsage);
}

TEST(TaskScore, SaysWhatDoesNotFit) {
  EXPECT_EQ(failure(kSquad, R"({"x": "Paris"})"), ErrorCode::kMismatch);
  EXPECT_EQ(failure(kSquad, R"({"a": ["Paris", "Rome"]})"), ErrorCode::kBadFile);
  EXPECT_EQ(failure(kSquad, R"({"a": [-1.0]})"), ErrorCode::kBadFile);
  EXPECT_EQ(failure({prompt("prompts", "a", {})}, R"({"a": "x"})"), ErrorCode::kUsage);
}

TEST(TaskScore, FollowsTheMetricThatAPromptNames) {
  std::vector<Prompt> prompts = {prompt("prompts", "a", answer("42")),
                                 prompt("prompts", "b", answer("blue whale")),
                                 prompt("prompts", "c", {})};
  prompts[0].reference.metric = "final-number";
  prompts[1].reference.metric = "token-f1";
  const TaskScore result = score(prompts, R"({"a": "so 42", "b": "blue shark"})");
  EXPECT_EQ(figures(result)["score"], 75);
  EXPECT_EQ(figures(result)["total"], 2);
  EXPECT_EQ(result.unscored, 1);
}

}  // namespace
}  // namespace paq
