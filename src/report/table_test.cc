// SPDX-License-Identifier: MIT
// The terminal's table with all that an evaluation can hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "report/report.h"

namespace paq {
namespace {

using testing::HasSubstr;

const std::vector<BitWidth> kWidths = {{2}, {4}, {8}, {16}};

// The longest names, seven tasks, times of seconds.
Evaluation wide_evaluation() {
  Evaluation evaluation;
  evaluation.widths = kWidths;
  evaluation.prompts = 6164;
  evaluation.tasks = {"mini-squad2",    "mini-drop",     "mini-gsm8k",        "mini-mmlu",
                      "mini-humaneval", "mini-arc-easy", "mini-arc-challenge"};
  for (const char* name :
       {"fixed-2", "fixed-4", "fixed-8", "fixed-16", "best-fixed", "router", "router-leave-one-out",
        "length-router", "task-router", "random", "random-mix", "best-mix", "labels", "oracle"}) {
    StrategyResult result{.name = name,
                          .score = 0.705,
                          .seconds_mean = 24.5,
                          .bits_mean = 10.25,
                          .tasks = {},
                          .shares = {},
                          .score_interval = Estimate{0.705, 0.695, 0.715},
                          .seconds_median = 20.25,
                          .seconds_p95 = 45.5,
                          .seconds_ratio = Estimate{1, 1, 1}};
    for (BitWidth width : kWidths) result.shares[width] = 0.25;
    for (const std::string& task : evaluation.tasks) {
      result.tasks[task] = {.score = 0.7, .seconds_mean = 24.5, .bits_mean = 10.25, .n = 880};
    }
    evaluation.strategies.push_back(result);
    if (result.name == "router") continue;
    evaluation.differences.push_back({"router", name, -0.012, -0.0225, 0.0015});
    evaluation.seconds_differences.push_back({"router", name, -12.25, -13.5, -10});
  }
  for (const std::string& task : evaluation.tasks) {
    for (BitWidth width : kWidths) evaluation.routing[task][width] = 0.25;
  }
  RouterQuality& router = evaluation.router;
  router.label_accuracy = 0.7061;
  router.majority_baseline = 0.417;
  router.confusion.assign(4, {1000, 100, 10, 1});
  router.seconds_mean = 0.018;
  router.seconds_median = 0.0175;
  router.seconds_p95 = 0.03;
  router.agreement = Estimate{0.7061, 0.69, 0.72};
  for (BitWidth width : kWidths) router.classes[width] = {.precision = 0.5, .recall = 0.25};
  router.calibration =
      Calibration{.expected_error = 0.0412, .log_loss = 0.75, .brier = 0.41, .confidence = 0.72};
  router.headroom = Headroom{{8}, {0.08, 0.07, 0.09}, Estimate{-0.125, -0.25, 0.05}};
  router.regret = Regret{{0.09, 0.08, 0.1}, std::nullopt, 0.11, 0.25};
  router.cost_quality = CostQuality{
      true, {2}, {16}, {0.61, 0.58, 0.64}, {0.55, 0.5, 0.6}, {0.06, 0.02, 0.1}, 0.31, std::nullopt};
  evaluation.best_mix = EqualCostMix{true, {2}, {16}, 0.755, 0.6125, 8.25};
  evaluation.policies = {{.name = "floor:0.05:0.95",
                          .allowed = 0.05,
                          .labelled = 6164,
                          .inadequate = 234,
                          .gain = {0.0321, -0.0105, 0.0752}},
                         {.name = "expected-cost:12.5"}};
  evaluation.live = LiveCheck{.prompts = 140,
                              .composed_mean = 8.3,
                              .live_mean = 8.4,
                              .ratio = {1.012, 0.99, 1.034},
                              .same_choice = 1,
                              .score = 0.7,
                              .same_answer = 0.99};
  return evaluation;
}

TEST(EvaluationTable, StaysWithinAHundredColumns) {
  std::istringstream lines(evaluation_table(wide_evaluation(), {}));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
}

TEST(EvaluationTable, HasARowForEveryStrategy) {
  const std::string table = evaluation_table(wide_evaluation(), {});
  EXPECT_THAT(table, HasSubstr("\nrouter            70.5  69.5-71.5   24.50   20.25  45.50"));
  EXPECT_THAT(table, HasSubstr("\nleave-one-out "));
  EXPECT_THAT(table, HasSubstr("\nfixed-16         -1.2   -2.3 to +0.2  -12.25  -13.50 to -10.00"));
}

TEST(EvaluationTable, GivesTheRoutersFigures) {
  const std::string table = evaluation_table(wide_evaluation(), {});
  EXPECT_THAT(table, HasSubstr("agreement    70.6 % (95 %: 69.0 to 72.0) of the labels"));
  EXPECT_THAT(table, HasSubstr("calibration  expected error 0.041"));
  EXPECT_THAT(table, HasSubstr("the oracle is 8.0 points (95 %: 7.0 to 9.0) above 8-bit"));
  EXPECT_THAT(table, HasSubstr("the router captures -12.5 % (95 %: -25.0 to 5.0)"));
  EXPECT_THAT(table, HasSubstr("gain 0.060 (95 %: 0.020 to 0.100)"));
  EXPECT_THAT(table, HasSubstr("50 % of the way up in score at 31.0 % of the way up in cost"));
  EXPECT_THAT(table, testing::Not(HasSubstr("80 % of the way up")));
  EXPECT_THAT(table, HasSubstr("ratio 1.012 (95 %: 0.990 to 1.034)"));
  EXPECT_THAT(table, HasSubstr("floor:0.05:0.95"));
  EXPECT_THAT(table, HasSubstr("3.8        5.0  6164"));
  EXPECT_THAT(table, HasSubstr("-1.1 to +7.5"));
}

// Whoever chooses the best fixed width on the prompts that it is measured on has to say so.
TEST(EvaluationTable, SaysWhereBestFixedWasChosen) {
  Evaluation evaluation = wide_evaluation();
  evaluation.baselines = {{8}, true, 0, 0, {}};
  EXPECT_THAT(evaluation_table(evaluation, {}),
              HasSubstr("best-fixed is 8-bit, chosen on these very prompts"));
  evaluation.baselines = {{4}, false, 700, 690, {}};
  EXPECT_THAT(evaluation_table(evaluation, {}),
              HasSubstr("best-fixed is 4-bit, chosen on 700 training prompts;\nthe length and task "
                        "routers are fitted on 690 training labels."));
}

}  // namespace
}  // namespace paq
