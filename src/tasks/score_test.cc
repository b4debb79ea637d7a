// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <set>

#include "core/error.h"
#include "core/random.h"
#include "tasks/task.h"

namespace paq {
namespace {

double score(Metric metric, std::string_view response, std::vector<std::string> answers) {
  Reference reference;
  reference.answers = std::move(answers);
  return score_response(metric, response, reference);
}

TEST(TaskTable, IsComplete) {
  std::set<std::string_view> names, mirrors;
  for (const TaskSpec& task : task_table()) {
    EXPECT_TRUE(names.insert(task.name).second) << task.name;
    EXPECT_EQ(&task_spec(task.name), &task);
    EXPECT_FALSE(task.description.empty()) << task.name;
    EXPECT_GE(task.max_tokens, 1) << task.name;
    EXPECT_EQ(task.needs_reference, !task.mirrors.empty()) << task.name;
    if (task.mirrors.empty()) continue;
    mirrors.insert(task.mirrors);  // a benchmark and its miniature
  }
  EXPECT_EQ(mirrors, (std::set<std::string_view>{"SQuAD v2", "DROP", "GSM8K", "MMLU", "HumanEval",
                                                 "ARC-Easy", "ARC-Challenge"}));
}

TEST(TaskTable, ListsItsNamesForAnUnknownOne) {
  try {
    task_spec("mini-gsm9k");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_NE(std::string(error.what()).find("mini-gsm8k"), std::string::npos);
  }
}

TEST(MetricTable, IsComplete) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < metric_table().size(); ++i) {
    const MetricSpec& metric = metric_table()[i];
    EXPECT_EQ(metric.metric, static_cast<Metric>(i)) << metric.name;
    EXPECT_EQ(&metric_spec(metric.metric), &metric);
    EXPECT_EQ(&metric_spec(metric.name), &metric);
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_TRUE(metric.scorer.starts_with(std::string(metric.name) + "/")) << metric.name;
    EXPECT_FALSE(metric.description.empty()) << metric.name;
  }
  EXPECT_THROW(metric_spec("f2"), Error);
}

TEST(Score, ExactMatchTakesAnyAcceptedAnswer) {
  EXPECT_EQ(score(Metric::kExactMatch, "The Nile.", {"Amazon", "nile"}), 1);
  EXPECT_EQ(score(Metric::kExactMatch, "the river Nile", {"Amazon", "nile"}), 0);
  EXPECT_EQ(score(Metric::kExactMatch, "Unanswerable", {"unanswerable"}), 1);
  EXPECT_EQ(score(Metric::kExactMatch, "", {"unanswerable"}), 0);
  EXPECT_EQ(score(Metric::kExactMatch, "-3", {"3"}), 0);
  EXPECT_EQ(score(Metric::kExactMatch, "3.0", {"3"}), 1);
  EXPECT_EQ(score(Metric::kExactMatch, "anything", {}), 0);
}

TEST(Score, FinalNumberComparesValues) {
  EXPECT_EQ(score(Metric::kFinalNumber, "6 * 7 = 42\n#### 42", {"42"}), 1);
  EXPECT_EQ(score(Metric::kFinalNumber, "#### 1,000.00", {"1000"}), 1);
  EXPECT_EQ(score(Metric::kFinalNumber, "#### 41", {"42"}), 0);
  EXPECT_EQ(score(Metric::kFinalNumber, "no idea", {"42"}), 0);
  EXPECT_EQ(score(Metric::kFinalNumber, "no idea", {"none"}), 0);
}

TEST(Score, ChoiceLetterIgnoresTheWords) {
  EXPECT_EQ(score(Metric::kChoiceLetter, "blue (B)", {"B"}), 1);
  EXPECT_EQ(score(Metric::kChoiceLetter, "B", {"blue (B)"}), 1);
  EXPECT_EQ(score(Metric::kChoiceLetter, "blue (C)", {"B"}), 0);
  EXPECT_EQ(score(Metric::kChoiceLetter, "", {""}), 0);
}

TEST(Score, ProgramsPassEveryTest) {
  Reference reference;
  reference.tests = {{"f(3)", "9"}, {"f(-2)", "4"}, {"f(0) == 0", "True"}};
  EXPECT_EQ(score_response(Metric::kProgram, "def f(x): return x * x", reference), 1);
  EXPECT_EQ(score_response(Metric::kProgram, "```\ndef f(x):\n  return x * x\n```", reference), 1);
  EXPECT_EQ(score_response(Metric::kProgram, "def f(x): return x * 3", reference), 0);
  EXPECT_EQ(score_response(Metric::kProgram, "x * x", reference), 0);
  EXPECT_EQ(score_response(Metric::kProgram, "", reference), 0);
  EXPECT_EQ(score_response(Metric::kProgram, "def f(x): return x * x", {}), 0);
}

TEST(Score, TakesAnyBytes) {
  Random random(3);
  Reference reference;
  reference.answers = {"B"};
  reference.tests = {{"f(1)", "1"}};
  for (int i = 0; i < 2000; ++i) {
    std::string response;
    for (uint64_t n = random.below(60); n > 0; --n) {
      response +=
          static_cast<char>(random.below(4) == 0 ? random.below(256) : 32 + random.below(95));
    }
    for (const TaskSpec& task : task_table()) {
      const double value = score_response(task.metric, response, reference);
      EXPECT_TRUE(value >= 0 && value <= 1);
    }
  }
}

}  // namespace
}  // namespace paq
