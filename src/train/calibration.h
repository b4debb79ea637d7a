// SPDX-License-Identifier: MIT
// Corrections to a trained classifier's logits, found on held-out prompts. Applying them is
// router/calibration.h's business.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "router/calibration.h"

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

/// The rising map from `scores` in [0, 1] to how often `hits` is true, by least squares (pool
/// adjacent violators: Ayer et al., 1955; Zadrozny and Elkan, 2002). Held within 1 / (n + 2) of 0
/// and 1, for n prompts prove no certainty. At least one score.
MonotoneMap fit_isotonic(std::span<const double> scores, const std::vector<bool>& hits);

/// What `method` makes of held-out logits and labels. Without any, probabilities stay as they are.
RouterCalibration fit_calibration(CalibrationMethod method, std::span<const Logits> logits,
                                  std::span<const int> labels);

/// How good probabilities are on prompts that they were not fitted to.
struct CalibrationQuality {
  double loss = 0;  ///< Mean negative log-likelihood, in nats; a probability of 0 counts as 1e-6.
  /// Expected calibration error of P(label <= k): the mean distance between what is said and what
  /// comes true, over ten groups of equally many prompts, averaged over all k but the last.
  double error = 0;
};
CalibrationQuality calibration_quality(const RouterCalibration& calibration,
                                       std::span<const Logits> logits, std::span<const int> labels);

/// Share of rows whose largest logit is the label's; 0 without rows.
double accuracy(std::span<const Logits> logits, std::span<const int> labels);

}  // namespace paq
