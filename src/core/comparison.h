// SPDX-License-Identifier: MIT
// How a variant rates the response that the largest one gave, token by token, nothing generated.
// docs/labels.md has the formulas and says how exact each figure is.
#pragma once

#include <optional>
#include <vector>

#include "core/bit_width.h"

namespace paq {

/// Logarithms are natural; means are over the response's tokens, an end-of-turn token included.
struct Comparison {
  BitWidth bits;                          ///< The variant that rates.
  BitWidth reference;                     ///< The variant that gave the response.
  int tokens = 0;                         ///< Of the response, 1 or more.
  double logprob = 0;                     ///< Mean log-probability of the tokens under `bits`.
  double reference_logprob = 0;           ///< Under `reference`, computed in the same way.
  std::optional<double> divergence = {};  ///< Mean KL divergence from the reference, >= 0.
  std::optional<double> agreement = {};  ///< Share of tokens with the same likeliest token, 0 to 1.
  /// Mean probability that the reference gives to tokens which `divergence` treats as one.
  std::optional<double> lumped = {};
  std::vector<float> logprobs = {};  ///< Of each token under `bits`.
};

}  // namespace paq
