// SPDX-License-Identifier: MIT
#include "router/risk_bound.h"

#include <gtest/gtest.h>

#include <vector>

namespace paq {
namespace {

// Values of scipy.stats.binom.cdf, SciPy 1.17.
TEST(BinomialCdf, IsThatOfTheTables) {
  EXPECT_NEAR(binomial_cdf(0, 1, 0.5), 0.5, 1e-15);
  EXPECT_NEAR(binomial_cdf(3, 100, 0.05), 0.2578386591160152, 1e-12);
  EXPECT_NEAR(binomial_cdf(15, 420, 0.05), 0.1050667086491564, 1e-12);
  EXPECT_NEAR(binomial_cdf(40, 200, 0.2), 0.5421796450494883, 1e-12);
  EXPECT_NEAR(binomial_cdf(900, 20000, 0.05), 0.0005260337804944139, 1e-12);
  // (1 - p)^n alone is smaller than any double here.
  EXPECT_NEAR(binomial_cdf(9800, 100000, 0.1), 0.017525324737622874, 1e-10);
  EXPECT_EQ(binomial_cdf(-1, 10, 0.1), 0);
  EXPECT_EQ(binomial_cdf(10, 10, 0.1), 1);
}

TEST(FailuresAllowed, AreTheMostThatAreTooGoodToBeTrue) {
  const auto allowed = [](int64_t n, double alpha, double confidence) {
    return failures_allowed(n, {.alpha = alpha, .confidence = confidence}).value_or(-1);
  };
  EXPECT_EQ(allowed(0, 0.05, 0.9), -1);
  EXPECT_EQ(allowed(44, 0.05, 0.9), -1);
  EXPECT_EQ(allowed(45, 0.05, 0.9), 0);
  EXPECT_EQ(allowed(420, 0.05, 0.9), 14);
  EXPECT_EQ(allowed(420, 0.1, 0.9), 33);
  EXPECT_EQ(allowed(420, 0.2, 0.9), 73);
  EXPECT_EQ(allowed(1000, 0.05, 0.95), 38);
  EXPECT_EQ(allowed(20000, 0.02, 0.99), 354);
  EXPECT_EQ(allowed(1, 0.95, 0.9), 0);  // never as many as there are prompts
}

TEST(FailuresAllowed, NeedAFewestNumberOfPrompts) {
  for (const double alpha : {0.01, 0.05, 0.1, 0.2, 0.5, 0.9}) {
    for (const double confidence : {0.5, 0.8, 0.9, 0.95, 0.99}) {
      const RiskBound bound{.alpha = alpha, .confidence = confidence};
      const int64_t needed = prompts_needed(bound);
      EXPECT_TRUE(failures_allowed(needed, bound)) << alpha << " " << confidence;
      EXPECT_FALSE(failures_allowed(needed - 1, bound)) << alpha << " " << confidence;
    }
  }
  EXPECT_EQ(prompts_needed({.alpha = 0.05, .confidence = 0.9}), 45);
  EXPECT_EQ(prompts_needed({.alpha = 1e-19, .confidence = 0.9}), int64_t{1'000'000'000'000'000});
}

TEST(ThresholdFor, LetsNoMoreFailThanAllowed) {
  const std::vector<float> scores = {0.2f, 0.9f, -1, 0.5f, 0.9f, 0.1f, -1, 0.7f};
  for (int64_t allowed = 0; allowed < 8; ++allowed) {
    const float threshold = threshold_for(scores, allowed);
    int64_t failures = 0, at_or_above = 0;
    for (const float score : scores) {
      failures += score > threshold;
      at_or_above += score >= threshold;
    }
    EXPECT_LE(failures, allowed);
    EXPECT_GT(at_or_above, allowed) << "a smaller threshold would have done";
  }
  EXPECT_FLOAT_EQ(threshold_for(scores, 0), 0.9f);
  EXPECT_FLOAT_EQ(threshold_for(scores, 2), 0.7f);
  EXPECT_FLOAT_EQ(threshold_for(scores, 7), -1);
}

}  // namespace
}  // namespace paq
