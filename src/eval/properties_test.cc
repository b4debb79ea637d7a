// SPDX-License-Identifier: MIT
// What must hold whatever the outcomes are, on random ones; and how often the intervals are right.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/random.h"
#include "eval/evaluate.h"

namespace paq {
namespace {

struct World {
  std::vector<PromptOutcomes> prompts;
  std::vector<RoutedPrompt> routed;
};

// Scores rise with the width on the whole, costs do mostly, the router is better than chance.
World random_world(uint64_t seed, int prompts, bool timed = true) {
  Random random(seed);
  World world;
  const std::vector<BitWidth> widths = {{2}, {3}, {8}, {16}};
  for (int i = 0; i < prompts; ++i) {
    PromptOutcomes prompt;
    prompt.prompt.task = "task" + std::to_string(random.below(3));
    prompt.prompt.id = std::to_string(i);
    const double difficulty = random.uniform();
    RoutedPrompt choice;
    choice.seconds = 0.05;
    float total = 0;
    for (size_t k = 0; k < widths.size(); ++k) {
      Outcome& outcome = prompt.outcomes[widths[k]];
      outcome.score = random.uniform() < 0.9 - difficulty / (1.0 + static_cast<double>(k)) ? 1 : 0;
      if (timed) outcome.seconds = (1 + static_cast<double>(k)) * (0.5 + random.uniform());
      outcome.perplexity = 1 + 0.3 * random.uniform() * difficulty;
      const double off = difficulty * 3 - static_cast<double>(k);
      choice.probabilities.push_back(static_cast<float>(std::exp(-off * off)));
      total += choice.probabilities.back();
    }
    size_t best = 0;
    for (size_t k = 0; k < widths.size(); ++k) {
      choice.probabilities[k] /= total;
      if (choice.probabilities[k] > choice.probabilities[best]) best = k;
    }
    choice.bits = widths[best];
    world.prompts.push_back(prompt);
    world.routed.push_back(choice);
  }
  return world;
}

Evaluation evaluate_world(const World& world) {
  return evaluate(world.prompts, world.routed, {.tau = 1.1, .seed = 3, .bootstrap_samples = 50});
}

class AnyOutcomes : public testing::TestWithParam<uint64_t> {};

TEST_P(AnyOutcomes, OracleIsNeverBeaten) {
  const Evaluation evaluation = evaluate_world(random_world(GetParam(), 60, GetParam() % 2 == 0));
  const StrategyResult& oracle = *evaluation.strategy("oracle");
  for (const StrategyResult& strategy : evaluation.strategies) {
    EXPECT_LE(strategy.score, oracle.score + 1e-12) << strategy.name;
    for (const std::string& task : evaluation.tasks) {
      EXPECT_LE(strategy.tasks.at(task).score, oracle.tasks.at(task).score + 1e-12);
    }
  }
  EXPECT_GE(evaluation.router.regret->score.low, 0);
  if (const auto& captured = evaluation.router.headroom->captured) {
    EXPECT_LE(captured->value, 1 + 1e-12);
  }
}

TEST_P(AnyOutcomes, SharesAreShares) {
  const Evaluation evaluation = evaluate_world(random_world(GetParam(), 60));
  for (const StrategyResult& strategy : evaluation.strategies) {
    double sum = 0, bits = 0;
    for (const auto& [width, share] : strategy.shares) {
      EXPECT_GE(share, 0);
      sum += share;
      bits += share * width.bits;
    }
    EXPECT_NEAR(sum, 1, 1e-12) << strategy.name;
    EXPECT_NEAR(bits, strategy.bits_mean, 1e-12);
  }
  for (BitWidth width : evaluation.widths) {
    EXPECT_EQ(evaluation.strategy("fixed-" + to_string(width))->shares.at(width), 1);
  }
  double last_bits = 0;
  for (const SweepPoint& point : evaluation.router.sweep) {
    EXPECT_GE(point.bits_mean, last_bits - 1e-9);  // more confidence never takes fewer bits
    last_bits = point.bits_mean;
  }
  EXPECT_NEAR(last_bits, 16, 1e-9);
  for (const auto& [task, zones] : evaluation.zones) {
    EXPECT_EQ(zones.all_right + zones.some_right + zones.none_right,
              evaluation.strategies[0].tasks.at(task).n);
  }
}

TEST_P(AnyOutcomes, MixesCostWhatTheyShould) {
  const bool timed = GetParam() % 2 == 0;
  const Evaluation evaluation = evaluate_world(random_world(GetParam(), 60, timed));
  const StrategyResult& router = *evaluation.strategy("router");
  EXPECT_NEAR(evaluation.strategy("random-mix")->bits_mean, router.bits_mean, 1e-12);
  const StrategyResult* mix = evaluation.strategy("best-mix");
  ASSERT_EQ(mix != nullptr, evaluation.best_mix.has_value());
  if (mix == nullptr) return;
  EXPECT_NEAR(mix->score, evaluation.best_mix->score, 1e-12);
  const double cost = timed ? *mix->seconds_mean : mix->bits_mean;
  EXPECT_LE(cost, (timed ? *router.seconds_mean : router.bits_mean) + 1e-12);
  EXPECT_GE(mix->score, evaluation.strategy("fixed-2")->score - 1e-12);
}

TEST_P(AnyOutcomes, FiguresAgreeWithEachOther) {
  const Evaluation evaluation = evaluate_world(random_world(GetParam(), 60));
  for (const Difference& difference : evaluation.differences) {
    EXPECT_NEAR(difference.mean,
                evaluation.strategy("router")->score - evaluation.strategy(difference.than)->score,
                1e-12);
    EXPECT_LE(difference.low, difference.high);
    double over_tasks = 0;
    for (const Difference& of_task : evaluation.task_differences) {
      if (of_task.than == difference.than) over_tasks += of_task.mean;
    }
    EXPECT_NEAR(over_tasks / static_cast<double>(evaluation.tasks.size()), difference.mean, 1e-12);
  }
  EXPECT_EQ(evaluation.router.agreement->value, evaluation.router.label_accuracy);
  EXPECT_EQ(evaluation.decisions.size(), 60u);
  for (const StrategyResult& strategy : evaluation.strategies) {
    EXPECT_LE(*strategy.seconds_median, *strategy.seconds_p95);
    EXPECT_LE(strategy.score_interval->low, strategy.score + 1e-9);
    EXPECT_GE(strategy.score_interval->high, strategy.score - 1e-9);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyOutcomes, testing::Range<uint64_t>(1, 13));

// A router that always takes one width is that fixed strategy, to the last digit and interval.
TEST(Evaluate, KnowsAConstantRouterForWhatItIs) {
  World world = random_world(5, 80);
  for (RoutedPrompt& choice : world.routed) choice = {BitWidth{8}, 0, {}};
  const Evaluation evaluation = evaluate_world(world);
  EXPECT_NEAR(evaluation.strategy("router")->score, evaluation.strategy("fixed-8")->score, 1e-12);
  for (const Difference& difference : evaluation.differences) {
    if (difference.than != "fixed-8" && difference.than != "random-mix") continue;
    EXPECT_NEAR(difference.low, 0, 1e-12);
    EXPECT_NEAR(difference.high, 0, 1e-12);
  }
  EXPECT_TRUE(evaluation.router.sweep.empty());  // no probabilities
  EXPECT_FALSE(evaluation.router.cost_quality.has_value());
  EXPECT_FALSE(evaluation.router.calibration.has_value());
}

// An all-knowing router: probability 1 for the cheapest width that is right.
TEST(Evaluate, GivesAPerfectRouterAllTheHeadroom) {
  World world = random_world(6, 200);
  const Evaluation before = evaluate_world(world);
  for (size_t p = 0; p < world.routed.size(); ++p) {
    world.routed[p] = {before.decisions[p].oracle, 0, {0, 0, 0, 0}};
    for (size_t k = 0; k < 4; ++k) {
      world.routed[p].probabilities[k] = before.widths[k] == before.decisions[p].oracle ? 1.f : 0.f;
    }
  }
  const Evaluation evaluation = evaluate_world(world);
  EXPECT_NEAR(evaluation.router.headroom->captured->value, 1, 1e-12);
  EXPECT_NEAR(evaluation.router.regret->score.value, 0, 1e-12);
  EXPECT_EQ(evaluation.router.regret->under_routed, 0);
  EXPECT_EQ(evaluation.router.regret->over_routed, 0);
  EXPECT_GT(evaluation.router.cost_quality->area.value, 1);
  EXPECT_GT(evaluation.router.cost_quality->gain.low, 0);
}

TEST(Evaluate, SaysWhichShareOfTheHeadroomIsCaptured) {
  World world = random_world(6, 600);
  const Evaluation before = evaluate_world(world);
  const BitWidth best_fixed = before.router.headroom->best_fixed;
  for (size_t p = 0; p < world.routed.size(); ++p) {
    world.routed[p].bits = p % 2 == 0 ? before.decisions[p].oracle : best_fixed;
  }
  const Evaluation evaluation = evaluate_world(world);
  const double fixed = evaluation.strategy("fixed-" + to_string(best_fixed))->score;
  const double oracle = evaluation.strategy("oracle")->score;
  const double share = (evaluation.strategy("router")->score - fixed) / (oracle - fixed);
  EXPECT_NEAR(evaluation.router.headroom->captured->value, share, 1e-12);
  EXPECT_NEAR(share, 0.5, 0.15);
}

// Four prompts in a thousand are all the headroom there is, and the router loses a hundred: -25
// times next to nothing.
TEST(Evaluate, GivesNoShareOfNextToNoHeadroom) {
  World world;
  for (int i = 0; i < 1000; ++i) {
    PromptOutcomes prompt;
    prompt.prompt.task = "a";
    prompt.outcomes[{2}].score = i < 4 || i >= 500 ? 1 : 0;
    prompt.outcomes[{16}].score = i < 4 ? 0 : 1;
    world.prompts.push_back(prompt);
    world.routed.push_back({.bits = {i >= 400 && i < 500 ? 2 : 16}});
  }
  const Headroom headroom = evaluate_world(world).router.headroom.value();
  EXPECT_NEAR(headroom.available.value, 0.004, 1e-12);
  EXPECT_FALSE(headroom.captured.has_value());
}

// A slower router gives the best mix a larger budget, all of it for answers; a mix by the router's
// shares answers as before.
TEST(Evaluate, ChargesBlindMixesForAnswersAlone) {
  World world = random_world(8, 200);
  const Evaluation fast = evaluate_world(world);
  for (RoutedPrompt& choice : world.routed) choice.seconds += 0.5;
  const Evaluation slow = evaluate_world(world);
  EXPECT_EQ(slow.strategy("random-mix")->seconds_mean, fast.strategy("random-mix")->seconds_mean);
  EXPECT_EQ(slow.strategy("random-mix")->score, fast.strategy("random-mix")->score);
  EXPECT_NEAR(slow.best_mix->cost, *slow.strategy("router")->seconds_mean, 1e-12);
  EXPECT_NEAR(slow.best_mix->cost, fast.best_mix->cost + 0.5, 1e-12);
  EXPECT_NEAR(*slow.strategy("best-mix")->seconds_mean, slow.best_mix->cost, 1e-12);
  EXPECT_GT(slow.best_mix->score, fast.best_mix->score);
}

// So slow a router that every point of its sweep costs more than the best fixed width.
TEST(Evaluate, GivesNoThresholdsBeyondTheBestFixedWidthsCost) {
  World world = random_world(6, 200);
  for (RoutedPrompt& choice : world.routed) choice.seconds = 100;
  const CostQuality quality = evaluate_world(world).router.cost_quality.value();
  EXPECT_FALSE(quality.cost_for_50.has_value());
  EXPECT_FALSE(quality.cost_for_80.has_value());
  EXPECT_LT(quality.area.value, 0.1);
  EXPECT_LT(quality.gain.high, 0);
}

// Prompts drawn anew each time; the true difference of fixed-16 and fixed-2 is 0.2. Of 300
// intervals 285 should hold it, and 285 +- 3 standard deviations is 274 to 296. The percentile
// method runs a little short on 60 prompts.
TEST(Bootstrap, CoversTheTruthAboutAsOftenAsItSays) {
  Random random(11);
  int covered = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<PromptOutcomes> prompts(60);
    for (PromptOutcomes& prompt : prompts) {
      prompt.prompt.task = "a";
      prompt.outcomes[{2}].score = random.uniform() < 0.5 ? 1 : 0;
      prompt.outcomes[{16}].score = random.uniform() < 0.7 ? 1 : 0;
    }
    const std::vector<RoutedPrompt> routed(prompts.size(), RoutedPrompt{BitWidth{16}, 0});
    const Evaluation evaluation =
        evaluate(prompts, routed, {.seed = static_cast<uint64_t>(round), .bootstrap_samples = 300});
    const Difference& difference = evaluation.differences.front();
    covered += difference.low <= 0.2 && 0.2 <= difference.high;
  }
  EXPECT_GE(covered, 270);
  EXPECT_LE(covered, 297);
}

}  // namespace
}  // namespace paq
