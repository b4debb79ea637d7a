// SPDX-License-Identifier: MIT
// How far one variant's prediction of a token is from another's. Pure.
//
// The figures of llama.cpp's perplexity tool (--kl-divergence), but computed from full logits. A
// reference prediction is kept as its likeliest tokens and one figure for the rest, so that those
// of many tokens fit into memory; docs/labels.md says what that can cost.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace paq {

/// Most tokens of a reference prediction that are kept, and how likely they must be: e^-16, below
/// which llama.cpp leaves tokens out of its sum.
inline constexpr size_t kKeptTokens = 512;
inline constexpr double kLeastKeptLogprob = -16;

/// The likeliest tokens of a prediction, in no order: 8 bytes each.
struct KeptPrediction {
  std::vector<int32_t> ids;
  std::vector<float> logprobs;  ///< Natural, normalised over the whole vocabulary.
  double lumped = 0;            ///< Probability of all other tokens together.
  int32_t likeliest = 0;        ///< The first of equals.
};

/// From logits over the vocabulary [V], V >= 1.
KeptPrediction keep_prediction(std::span<const float> logits, size_t most = kKeptTokens);

struct Divergence {
  /// KL divergence of the prediction from the reference, sum of p log(p / q) over the kept tokens
  /// and over the others taken as one, >= 0, in nats. The divergence over all tokens is larger by
  /// lumped * KL(reference's others, normalised, from the prediction's), which is >= 0 too.
  double nats = 0;
  bool same_likeliest = false;
};

/// `logits` over the same vocabulary.
Divergence divergence_from(const KeptPrediction& reference, std::span<const float> logits);

}  // namespace paq
