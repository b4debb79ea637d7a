// SPDX-License-Identifier: MIT
// Every field of an evaluation survives being written and read; files of an older paq are read too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "core/testing/error_code.h"
#include "report/example_training.h"
#include "report/report.h"

namespace paq {
namespace {

constexpr BitWidth k2{2}, k16{16};

// No field is at its default.
Evaluation full_evaluation() {
  Evaluation evaluation;
  evaluation.widths = {k2, k16};
  evaluation.tau = 1.13;
  evaluation.label_mode = "kl+reject-loops";
  evaluation.seed = 5;
  evaluation.prompts = 2;
  evaluation.tasks = {"a"};
  StrategyResult strategy{.name = "router",
                          .score = 0.5,
                          .seconds_mean = 0.25,
                          .bits_mean = 9,
                          .tasks = {},
                          .shares = {{k2, 0.5}, {k16, 0.5}},
                          .score_interval = Estimate{0.5, 0.25, 0.75},
                          .seconds_median = 0.125,
                          .seconds_p95 = 0.375,
                          .seconds_ratio = Estimate{0.5, 0.4, 0.6}};
  strategy.tasks["a"] = {.score = 0.5,
                         .seconds_mean = 0.25,
                         .bits_mean = 9,
                         .n = 2,
                         .seconds_median = 0.125,
                         .seconds_p95 = 0.375};
  evaluation.strategies = {strategy};
  evaluation.routing["a"] = {{k2, 0.5}, {k16, 0.5}};
  RouterQuality& router = evaluation.router;
  router = {.label_accuracy = 0.5,
            .majority_baseline = 0.75,
            .confusion = {{1, 0}, {1, 0}},
            .unlabelled = 1,
            .seconds_mean = 0.0625};
  router.seconds_median = 0.03125;
  router.seconds_p95 = 0.09375;
  router.agreement = Estimate{0.5, 0.1, 0.9};
  router.classes[k2] = {.precision = 0.5, .recall = 1, .f1 = 0.75, .labelled = 1, .chosen = 2};
  router.classes[k16] = {.recall = 0, .f1 = 0, .labelled = 1};
  router.calibration = Calibration{.expected_error = 0.2,
                                   .log_loss = 0.3,
                                   .brier = 0.4,
                                   .confidence = 0.7,
                                   .bins = {{0.5, 1, 2, 0.7, 0.5}}};
  router.headroom = Headroom{k16, {0.1, 0.05, 0.2}, Estimate{-0.5, -1, 0.25}};
  router.regret = Regret{{0.15, 0.1, 0.2}, Estimate{0.01, -0.01, 0.02}, 0.25, 0.125};
  router.sweep = {{0.5, 0.6, 0.2, 7, {{k2, 0.75}, {k16, 0.25}}}};
  router.cost_quality =
      CostQuality{true, k2, k16, {0.6, 0.5, 0.7}, {0.55, 0.5, 0.6}, {0.05, 0.0, 0.1}, 0.3, 0.7};
  evaluation.differences = {{"router", "oracle", -0.1, -0.2, -0.05}};
  evaluation.seconds_differences = {{"router", "oracle", 0.01, -0.01, 0.02}};
  evaluation.task_differences = {{"router", "oracle", -0.1, -0.2, -0.05, "a"}};
  evaluation.best_mix = EqualCostMix{true, k2, k16, 0.75, 0.6, 0.25};
  evaluation.baselines = {k16, true, 10, 9, {{"a", k2}}};
  evaluation.zones["a"] = {1, 2, 3};
  evaluation.decisions = {{.task = "a",
                           .split = "test",
                           .id = "1",
                           .choice = k2,
                           .oracle = k16,
                           .label = k16,
                           .router_seconds = 0.0625,
                           .scores = {0, 1},
                           .seconds = {0.125, 0.5},
                           .probabilities = {0.75, 0.25}},
                          {.task = "a", .split = "test", .id = "2", .choice = k2, .oracle = k2}};
  evaluation.policies = {{.name = "floor:0.1",
                          .allowed = 0.1,
                          .labelled = 9,
                          .inadequate = 1,
                          .gain = {0.05, -0.01, 0.1}},
                         {.name = "expected-cost:2", .labelled = 9}};
  evaluation.live = LiveCheck{.prompts = 2,
                              .composed_mean = 0.25,
                              .live_mean = 0.26,
                              .ratio = {1.04, 0.98, 1.1},
                              .same_choice = 1,
                              .score = 0.5,
                              .same_answer = 0.5};
  evaluation.training = example_training(k2, k16);
  return evaluation;
}

// Every key of both documents, so that a field that is written but not read is found.
TEST(EvaluationJson, KeepsEveryField) {
  const Evaluation evaluation = full_evaluation();
  const std::string text = evaluation_json(evaluation, {});
  ReportMeta meta;
  const Evaluation again = parse_evaluation(text, &meta);
  EXPECT_EQ(evaluation_json(again, meta), text);
  EXPECT_EQ(again.label_mode, "kl+reject-loops");
  EXPECT_EQ(again.strategies[0].seconds_ratio, evaluation.strategies[0].seconds_ratio);
  EXPECT_EQ(again.router.classes.at(k2).f1, 0.75);
  EXPECT_FALSE(again.router.classes.at(k16).precision.has_value());
  EXPECT_EQ(again.router.calibration->bins[0].accuracy, 0.5);
  EXPECT_EQ(again.router.headroom->captured->low, -1);
  EXPECT_EQ(again.router.regret->over_routed, 0.125);
  EXPECT_EQ(again.router.sweep[0].shares.at(k16), 0.25);
  EXPECT_EQ(again.router.cost_quality->cost_for_80, 0.7);
  EXPECT_EQ(again.task_differences[0].task, "a");
  EXPECT_EQ(again.baselines.task_routes.at("a"), k2);
  EXPECT_EQ(again.zones.at("a").none_right, 3);
  EXPECT_EQ(again.decisions[0].probabilities, (std::vector<float>{0.75f, 0.25f}));
  EXPECT_EQ(again.decisions[0].label, k16);
  EXPECT_FALSE(again.decisions[1].label.has_value());
  EXPECT_EQ(again.live->same_answer, 0.5);
  ASSERT_EQ(again.policies.size(), 2u);
  EXPECT_EQ(again.policies[0].allowed, 0.1);
  EXPECT_EQ(again.policies[0].inadequate, 1);
  EXPECT_FALSE(again.policies[1].allowed.has_value());
  EXPECT_EQ(again.training, evaluation.training);
}

TEST(EvaluationJson, HasTheRoutersKeys) {
  const auto json = nlohmann::json::parse(evaluation_json(full_evaluation(), {}));
  const auto& router = json.at("router");
  EXPECT_EQ(router["agreement"]["high"], 0.9);
  EXPECT_EQ(router["classes"]["2"]["precision"], 0.5);
  EXPECT_TRUE(router["classes"]["16"]["precision"].is_null());
  EXPECT_EQ(router["calibration"]["expected_error"], 0.2);
  EXPECT_EQ(router["headroom"]["captured"]["value"], -0.5);
  EXPECT_EQ(router["regret"]["under_routed"], 0.25);
  EXPECT_EQ(router["cost_quality"]["area"]["value"], 0.6);
  EXPECT_EQ(json["baselines"]["best_fixed_seen_test"], true);
  EXPECT_EQ(json["decisions"].size(), 2u);
  EXPECT_EQ(json["live"]["ratio"]["value"], 1.04);
}

TEST(EvaluationJson, WritesAPromptALine) {
  EXPECT_THAT(evaluation_json(full_evaluation(), {}),
              testing::HasSubstr("\n    {\"task\":\"a\",\"split\":\"test\",\"id\":\"1\","));
  Evaluation none = full_evaluation();
  none.decisions.clear();
  EXPECT_EQ(nlohmann::json::parse(evaluation_json(none, {}))["decisions"].size(), 0u);
}

// What an evaluation had before it had intervals, baselines and decisions.
TEST(EvaluationJson, IsReadWithoutTheNewerKeys) {
  auto json = nlohmann::json::parse(evaluation_json(full_evaluation(), {}));
  for (const char* key : {"seconds_differences", "task_differences", "baselines", "zones",
                          "decisions", "live", "policies", "training"}) {
    json.erase(key);
  }
  json["meta"].erase("label_mode");
  for (const char* key : {"seconds_median", "seconds_p95", "agreement", "classes", "calibration",
                          "headroom", "regret", "sweep", "cost_quality"}) {
    json["router"].erase(key);
  }
  for (const char* key : {"seconds_median", "seconds_p95", "score_interval", "seconds_ratio"}) {
    json["strategies"][0].erase(key);
    json["strategies"][0]["tasks"]["a"].erase(key);
  }
  const Evaluation evaluation = parse_evaluation(json.dump(), nullptr);
  EXPECT_EQ(evaluation.strategies[0].score, 0.5);
  EXPECT_TRUE(evaluation.label_mode.empty());
  EXPECT_FALSE(evaluation.strategies[0].seconds_p95.has_value());
  EXPECT_EQ(evaluation.router.confusion[1][0], 1);
  EXPECT_TRUE(evaluation.router.classes.empty());
  EXPECT_FALSE(evaluation.router.calibration.has_value());
  EXPECT_TRUE(evaluation.decisions.empty());
  EXPECT_FALSE(evaluation.training.has_value());
  EXPECT_EQ(evaluation.differences[0].than, "oracle");
}

TEST(EvaluationJson, HasNoTrainingWhereTheRouterSaidNothing) {
  Evaluation evaluation = full_evaluation();
  evaluation.training.reset();
  const std::string text = evaluation_json(evaluation, {});
  EXPECT_FALSE(nlohmann::json::parse(text).contains("training"));
  EXPECT_FALSE(parse_evaluation(text, nullptr).training.has_value());
}

TEST(EvaluationJson, RefusesATrainingThatCannotBe) {
  auto json = nlohmann::json::parse(evaluation_json(full_evaluation(), {}));
  json["training"]["metrics"]["epochs"][1]["validation_accuracy"] = 7;
  try {
    parse_evaluation(json.dump(), nullptr);
    FAIL() << "an accuracy of 7 was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadFile);
    EXPECT_THAT(error.what(), testing::HasSubstr("validation_accuracy"));
  }
}

TEST(EvaluationJson, RefusesALabelModeThatItDoesNotKnow) {
  auto json = nlohmann::json::parse(evaluation_json(full_evaluation(), {}));
  json["meta"]["label_mode"] = "kl-of-tomorrow";
  EXPECT_EQ(code_of([&] { parse_evaluation(json.dump(), nullptr); }), ErrorCode::kBadFile);
}

}  // namespace
}  // namespace paq
