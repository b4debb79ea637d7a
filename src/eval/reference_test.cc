// SPDX-License-Identifier: MIT
// Twelve prompts of two tasks, drawn at random once, and every figure of their evaluation as a
// separate computation in numpy gives it: weighted means with weights 1 / (2 n of the task),
// numpy.quantile(weights, method="inverted_cdf"), numpy.digitize for the bins; the areas by trying
// every mix of two points at 20,001 costs and summing trapezia.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "eval/evaluate.h"

namespace paq {
namespace {

constexpr BitWidth kWidths[] = {{2}, {4}, {8}};

struct Row {
  const char* task;
  double scores[3], seconds[3], perplexity[3];
  float probabilities[3];
  double router_seconds;
};

constexpr Row kRows[] = {
    {"a", {0, 0, 1}, {1.6, 3.7, 4.0}, {1.25, 1.24, 1.14}, {0.31f, 0.18f, 0.51f}, 0.09},
    {"a", {0, 0, 0}, {2.2, 4.0, 4.6}, {1.05, 1.18, 1.01}, {0.03f, 0.59f, 0.38f}, 0.14},
    {"a", {0, 1, 1}, {1.0, 2.4, 6.1}, {1.06, 1.11, 1.0}, {0.6f, 0.17f, 0.23f}, 0.14},
    {"a", {0, 0, 1}, {1.2, 3.1, 5.5}, {1.26, 1.11, 1.18}, {0.25f, 0.7f, 0.05f}, 0.07},
    {"a", {0, 0, 1}, {2.2, 3.3, 6.0}, {1.05, 1.13, 1.07}, {0.44f, 0.01f, 0.55f}, 0.07},
    {"a", {1, 0, 1}, {1.3, 3.7, 6.8}, {1.27, 1.17, 1.04}, {0.08f, 0.68f, 0.24f}, 0.07},
    {"a", {0, 1, 1}, {1.8, 2.5, 4.1}, {1.26, 1.14, 1.16}, {0.05f, 0.94f, 0.01f}, 0.09},
    {"b", {1, 0.25, 0.5}, {2.7, 2.7, 5.8}, {1.21, 1.11, 1.16}, {0.48f, 0.48f, 0.04f}, 0.14},
    {"b", {0.25, 0.5, 0.75}, {2.6, 2.0, 5.9}, {1.24, 1.15, 1.22}, {0.18f, 0.2f, 0.62f}, 0.07},
    {"b", {0, 0.5, 0.5}, {1.9, 4.0, 5.5}, {1.16, 1.27, 1.22}, {0.11f, 0.27f, 0.62f}, 0.09},
    {"b", {1, 0.75, 1}, {1.5, 3.6, 6.0}, {1.22, 1.19, 1.29}, {0.57f, 0.28f, 0.15f}, 0.06},
    {"b", {0.5, 0.25, 1}, {2.2, 3.3, 4.9}, {1.29, 1.14, 1.19}, {0.69f, 0.3f, 0.01f}, 0.09},
};

Evaluation evaluate_rows() {
  std::vector<PromptOutcomes> prompts;
  std::vector<RoutedPrompt> routed;
  for (const Row& row : kRows) {
    PromptOutcomes prompt;
    prompt.prompt.task = row.task;
    prompt.prompt.id = std::to_string(prompts.size());
    RoutedPrompt choice{.bits = kWidths[0], .seconds = row.router_seconds};
    float best = 0;
    for (size_t k = 0; k < 3; ++k) {
      Outcome& outcome = prompt.outcomes[kWidths[k]];
      outcome.score = row.scores[k];
      outcome.seconds = row.seconds[k];
      outcome.perplexity = row.perplexity[k];
      choice.probabilities.push_back(row.probabilities[k]);
      if (row.probabilities[k] > best) choice.bits = kWidths[k];
      best = std::max(best, row.probabilities[k]);
    }
    prompts.push_back(prompt);
    routed.push_back(choice);
  }
  return evaluate(prompts, routed, {.tau = 1.13, .seed = 1});
}

TEST(Reference, Strategies) {
  const Evaluation evaluation = evaluate_rows();
  const struct {
    const char* name;
    double score, mean, median, p95;
  } cases[] = {
      {"router", 0.5892857142857143, 3.6085714285714285, 3.17, 6.07},
      {"random", 0.5059523809523809, 3.5128571428571425, 3.3, 6.0},
      {"random-mix", 0.5092857142857142, 3.4856326530612245, 3.3, 6.0},
      {"labels", 0.5642857142857143, 4.171428571428571, 4.1, 6.8},
      {"oracle", 0.8535714285714286, 3.607142857142857, 4.0, 6.0},
  };
  for (const auto& [name, score, mean, median, p95] : cases) {
    SCOPED_TRACE(name);
    const StrategyResult& result = *evaluation.strategy(name);
    EXPECT_NEAR(result.score, score, 1e-12);
    EXPECT_NEAR(result.seconds_mean.value(), mean, 1e-12);
    EXPECT_NEAR(result.seconds_median.value(), median, 1e-12);
    EXPECT_NEAR(result.seconds_p95.value(), p95, 1e-12);
    EXPECT_NEAR(result.score_interval->value, score, 1e-12);
    EXPECT_NEAR(result.seconds_ratio->value, mean / 5.46, 1e-12);
  }
  const TaskResult& a = evaluation.strategy("router")->tasks.at("a");
  EXPECT_NEAR(a.seconds_median.value(), 3.77, 1e-12);
  EXPECT_NEAR(a.seconds_p95.value(), 6.07, 1e-12);
  EXPECT_NEAR(evaluation.strategy("router")->tasks.at("b").seconds_median.value(), 2.84, 1e-12);
  EXPECT_EQ(evaluation.baselines.best_fixed, kWidths[2]);
  EXPECT_TRUE(evaluation.baselines.best_fixed_seen_test);
}

TEST(Reference, RouterAgainstLabels) {
  const RouterQuality router = evaluate_rows().router;
  EXPECT_EQ(router.confusion, (std::vector<std::vector<int64_t>>{{1, 1, 1}, {1, 1, 0}, {2, 2, 3}}));
  EXPECT_NEAR(router.agreement->value, 5.0 / 12, 1e-12);
  const double expected[3][3] = {
      {0.25, 1.0 / 3, 2.0 / 7}, {0.25, 0.5, 1.0 / 3}, {0.75, 3.0 / 7, 6.0 / 11}};
  for (size_t k = 0; k < 3; ++k) {
    const ClassQuality& quality = router.classes.at(kWidths[k]);
    EXPECT_NEAR(quality.precision.value(), expected[k][0], 1e-12);
    EXPECT_NEAR(quality.recall.value(), expected[k][1], 1e-12);
    EXPECT_NEAR(quality.f1.value(), expected[k][2], 1e-12);
  }
  EXPECT_NEAR(router.calibration->expected_error, 0.4074999963243802, 1e-9);
  EXPECT_NEAR(router.calibration->log_loss, 1.6744167598232265, 1e-9);
  EXPECT_NEAR(router.calibration->brier, 0.7790166658227644, 1e-9);
  EXPECT_NEAR(router.calibration->confidence, 0.6291666651765505, 1e-9);
}

TEST(Reference, RouterAgainstTheOracle) {
  const RouterQuality router = evaluate_rows().router;
  EXPECT_EQ(router.headroom->best_fixed, kWidths[2]);
  EXPECT_NEAR(router.headroom->available.value, 0.05, 1e-12);
  EXPECT_FALSE(router.headroom->captured.has_value());  // -4.29 times next to nothing
  EXPECT_NEAR(router.regret->score.value, 0.26428571428571435, 1e-12);
  EXPECT_NEAR(router.regret->seconds->value, 0.0014285714285713347, 1e-12);
  EXPECT_NEAR(router.regret->under_routed, 0.3142857142857143, 1e-12);
  EXPECT_NEAR(router.regret->over_routed, 0.17142857142857143, 1e-12);
}

TEST(Reference, SweepAndAreas) {
  const RouterQuality router = evaluate_rows().router;
  ASSERT_EQ(router.sweep.size(), 51u);
  const struct {
    size_t point;
    double seconds, score, shares[3];
  } cases[] = {
      {0, 1.99, 0.3464285714285714, {1, 0, 0}},
      {25,
       3.6085714285714285,
       0.5142857142857143,
       {0.27142857142857146, 0.3857142857142857, 0.34285714285714286}},
      {50, 5.552857142857142, 0.8035714285714286, {0, 0, 1}},
  };
  for (const auto& [point, seconds, score, shares] : cases) {
    SCOPED_TRACE(point);
    EXPECT_DOUBLE_EQ(router.sweep[point].confidence, static_cast<double>(point) / 50);
    EXPECT_NEAR(router.sweep[point].seconds_mean.value(), seconds, 1e-12);
    EXPECT_NEAR(router.sweep[point].score, score, 1e-12);
    for (size_t k = 0; k < 3; ++k) {
      EXPECT_NEAR(router.sweep[point].shares.at(kWidths[k]), shares[k], 1e-12);
    }
  }
  const CostQuality& quality = router.cost_quality.value();
  EXPECT_TRUE(quality.cost_is_seconds);
  EXPECT_EQ(quality.cheapest, kWidths[0]);
  EXPECT_EQ(quality.best, kWidths[2]);
  EXPECT_NEAR(quality.area.value, 0.5293401236524926, 1e-6);
  EXPECT_NEAR(quality.fixed_area.value, 0.5, 1e-9);
  EXPECT_NEAR(quality.gain.value, 0.0293401236524926, 1e-6);
  EXPECT_NEAR(quality.cost_for_50.value(), 0.4632, 1e-4);  // to the step of the costs tried
  EXPECT_NEAR(quality.cost_for_80.value(), 0.8009, 1e-4);
}

}  // namespace
}  // namespace paq
