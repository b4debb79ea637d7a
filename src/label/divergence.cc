// SPDX-License-Identifier: MIT
#include "label/divergence.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace paq {
namespace {

// Sums are taken of the same rounded terms everywhere, so that a sum over all tokens less that over
// some is the sum over the others to 1e-12.
class Softmax {
 public:
  explicit Softmax(std::span<const float> logits)
      : logits_(logits),
        likeliest_(
            static_cast<size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin())),
        largest_(logits[likeliest_]) {
    for (const float logit : logits) sum_ += std::exp(logit - largest_);
    log_sum_ = largest_ + std::log(sum_);
  }

  size_t likeliest() const { return likeliest_; }
  double logprob(size_t token) const { return logits_[token] - log_sum_; }
  float least_logit(double logprob) const { return static_cast<float>(logprob + log_sum_); }

  // Probability of all tokens but `ids`.
  double others(std::span<const int32_t> ids) const {
    if (ids.size() == logits_.size()) return 0;
    double kept = 0;
    for (const int32_t id : ids) kept += std::exp(logits_[static_cast<size_t>(id)] - largest_);
    return std::max(0.0, (sum_ - kept) / sum_);
  }

 private:
  std::span<const float> logits_;
  size_t likeliest_;
  float largest_;
  double sum_ = 0, log_sum_ = 0;
};

}  // namespace

KeptPrediction keep_prediction(std::span<const float> logits, size_t most) {
  const Softmax softmax(logits);
  KeptPrediction kept;
  kept.likeliest = static_cast<int32_t>(softmax.likeliest());
  const float least = softmax.least_logit(kLeastKeptLogprob);
  for (size_t token = 0; token < logits.size(); ++token) {
    if (logits[token] > least) kept.ids.push_back(static_cast<int32_t>(token));
  }
  if (kept.ids.size() > most) {
    const auto end = kept.ids.begin() + static_cast<std::ptrdiff_t>(most);
    std::nth_element(kept.ids.begin(), end, kept.ids.end(), [&](int32_t a, int32_t b) {
      const float x = logits[static_cast<size_t>(a)], y = logits[static_cast<size_t>(b)];
      return x != y ? x > y : a < b;
    });
    kept.ids.erase(end, kept.ids.end());
  }
  kept.ids.shrink_to_fit();
  kept.logprobs.reserve(kept.ids.size());
  for (const int32_t id : kept.ids) {
    kept.logprobs.push_back(static_cast<float>(softmax.logprob(static_cast<size_t>(id))));
  }
  kept.lumped = softmax.others(kept.ids);
  return kept;
}

Divergence divergence_from(const KeptPrediction& reference, std::span<const float> logits) {
  const Softmax softmax(logits);
  double nats = 0;
  for (size_t i = 0; i < reference.ids.size(); ++i) {
    const double logprob = reference.logprobs[i];
    nats += std::exp(logprob) * (logprob - softmax.logprob(static_cast<size_t>(reference.ids[i])));
  }
  if (reference.lumped > 0) {
    const double others =
        std::max(softmax.others(reference.ids), std::numeric_limits<double>::min());
    nats += reference.lumped * std::log(reference.lumped / others);
  }
  // Rounding may leave a hair below nothing.
  return {std::max(nats, 0.0), static_cast<size_t>(reference.likeliest) == softmax.likeliest()};
}

}  // namespace paq
