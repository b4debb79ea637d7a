// SPDX-License-Identifier: MIT
#include "eval/baselines.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace paq {
namespace {

constexpr BitWidth k2{2}, k4{4}, k8{8};
constexpr double kTau = 1.13;

// Scores at 2, 4 and 8 bits; the label is `label`.
PromptOutcomes prompt(const std::string& task, const std::string& text,
                      const std::vector<double>& scores, BitWidth label) {
  PromptOutcomes result;
  result.prompt.task = task;
  result.prompt.id = text;
  result.prompt.messages = {{"user", text}};
  size_t k = 0;
  for (BitWidth width : {k2, k4, k8}) {
    Outcome& outcome = result.outcomes[width];
    outcome.bits = width;
    outcome.score = scores[k++];
    outcome.seconds = width.bits;
    outcome.perplexity = width < label ? 2.0 : 1.0;
  }
  return result;
}

Baselines fit(const std::vector<PromptOutcomes>& test,
              const std::vector<PromptOutcomes>& training) {
  const std::vector<RoutedPrompt> routed(test.size(), RoutedPrompt{k2, 0});
  const LabelRule rule{LabelMode::kPerplexity, kTau};
  return fit_baselines(collect_figures(test, routed, rule), test, training, rule);
}

// On the test prompts 8 bits are best, on the training prompts of the same task 4.
TEST(BestFixed, IsChosenOnTrainingData) {
  const Baselines baselines =
      fit({prompt("a", "t", {0, 0, 1}, k2)},
          {prompt("a", "x", {0, 1, 0.5}, k2), prompt("b", "y", {1, 0, 0}, k2)});
  EXPECT_EQ(baselines.best_fixed, 1u);
  EXPECT_FALSE(baselines.best_fixed_seen_test);
  EXPECT_EQ(baselines.training_scored, 1);  // b is not evaluated
}

TEST(BestFixed, TakesOtherTasksBeforeTheTestPromptsThemselves) {
  const Baselines other = fit({prompt("a", "t", {0, 0, 1}, k2)}, {prompt("b", "y", {1, 0, 0}, k2)});
  EXPECT_EQ(other.best_fixed, 0u);
  EXPECT_FALSE(other.best_fixed_seen_test);
  const Baselines none = fit({prompt("a", "t", {0, 0, 1}, k2)}, {});
  EXPECT_EQ(none.best_fixed, 2u);
  EXPECT_TRUE(none.best_fixed_seen_test);
  EXPECT_EQ(none.training_scored, 0);
}

// Of equals the cheapest; tasks count the same whatever their sizes: a (two prompts) is best at 8
// bits with a lead of 1/2, b (one prompt) at 4 with a lead of 3/4.
TEST(BestFixed, IsAMeanOverTasks) {
  EXPECT_EQ(fit({prompt("a", "t", {0, 1, 1}, k2)}, {}).best_fixed, 1u);
  const std::vector<PromptOutcomes> test = {prompt("a", "t", {0, 0, 0}, k2),
                                            prompt("b", "u", {0, 0, 0}, k2)};
  EXPECT_EQ(fit(test, {prompt("a", "1", {0, 0, 1}, k2), prompt("a", "2", {0, 1, 1}, k2),
                       prompt("b", "3", {0, 1, 0.25}, k2)})
                .best_fixed,
            1u);
}

TEST(Baselines, LearnNothingFromTheEvaluatedTexts) {
  const Baselines baselines =
      fit({prompt("a", "same", {0, 0, 1}, k2)}, {prompt("a", "same", {1, 0, 0}, k8)});
  EXPECT_TRUE(baselines.best_fixed_seen_test);
  EXPECT_EQ(baselines.training_labelled, 0);
  EXPECT_TRUE(baselines.length_choices.empty());
  EXPECT_TRUE(baselines.task_choices.empty());
}

TEST(TaskRouter, TakesTheCommonestLabelOfTheTask) {
  const std::vector<double> scores = {1, 1, 1};
  const Baselines baselines = fit(
      {prompt("a", "t", scores, k2), prompt("b", "u", scores, k2),
       prompt("unknown", "v", scores, k2)},
      {prompt("a", "1", scores, k8), prompt("a", "2", scores, k8), prompt("a", "3", scores, k2),
       prompt("b", "4", scores, k4), prompt("b", "5", scores, k8), prompt("c", "6", scores, k4)});
  // b is a draw: the smaller width. In all: 2 once, 4 twice, 8 three times.
  EXPECT_EQ(baselines.task_choices, (std::vector<size_t>{2, 1, 2}));
  EXPECT_EQ(baselines.training_labelled, 6);
}

TEST(LengthBaseline, SendsLongPromptsWhereLongPromptsWent) {
  const std::vector<double> scores = {1, 1, 1};
  std::vector<PromptOutcomes> training;
  for (int i = 1; i <= 40; ++i) {
    training.push_back(
        prompt("a", std::string(static_cast<size_t>(i), 'x'), scores, i <= 20 ? k2 : k8));
  }
  const Baselines baselines = fit(
      {prompt("a", "yyyy", scores, k8), prompt("a", std::string(38, 'y'), scores, k2)}, training);
  EXPECT_EQ(baselines.length_choices, (std::vector<size_t>{0, 2}));
}

}  // namespace
}  // namespace paq
