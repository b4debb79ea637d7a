// SPDX-License-Identifier: MIT
#include "mini/tasks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "core/error.h"
#include "mini/facts.h"
#include "tasks/task.h"

namespace paq {
namespace {

constexpr size_t kCount = 400;

TEST(MiniTasks, EveryFamilyIsInTheTaskTable) {
  EXPECT_EQ(mini_task_names().size(), 7u);
  for (const std::string_view task : mini_task_names()) {
    EXPECT_EQ(task_spec(task).name, task);
    EXPECT_FALSE(task_spec(task).mirrors.empty()) << task;
  }
}

TEST(MiniTasks, TrainedAnswersScoreFullMarksAndOthersNone) {
  for (const std::string_view task : mini_task_names()) {
    const Metric metric = task_spec(task).metric;
    const auto examples = mini::generate_examples(task, MiniSplit::kTest, kCount, 3);
    for (const mini::Example& example : examples) {
      const Reference& reference = example.prompt.reference;
      // A chat model's reply begins with a blank.
      EXPECT_EQ(score_response(metric, " " + example.answer, reference), 1.0)
          << task << ": " << example.prompt.messages[0].content << " -> " << example.answer;
      EXPECT_EQ(score_response(metric, "", reference), 0.0) << task;
      EXPECT_EQ(score_response(metric, " nobody knows", reference), 0.0) << task;
    }
  }
}

TEST(MiniTasks, SameArgumentsGiveTheSamePrompts) {
  for (const std::string_view task : mini_task_names()) {
    EXPECT_EQ(generate_mini_task(task, MiniSplit::kTrain, 50, 9),
              generate_mini_task(task, MiniSplit::kTrain, 50, 9))
        << task;
    EXPECT_NE(generate_mini_task(task, MiniSplit::kTrain, 50, 9),
              generate_mini_task(task, MiniSplit::kTrain, 50, 10))
        << task;
  }
}

TEST(MiniTasks, FewerPromptsAreTheFirstOfMore) {
  const auto few = generate_mini_task("mini-drop", MiniSplit::kTest, 10, 1);
  auto many = generate_mini_task("mini-drop", MiniSplit::kTest, 100, 1);
  many.resize(10);
  EXPECT_EQ(few, many);
}

TEST(MiniTasks, SplitsShareNoPromptWhateverTheSeed) {
  for (const std::string_view task : mini_task_names()) {
    std::set<std::string> seen;
    size_t count = 0;
    for (const MiniSplit split : {MiniSplit::kTrain, MiniSplit::kValidation, MiniSplit::kTest}) {
      std::set<std::string> own;
      for (const uint64_t seed : {1, 2}) {
        for (const Prompt& prompt : generate_mini_task(task, split, kCount, seed)) {
          EXPECT_EQ(prompt.split, to_string(split));
          EXPECT_EQ(prompt.task, task);
          own.insert(prompt.messages[0].content);
        }
      }
      count += own.size();
      seen.insert(own.begin(), own.end());
    }
    EXPECT_EQ(seen.size(), count) << task;
  }
}

TEST(MiniTasks, PromptsAndIdsOfACallAreDistinct) {
  for (const std::string_view task : mini_task_names()) {
    std::set<std::string> ids, texts;
    for (const Prompt& prompt : generate_mini_task(task, MiniSplit::kValidation, kCount, 4)) {
      ids.insert(prompt.id);
      texts.insert(prompt.messages[0].content);
    }
    EXPECT_EQ(ids.size(), kCount) << task;
    EXPECT_EQ(texts.size(), kCount) << task;
  }
}

TEST(MiniTasks, DifficultyLimitsTheLength) {
  for (const std::string_view task : {"mini-squad2", "mini-drop", "mini-gsm8k"}) {
    size_t longest_easy = 0;
    size_t longest_full = 0;
    Random random(5);
    for (size_t i = 0; i < kCount; ++i) {
      const auto length = [&](double difficulty) {
        return mini::next_example(task, MiniSplit::kTrain, random, difficulty)
            .prompt.messages[0]
            .content.size();
      };
      longest_easy = std::max(longest_easy, length(0.0));
      longest_full = std::max(longest_full, length(1.0));
    }
    EXPECT_LT(longest_easy, longest_full) << task;
  }
}

TEST(MiniTasks, UnknownTaskIsNamedWithTheKnownOnes) {
  try {
    generate_mini_task("mini-chess", MiniSplit::kTest, 1, 1);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_NE(std::string(error.what()).find("mini-chess"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("mini-arc-challenge"), std::string::npos);
  }
}

TEST(MiniFacts, QuestionsAreDistinctAndAnsweredFromTheirValues) {
  for (const mini::FactTable* table :
       {&mini::easy_facts(), &mini::subject_facts(), &mini::hard_facts()}) {
    std::set<std::string> questions;
    ASSERT_EQ(table->facts.size(), table->value_set_of.size());
    for (size_t i = 0; i < table->facts.size(); ++i) {
      const auto& values = table->value_sets[table->value_set_of[i]];
      questions.insert(table->facts[i].question);
      EXPECT_TRUE(std::find(values.begin(), values.end(), table->facts[i].value) != values.end());
    }
    EXPECT_EQ(questions.size(), table->facts.size());
  }
}

}  // namespace
}  // namespace paq
