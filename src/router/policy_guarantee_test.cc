// SPDX-License-Identifier: MIT
// Does the bound of the policy floor hold? On prompts whose truth is known, and on the miniature's.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/random.h"
#include "router/policy.h"

namespace paq {
namespace {

const std::vector<BitWidth> kWidths = {{2}, {4}, {8}, {16}};
constexpr size_t kCount = 4;  // of widths

struct LabelledPrompt {
  int label = 0;
  std::vector<float> adequate = {};
};
using Pool = std::vector<LabelledPrompt>;

template <typename Prompts>
CalibrationTable table_of(const Prompts& prompts) {
  CalibrationTable table;
  for (const LabelledPrompt* prompt : prompts) {
    table.labels.push_back(prompt->label);
    table.adequate.insert(table.adequate.end(), prompt->adequate.begin(), prompt->adequate.end());
  }
  return table;
}

bool is_inadequate(const Policy& policy, const LabelledPrompt& prompt) {
  return policy.choose(prompt.adequate) < kWidths[static_cast<size_t>(prompt.label)];
}

double risk_on(const Policy& policy, const Pool& pool) {
  const auto failures = std::count_if(pool.begin(), pool.end(), [&](const LabelledPrompt& prompt) {
    return is_inadequate(policy, prompt);
  });
  return static_cast<double>(failures) / static_cast<double>(pool.size());
}

// What a share that is expected to be `p` may come to in `trials` without anybody's doubt.
double with_luck(double p, int trials) { return p + 3 * std::sqrt(p * (1 - p) / trials); }

// P(X <= k), where X of `draws` without replacement from `total` are among the `marked`.
double hypergeometric_cdf(int64_t k, int64_t total, int64_t marked, int64_t draws) {
  const auto log_choose = [](int64_t n, int64_t r) {
    const auto gamma = [](int64_t x) { return std::lgamma(static_cast<double>(x + 1)); };
    return gamma(n) - gamma(r) - gamma(n - r);
  };
  double sum = 0;
  for (int64_t x = std::max<int64_t>(0, draws - (total - marked)); x <= std::min(k, marked); ++x) {
    if (x > draws) break;
    sum += std::exp(log_choose(marked, x) + log_choose(total - marked, draws - x) -
                    log_choose(total, draws));
  }
  return sum;
}

// Prompts of every difficulty, and a router that is far too sure of itself: nothing about the bound
// may rest on its probabilities being right.
Pool overconfident_pool(uint64_t seed, size_t size) {
  Random random(seed);
  Pool pool;
  while (pool.size() < size) {
    const double difficulty = random.uniform();
    double sum = 0;
    std::vector<double> chances;
    for (size_t k = 0; k < kCount; ++k) {
      const double off = difficulty - (static_cast<double>(k) + 0.5) / kCount;
      chances.push_back(std::exp(-off * off / 0.08));
      sum += chances.back();
    }
    LabelledPrompt prompt{.label = static_cast<int>(kCount) - 1};
    double draw = random.uniform() * sum;
    for (size_t k = 0; k < kCount; ++k) {
      draw -= chances[k];
      if (draw < 0) {
        prompt.label = static_cast<int>(k);
        break;
      }
    }
    std::vector<float> claimed;
    double claims = 0;
    for (const double chance : chances) claims += std::pow(chance, 3);
    for (const double chance : chances) {
      claimed.push_back(static_cast<float>(std::pow(chance, 3) / claims));
    }
    prompt.adequate = adequacy(claimed);
    pool.push_back(std::move(prompt));
  }
  return pool;
}

// Draws calibration prompts from the pool with replacement: the pool is then all the world, and the
// true risk of a policy is known.
struct Drawn {
  double violations = 0;        // share of the draws whose policy's true risk exceeds alpha
  double naive_violations = 0;  // likewise of the threshold with an observed share of alpha
  double mean_risk = 0;
};

Drawn draw_from(const Pool& pool, const RiskBound& bound, int prompts, int trials) {
  Drawn result;
  Random random(17, "draws");
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<const LabelledPrompt*> drawn;
    for (int i = 0; i < prompts; ++i) drawn.push_back(&pool[random.below(pool.size())]);
    const PolicyData data{.calibration = table_of(drawn)};
    const Policy policy = Policy::make({.kind = PolicyKind::kFloor, .bound = bound}, data, kWidths);
    const double risk = risk_on(policy, pool);
    result.violations += risk > bound.alpha;
    result.mean_risk += risk / trials;
    // With no confidence to speak of, as many may fail as make alpha.
    const RiskBound naive{.alpha = bound.alpha, .confidence = 0.45};
    const Policy guess = Policy::make({.kind = PolicyKind::kFloor, .bound = naive}, data, kWidths);
    result.naive_violations += risk_on(guess, pool) > bound.alpha;
  }
  result.violations /= trials;
  result.naive_violations /= trials;
  return result;
}

TEST(FloorGuarantee, HoldsWhereTheTruthIsKnown) {
  constexpr int kTrials = 300;
  for (const uint64_t seed : {1u, 2u}) {
    const Pool pool = overconfident_pool(seed, 2000);
    for (const double alpha : {0.05, 0.1, 0.2}) {
      for (const double confidence : {0.8, 0.9, 0.95}) {
        const Drawn drawn =
            draw_from(pool, {.alpha = alpha, .confidence = confidence}, 300, kTrials);
        EXPECT_LE(drawn.violations, with_luck(1 - confidence, kTrials))
            << "seed " << seed << ", alpha " << alpha << ", confidence " << confidence;
        // And it does not hold for want of trying.
        EXPECT_GT(drawn.mean_risk, alpha / 2);
        EXPECT_GT(drawn.naive_violations, 0.3) << "the bound is not what keeps the others low";
      }
    }
  }
}

// The labels and probabilities of the miniature's test prompts; the file says how they were made.
Pool miniature_pool() {
  std::istringstream lines(
      read_file(std::string(PAQ_SOURCE_DIR) + "/src/router/testdata/miniature_adequacy.txt"));
  Pool pool;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream numbers(line);
    LabelledPrompt prompt;
    numbers >> prompt.label;
    for (int value = 0; numbers >> value;) {
      prompt.adequate.push_back(static_cast<float>(value) / 10000);
    }
    prompt.adequate.push_back(1);
    pool.push_back(std::move(prompt));
  }
  return pool;
}

TEST(FloorGuarantee, HoldsOnTheMiniatureAsAPopulation) {
  const Pool pool = miniature_pool();
  ASSERT_EQ(pool.size(), 700u);
  for (const double alpha : {0.05, 0.1, 0.2}) {
    const Drawn drawn = draw_from(pool, {.alpha = alpha}, 210, 200);
    EXPECT_LE(drawn.violations, with_luck(0.1, 200)) << alpha;
    RecordProperty(
        "population_" + std::to_string(static_cast<int>(100 * alpha)),
        std::to_string(drawn.violations) + " over, mean risk " + std::to_string(drawn.mean_risk));
  }
}

// A split's own test prompts are few themselves: their share exceeds alpha now and then although
// the risk does not. With m failures allowed among n calibration prompts, j or more of the M test
// prompts fail only where at most m of the m + j highest scores of all are calibration prompts',
// and which are is a matter of chance alone: a hypergeometric one, whatever the router. Ties make
// it less.
TEST(FloorGuarantee, HoldsOverRandomSplitsOfTheMiniature) {
  constexpr int kSplits = 200;
  constexpr size_t kCalibration = 210;
  const Pool pool = miniature_pool();
  std::vector<const LabelledPrompt*> order;
  for (const LabelledPrompt& prompt : pool) order.push_back(&prompt);
  for (const double alpha : {0.05, 0.1, 0.2}) {
    Random random(23, "splits");
    int violations = 0;
    double share_sum = 0;
    int64_t allowed = 0;
    const auto tested = static_cast<double>(pool.size() - kCalibration);
    for (int split = 0; split < kSplits; ++split) {
      random.shuffle(order);
      const PolicyData data{.calibration = table_of(std::span(order).first(kCalibration))};
      const Policy policy =
          Policy::make({.kind = PolicyKind::kFloor, .bound = {.alpha = alpha}}, data, kWidths);
      allowed = policy.floor()->allowed;
      const auto rest = std::span(order).subspan(kCalibration);
      const auto failures = std::count_if(rest.begin(), rest.end(), [&](const auto* prompt) {
        return is_inadequate(policy, *prompt);
      });
      violations += static_cast<double>(failures) > alpha * tested;
      share_sum += static_cast<double>(failures) / tested;
    }
    const auto least = static_cast<int64_t>(std::floor(alpha * tested)) + 1;
    const double expected = hypergeometric_cdf(allowed, static_cast<int64_t>(pool.size()),
                                               kCalibration, allowed + least);
    EXPECT_LE(static_cast<double>(violations) / kSplits, with_luck(expected, kSplits)) << alpha;
    RecordProperty("splits_" + std::to_string(static_cast<int>(100 * alpha)),
                   std::to_string(violations) + " of 200 over, expected at most " +
                       std::to_string(expected) + ", mean share " +
                       std::to_string(share_sum / kSplits));
  }
}

}  // namespace
}  // namespace paq
