// SPDX-License-Identifier: MIT
// Corrections to a trained classifier's logits, found on held-out prompts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace paq {

using Logits = std::vector<float>;  ///< One per label.

/// What to add to each logit so that a classifier trained under the label shares `trained` decides
/// for prompts whose labels are distributed like `counts`: log(natural / trained) (Saerens et al.,
/// 2002). 0 for labels that were never trained.
std::vector<double> prior_shift(std::span<const int64_t> counts, std::span<const double> trained);

/// Mean negative log-likelihood of `labels` under softmax(logits / temperature), in nats.
double mean_loss(std::span<const Logits> logits, std::span<const int> labels, double temperature);

/// The temperature in [0.25, 4] of the smallest mean_loss (Guo et al., 2017), drawn towards 1 where
/// there are few examples. 1 without any.
double fit_temperature(std::span<const Logits> logits, std::span<const int> labels);

/// Share of rows whose largest logit is the label's; 0 without rows.
double accuracy(std::span<const Logits> logits, std::span<const int> labels);

}  // namespace paq
