// SPDX-License-Identifier: MIT
#include "router/risk_bound.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace paq {
namespace {

// Calls `visit(k, P(X <= k))` for k = 0, 1, ... until it returns false or k is n.
template <typename Visit>
void walk_binomial(int64_t n, double p, Visit visit) {
  // In logarithms, since (1 - p)^n may be smaller than any double.
  const double odds = std::log(p) - std::log1p(-p);
  double log_mass = static_cast<double>(n) * std::log1p(-p);
  double sum = 0;
  for (int64_t k = 0; k <= n; ++k) {
    sum += std::exp(log_mass);
    if (!visit(k, std::min(sum, 1.0))) return;
    log_mass += std::log(static_cast<double>(n - k)) - std::log(static_cast<double>(k + 1)) + odds;
  }
}

}  // namespace

double binomial_cdf(int64_t k, int64_t n, double p) {
  if (k < 0) return 0;
  if (k >= n) return 1;
  double result = 0;
  walk_binomial(n, p, [&](int64_t i, double cdf) {
    result = cdf;
    return i < k;
  });
  return result;
}

std::optional<int64_t> failures_allowed(int64_t n, const RiskBound& bound) {
  std::optional<int64_t> allowed;
  if (n < 1) return allowed;
  walk_binomial(n, bound.alpha, [&](int64_t k, double cdf) {
    if (k >= n || cdf > 1 - bound.confidence) return false;
    allowed = k;
    return true;
  });
  return allowed;
}

int64_t prompts_needed(const RiskBound& bound) {
  // (1 - alpha)^n <= 1 - confidence; rounding is settled by the function that decides.
  const double n = std::log1p(-bound.confidence) / std::log1p(-bound.alpha);
  constexpr double kMost = 1e15;  // Nobody has as many.
  if (!(n < kMost)) return static_cast<int64_t>(kMost);
  int64_t needed = std::max<int64_t>(1, static_cast<int64_t>(std::floor(n)));
  while (!failures_allowed(needed, bound)) ++needed;
  return needed;
}

float threshold_for(std::span<const float> scores, int64_t allowed) {
  std::vector<float> sorted(scores.begin(), scores.end());
  const auto place = sorted.begin() + static_cast<ptrdiff_t>(allowed);
  std::nth_element(sorted.begin(), place, sorted.end(), std::greater<>());
  return *place;
}

}  // namespace paq
