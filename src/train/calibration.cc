// SPDX-License-Identifier: MIT
#include "train/calibration.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace paq {

std::vector<double> prior_shift(std::span<const int64_t> counts, std::span<const double> trained) {
  // Half a prompt more per label: one that is absent here may still occur.
  const double total =
      std::accumulate(counts.begin(), counts.end(), 0.0) + 0.5 * static_cast<double>(counts.size());
  std::vector<double> shift;
  for (size_t k = 0; k < counts.size(); ++k) {
    const double natural = (static_cast<double>(counts[k]) + 0.5) / total;
    shift.push_back(trained[k] > 0 ? std::log(natural / trained[k]) : 0);
  }
  return shift;
}

double mean_loss(std::span<const Logits> logits, std::span<const int> labels, double temperature) {
  double sum = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    const double largest = *std::max_element(logits[i].begin(), logits[i].end());
    double normaliser = 0;
    for (const float logit : logits[i]) normaliser += std::exp((logit - largest) / temperature);
    const double own = logits[i][static_cast<size_t>(labels[i])];
    sum += std::log(normaliser) - (own - largest) / temperature;
  }
  return logits.empty() ? 0 : sum / static_cast<double>(logits.size());
}

double fit_temperature(std::span<const Logits> logits, std::span<const int> labels) {
  if (logits.empty()) return 1;
  // Golden-section search over log temperature; the loss is unimodal in it.
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  double low = std::log(0.25), high = std::log(4.0);
  // A handful of prompts that are all decided rightly would ask for certainty: a normal prior of
  // deviation 1/2 on log temperature holds it near 1 until there is evidence.
  const double count = static_cast<double>(logits.size());
  const auto loss = [&](double t) {
    return count * mean_loss(logits, labels, std::exp(t)) + 2 * t * t;
  };
  for (int i = 0; i < 40; ++i) {
    const double left = high - ratio * (high - low);
    const double right = low + ratio * (high - low);
    if (loss(left) < loss(right)) {
      high = right;
    } else {
      low = left;
    }
  }
  return std::exp((low + high) / 2);
}

double accuracy(std::span<const Logits> logits, std::span<const int> labels) {
  size_t right = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    const auto best = std::max_element(logits[i].begin(), logits[i].end()) - logits[i].begin();
    right += best == labels[i];
  }
  return logits.empty() ? 0 : static_cast<double>(right) / static_cast<double>(logits.size());
}

}  // namespace paq
