// SPDX-License-Identifier: MIT
#include "label/divergence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"

namespace paq {
namespace {

std::vector<float> random_logits(Random& random, size_t count, double spread) {
  std::vector<float> logits;
  for (size_t i = 0; i < count; ++i) {
    // Roughly normal: a few tokens stand out, as in language.
    double sum = 0;
    for (int k = 0; k < 4; ++k) sum += random.uniform() - 0.5;
    logits.push_back(static_cast<float>(spread * sum));
  }
  return logits;
}

std::vector<double> logprobs_of(const std::vector<float>& logits) {
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit));
  std::vector<double> logprobs;
  for (const float logit : logits) logprobs.push_back(logit - std::log(sum));
  return logprobs;
}

// The definition over all tokens, in doubles.
double full_divergence(const std::vector<double>& p, const std::vector<double>& q) {
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) sum += std::exp(p[i]) * (p[i] - q[i]);
  return sum;
}

// As llama.cpp's perplexity tool has it: the reference in 16 bits, evenly between its largest
// log-probability and -16 or its smallest, and nothing summed from -16 downwards.
double llama_divergence(const std::vector<double>& p, const std::vector<double>& q) {
  const double most = *std::max_element(p.begin(), p.end());
  const double least = std::max(*std::min_element(p.begin(), p.end()), most - 16);
  const double scale = (most - least) / 65535;
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    const double steps = p[i] <= least ? 0 : std::floor((p[i] - least) / scale + 0.5);
    const double logprob = least + scale * steps;
    if (logprob > -16) sum += std::exp(logprob) * (logprob - q[i]);
  }
  return sum;
}

TEST(Divergence, KnownValues) {
  // p = (1/2, 1/4, 1/4), q = (1/4, 1/2, 1/4): 1/2 ln 2 - 1/4 ln 2.
  const std::vector<float> p = {std::log(2.0f), 0, 0}, q = {0, std::log(2.0f), 0};
  const KeptPrediction kept = keep_prediction(p);
  EXPECT_EQ(kept.ids.size(), 3u);
  EXPECT_EQ(kept.lumped, 0);
  EXPECT_EQ(kept.likeliest, 0);
  EXPECT_NEAR(divergence_from(kept, q).nats, 0.25 * std::log(2.0), 1e-7);
  EXPECT_FALSE(divergence_from(kept, q).same_likeliest);
  EXPECT_NEAR(divergence_from(kept, p).nats, 0, 1e-7);
  EXPECT_TRUE(divergence_from(kept, p).same_likeliest);
  // Logits are only known up to a constant.
  const std::vector<float> shifted = {10, std::log(2.0f) + 10, 10};
  EXPECT_NEAR(divergence_from(kept, shifted).nats, 0.25 * std::log(2.0), 1e-6);
  // One token, and the first of equals.
  EXPECT_EQ(divergence_from(keep_prediction(std::vector<float>{3}), std::vector<float>{5}).nats, 0);
  EXPECT_EQ(keep_prediction(std::vector<float>{1, 2, 2}).likeliest, 1);
}

TEST(Divergence, IsThatOverAllTokensWhereAllAreKept) {
  Random random(1, "divergence");
  for (int round = 0; round < 50; ++round) {
    const auto a = random_logits(random, 400, 4), b = random_logits(random, 400, 4);
    const KeptPrediction kept = keep_prediction(a);
    ASSERT_EQ(kept.ids.size(), 400u);
    const double full = full_divergence(logprobs_of(a), logprobs_of(b));
    EXPECT_NEAR(divergence_from(kept, b).nats, full, 1e-6 * full + 1e-6);
  }
}

// Of what is lumped together exactly the divergence within it is missing.
TEST(Divergence, LumpingCostsWhatItSays) {
  Random random(2, "divergence");
  for (const size_t most : {1u, 2u, 16u, 256u}) {
    auto a = random_logits(random, 3000, 12), b = a;
    for (float& logit : b) logit += static_cast<float>(random.uniform() - 0.5);
    const KeptPrediction kept = keep_prediction(a, most);
    ASSERT_EQ(kept.ids.size(), most);
    const auto p = logprobs_of(a), q = logprobs_of(b);
    double p_rest = 0, q_rest = 0, within = 0;
    const auto is_kept = [&](size_t i) {
      return std::find(kept.ids.begin(), kept.ids.end(), static_cast<int32_t>(i)) != kept.ids.end();
    };
    for (size_t i = 0; i < p.size(); ++i) {
      if (is_kept(i)) continue;
      p_rest += std::exp(p[i]);
      q_rest += std::exp(q[i]);
    }
    EXPECT_NEAR(kept.lumped, p_rest, 1e-6);
    for (size_t i = 0; i < p.size(); ++i) {
      if (is_kept(i)) continue;
      within += std::exp(p[i]) * (p[i] - q[i] - std::log(p_rest / q_rest));
    }
    const double full = full_divergence(p, q);
    const double found = divergence_from(kept, b).nats;
    EXPECT_NEAR(found + within, full, 1e-5) << most;
    EXPECT_LE(found, full + 1e-6) << most;
    // The likeliest ones are kept.
    double likeliest_other = -1000;
    for (size_t i = 0; i < p.size(); ++i) {
      if (!is_kept(i)) likeliest_other = std::max(likeliest_other, p[i]);
    }
    for (const float logprob : kept.logprobs) EXPECT_GE(logprob, likeliest_other - 1e-5) << most;
  }
}

TEST(Divergence, AgreesWithLlamaCpp) {
  Random random(3, "divergence");
  double sum = 0, theirs = 0;
  for (int round = 0; round < 100; ++round) {
    auto a = random_logits(random, 2000, 25), b = a;
    for (float& logit : b) logit += static_cast<float>(0.8 * (random.uniform() - 0.5));
    sum += divergence_from(keep_prediction(a), b).nats;
    theirs += llama_divergence(logprobs_of(a), logprobs_of(b));
  }
  EXPECT_GT(theirs, 0.1);
  EXPECT_NEAR(sum, theirs, 0.01 * theirs);
}

TEST(Divergence, UnlikelyTokensAreNotKept) {
  std::vector<float> logits(100000, 0);
  logits[70000] = 40;
  const KeptPrediction kept = keep_prediction(logits);
  EXPECT_EQ(kept.ids, std::vector<int32_t>{70000});
  EXPECT_NEAR(kept.lumped, 1e5 * std::exp(-40.0), 1e-12);
  logits[70000] = -200;  // as good as impossible
  EXPECT_GT(divergence_from(kept, logits).nats, 200);
  EXPECT_TRUE(std::isfinite(divergence_from(kept, logits).nats));
}

}  // namespace
}  // namespace paq
