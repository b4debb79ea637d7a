// SPDX-License-Identifier: MIT
// How many failures among calibration prompts still let it be said that, on prompts like them, the
// share of failures is at most alpha. Pure arithmetic; docs/router.md has the proof.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace paq {

/// "At most a share `alpha` fails" shall hold with probability `confidence` over the choice of the
/// calibration prompts.
struct RiskBound {
  double alpha = 0.05;      ///< In (0, 1).
  double confidence = 0.9;  ///< In (0, 1).
};

/// P(X <= k) for X ~ Binomial(n, p); `n` >= 0, `p` in (0, 1). 0 below k = 0, 1 from k = n on.
double binomial_cdf(int64_t k, int64_t n, double p);

/// The largest k with P(Binomial(n, alpha) <= k) <= 1 - confidence: seeing k failures or fewer
/// among `n` prompts is too good to be true where a share of more than alpha fails (Clopper and
/// Pearson 1934). nullopt where not even k = 0 is: `n` is too small.
std::optional<int64_t> failures_allowed(int64_t n, const RiskBound& bound);

/// The fewest prompts for which failures_allowed() has a value.
int64_t prompts_needed(const RiskBound& bound);

/// `scores` has of every calibration prompt the largest threshold at which it fails under the rule
/// "it fails at a threshold t where its score is above t". Returns the smallest threshold at which
/// `allowed` prompts fail at most: the (allowed + 1)-th largest score; ties fail less. `allowed` is
/// at least 0 and below the number of scores.
float threshold_for(std::span<const float> scores, int64_t allowed);

}  // namespace paq
