// SPDX-License-Identifier: MIT
// Figures derived by hand from three prompts in two tasks of different size.
#include "eval/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "core/error.h"

namespace paq {
namespace {

constexpr BitWidth k2{2}, k4{4}, k8{8};

struct Figures {
  double score, seconds, perplexity;
};

PromptOutcomes prompt(const std::string& task, const std::string& id,
                      const std::map<BitWidth, Figures>& figures) {
  PromptOutcomes result;
  result.prompt.task = task;
  result.prompt.id = id;
  for (const auto& [width, values] : figures) {
    Outcome& outcome = result.outcomes[width];
    outcome.bits = width;
    outcome.score = values.score;
    outcome.seconds = values.seconds;
    outcome.perplexity = values.perplexity;
  }
  return result;
}

// Labels at tau 1.13: 4, 2, 2.
std::vector<PromptOutcomes> three_prompts() {
  return {prompt("a", "1", {{k2, {0, 1, 1.2}}, {k4, {1, 3, 1.0}}}),
          prompt("b", "1", {{k2, {0, 2, 1.05}}, {k4, {1, 4, 1.5}}}),
          prompt("a", "2", {{k2, {1, 1, 1.1}}, {k4, {1, 3, 1.0}}})};
}

const std::vector<RoutedPrompt> kRouted = {{k4, 0.5}, {k4, 0.1}, {k2, 0.5}};

Evaluation evaluate_three() { return evaluate(three_prompts(), kRouted, {.tau = 1.13, .seed = 1}); }

struct Expected {
  std::string name;
  double score, seconds, bits, share_of_2;
};

class EveryStrategy : public testing::TestWithParam<Expected> {};

TEST_P(EveryStrategy, IsAMeanOverTasksOfTheirMeans) {
  const Evaluation evaluation = evaluate_three();
  const StrategyResult* strategy = evaluation.strategy(GetParam().name);
  ASSERT_NE(strategy, nullptr);
  EXPECT_NEAR(strategy->score, GetParam().score, 1e-12);
  EXPECT_NEAR(strategy->seconds_mean.value(), GetParam().seconds, 1e-12);
  EXPECT_NEAR(strategy->bits_mean, GetParam().bits, 1e-12);
  EXPECT_NEAR(strategy->shares.at(k2), GetParam().share_of_2, 1e-12);
  EXPECT_NEAR(strategy->shares.at(k4), 1 - GetParam().share_of_2, 1e-12);
}

// Task a has shares 1/2 and 1/2 of the router, task b all at 4 bits: the mix is 1/4 and 3/4.
INSTANTIATE_TEST_SUITE_P(
    Evaluate, EveryStrategy,
    testing::Values(Expected{"fixed-2", 0.25, 1.5, 2, 1}, Expected{"fixed-4", 1, 3.5, 4, 0},
                    Expected{"best-fixed", 1, 3.5, 4, 0}, Expected{"router", 1, 3.3, 3.5, 0.25},
                    Expected{"random", 0.625, 2.5, 3, 0.5},
                    Expected{"random-mix", 0.8125, 3.0, 3.5, 0.25},
                    Expected{"best-mix", 0.925, 3.3, 3.8, 0.1},
                    Expected{"labels", 0.5, 2, 2.5, 0.75}, Expected{"oracle", 1, 3.0, 3.5, 0.25}),
    [](const auto& info) {
      std::string name = info.param.name;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST(Evaluate, KeepsTasksApart) {
  const Evaluation evaluation = evaluate_three();
  EXPECT_THAT(evaluation.tasks, testing::ElementsAre("a", "b"));
  EXPECT_EQ(evaluation.prompts, 3);
  const TaskResult& a = evaluation.strategy("random-mix")->tasks.at("a");
  EXPECT_EQ(a.n, 2);
  EXPECT_NEAR(a.score, 0.875, 1e-12);
  EXPECT_NEAR(a.seconds_mean.value(), 2.5, 1e-12);
  EXPECT_NEAR(evaluation.strategy("router")->tasks.at("b").seconds_mean.value(), 4.1, 1e-12);
  EXPECT_NEAR(evaluation.routing.at("a").at(k2), 0.5, 1e-12);
  EXPECT_NEAR(evaluation.routing.at("b").at(k2), 0, 1e-12);
}

TEST(Evaluate, ComparesPoliciesWithMixesOfTheirShares) {
  std::vector<RoutedPrompt> routed = kRouted;
  routed[0].policy_choices = {k2, k4};
  routed[1].policy_choices = {k2, k4};
  routed[2].policy_choices = {k4, k4};
  const std::vector<EvaluatedPolicy> policies = {{.name = "floor:0.1", .allowed = 0.1},
                                                 {.name = "expected-cost:9"}};
  const Evaluation evaluation =
      evaluate(three_prompts(), routed, {.tau = 1.13, .seed = 1, .policies = policies});
  const StrategyResult* floor = evaluation.strategy("floor:0.1");
  ASSERT_NE(floor, nullptr);
  // Task a: 0 at 2 bits and 1 at 4; task b: 0 at 2.
  EXPECT_NEAR(floor->score, 0.25, 1e-12);
  EXPECT_NEAR(floor->seconds_mean.value(), ((1.5 + 3.5) / 2 + 2.1) / 2, 1e-12);
  EXPECT_NEAR(floor->shares.at(k2), 0.75, 1e-12);
  const StrategyResult* mix = evaluation.strategy("floor:0.1-mix");
  ASSERT_NE(mix, nullptr);
  EXPECT_NEAR(mix->shares.at(k2), 0.75, 1e-12);
  EXPECT_NEAR(mix->score, 0.75 * 0.25 + 0.25 * 1, 1e-12);
  EXPECT_NEAR(mix->seconds_mean.value(), 0.75 * 1.5 + 0.25 * 3.5, 1e-12);
  EXPECT_NEAR(evaluation.strategy("random-mix")->shares.at(k2), 0.25, 1e-12);
  EXPECT_NEAR(evaluation.strategy("expected-cost:9-mix")->shares.at(k4), 1, 1e-12);

  ASSERT_EQ(evaluation.policies.size(), 2u);
  EXPECT_EQ(evaluation.policies[0].name, "floor:0.1");
  EXPECT_EQ(evaluation.policies[0].allowed, 0.1);
  EXPECT_EQ(evaluation.policies[0].labelled, 3);
  EXPECT_EQ(evaluation.policies[0].inadequate, 1);  // labels 4, 2, 2
  EXPECT_NEAR(evaluation.policies[0].gain.value, 0.25 - 0.4375, 1e-12);
  EXPECT_LE(evaluation.policies[0].gain.low, evaluation.policies[0].gain.value);
  EXPECT_EQ(evaluation.policies[1].inadequate, 0);
  EXPECT_NEAR(evaluation.policies[1].gain.value, 0, 1e-12);

  routed[1].policy_choices = {k2};
  EXPECT_THROW(evaluate(three_prompts(), routed, {.policies = policies}), Error);
  routed[1].policy_choices = {k2, k8};
  EXPECT_THROW(evaluate(three_prompts(), routed, {.policies = policies}), Error);
}

TEST(Evaluate, HoldsTheRouterAgainstTheLabels) {
  const RouterQuality quality = evaluate_three().router;
  EXPECT_NEAR(quality.label_accuracy, 2.0 / 3, 1e-12);
  EXPECT_NEAR(quality.majority_baseline, 2.0 / 3, 1e-12);
  EXPECT_EQ(quality.confusion, (std::vector<std::vector<int64_t>>{{1, 1}, {0, 1}}));
  EXPECT_EQ(quality.unlabelled, 0);
  EXPECT_NEAR(quality.seconds_mean, 0.3, 1e-12);
}

// Task a's resamples are {1,1}, {1,2}, {2,1}, {2,2} with equal chances, task b's always {1}.
TEST(Evaluate, BootstrapsWithinTasksAndDerivesTheMixAnew) {
  const Evaluation evaluation = evaluate_three();
  std::map<std::string, Difference> than;
  for (const Difference& difference : evaluation.differences) {
    EXPECT_EQ(difference.name, "router");
    than[difference.than] = difference;
  }
  EXPECT_EQ(than.size(), evaluation.strategies.size() - 1);
  const Difference& fixed = than.at("fixed-2");
  EXPECT_NEAR(fixed.mean, 0.75, 1e-12);
  EXPECT_NEAR(fixed.low, 0.5, 1e-12);
  EXPECT_NEAR(fixed.high, 1.0, 1e-12);
  // {1,1}: the router always takes 4 bits, so does the mix: 0. {2,2}: the mix is half and half,
  // (1 + 0.5) / 2 = 0.75. With the mix held fixed the interval would be 0.125 to 0.25.
  const Difference& mix = than.at("random-mix");
  EXPECT_NEAR(mix.mean, 0.1875, 1e-12);
  EXPECT_NEAR(mix.low, 0, 1e-12);
  EXPECT_NEAR(mix.high, 0.25, 1e-12);
}

TEST(Evaluate, GivesTheSameIntervalsForTheSameSeed) {
  std::vector<PromptOutcomes> prompts;
  std::vector<RoutedPrompt> routed;
  for (int i = 0; i < 50; ++i) {
    prompts.push_back(prompt("a", std::to_string(i),
                             {{k2, {i % 3 == 0 ? 1.0 : 0.0, 1, 1.2}}, {k4, {0.5, 1, 1.0}}}));
    routed.push_back({i % 2 == 0 ? k2 : k4, 0});
  }
  const auto low = [&](uint64_t seed) {
    return evaluate(prompts, routed, {.seed = seed, .bootstrap_samples = 40}).differences[0].low;
  };
  EXPECT_EQ(low(7), low(7));
  EXPECT_NE(low(7), low(8));
}

TEST(Evaluate, FindsTheBestFixedMixWithinTheRoutersCost) {
  const auto mix = evaluate_three().best_mix;
  ASSERT_TRUE(mix.has_value());
  EXPECT_TRUE(mix->cost_is_seconds);
  EXPECT_EQ(mix->low, k2);
  EXPECT_EQ(mix->high, k4);
  EXPECT_NEAR(mix->low_share, 0.1, 1e-12);  // 0.1 * 1.5 s + 0.9 * 3.5 s = 3.3 s
  EXPECT_NEAR(mix->score, 0.925, 1e-12);
}

TEST(Evaluate, TakesASingleWidthWhereThatIsBetter) {
  // Fewer bits are not always faster: here 4 bits are quicker and better.
  const std::vector<PromptOutcomes> prompts = {
      prompt("a", "1", {{k2, {0, 3, 1.0}}, {k4, {1, 1, 1.0}}, {k8, {1, 9, 1.0}}})};
  const std::vector<RoutedPrompt> routed = {{k2, 0}};
  const Evaluation evaluation = evaluate(prompts, routed, {.bootstrap_samples = 1});
  ASSERT_TRUE(evaluation.best_mix.has_value());
  EXPECT_EQ(evaluation.best_mix->low, k4);
  EXPECT_EQ(evaluation.best_mix->high, k4);
  EXPECT_EQ(evaluation.best_mix->score, 1);
  EXPECT_EQ(evaluation.strategy("oracle")->bits_mean, 4);
}

TEST(Evaluate, WorksWithoutTimesAndPerplexities) {
  std::vector<PromptOutcomes> prompts = three_prompts();
  prompts[2].outcomes[k4].seconds.reset();
  prompts[0].outcomes[k2].perplexity.reset();
  const Evaluation evaluation = evaluate(prompts, kRouted, {.tau = 1.13});
  EXPECT_FALSE(evaluation.strategy("router")->seconds_mean.has_value());
  EXPECT_FALSE(evaluation.strategy("router")->tasks.at("a").seconds_mean.has_value());
  EXPECT_EQ(evaluation.router.unlabelled, 1);
  EXPECT_NEAR(evaluation.router.label_accuracy, 0.5, 1e-12);
  EXPECT_NEAR(evaluation.strategy("oracle")->bits_mean, 3.5, 1e-12);
  ASSERT_TRUE(evaluation.best_mix.has_value());
  EXPECT_FALSE(evaluation.best_mix->cost_is_seconds);
  EXPECT_NEAR(evaluation.best_mix->low_share, 0.25, 1e-12);
}

void expect_usage_error(const std::vector<PromptOutcomes>& prompts,
                        const std::vector<RoutedPrompt>& routed, const std::string& part) {
  try {
    evaluate(prompts, routed, {.tau = 1.13});
    FAIL() << "no error; expected one with: " << part;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_THAT(error.what(), testing::HasSubstr(part));
  }
}

TEST(Evaluate, NamesWhatDoesNotFit) {
  expect_usage_error({}, {}, "no prompts");
  auto prompts = three_prompts();
  prompts[1].outcomes.erase(k4);
  expect_usage_error(prompts, kRouted, "b/1 has no score at 4 bits");
  prompts = three_prompts();
  prompts[2].outcomes[k2].score.reset();
  expect_usage_error(prompts, kRouted, "a/2 has no score at 2 bits");
  expect_usage_error(three_prompts(), {{k4, 0}, {k8, 0}, {k2, 0}}, "b/1 is routed to 8 bits");
}

}  // namespace
}  // namespace paq
