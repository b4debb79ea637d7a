// SPDX-License-Identifier: MIT
#include "train/calibration.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

namespace paq {
namespace {

std::vector<double> running_sums(std::span<const float> probabilities) {
  std::vector<double> sums(probabilities.begin(), probabilities.end());
  std::partial_sum(sums.begin(), sums.end(), sums.begin());
  return sums;
}

// Mean distance between probability and frequency over ten groups of like probability.
double grouped_error(std::vector<std::pair<double, bool>>& pairs) {
  constexpr size_t kGroups = 10;
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  double error = 0;
  for (size_t group = 0; group < kGroups; ++group) {
    double difference = 0;
    const size_t end = (group + 1) * pairs.size() / kGroups;
    for (size_t i = group * pairs.size() / kGroups; i < end; ++i) {
      difference += pairs[i].first - (pairs[i].second ? 1.0 : 0.0);
    }
    error += std::abs(difference);
  }
  return error / static_cast<double>(pairs.size());
}

}  // namespace

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

MonotoneMap fit_isotonic(std::span<const double> scores, const std::vector<bool>& hits) {
  // In the precision that they are stored in, so that no two points of the map fall together.
  std::map<float, std::pair<double, double>> by_score;  // hits and prompts
  for (size_t i = 0; i < scores.size(); ++i) {
    auto& [sum, count] = by_score[static_cast<float>(scores[i])];
    sum += hits[i];
    ++count;
  }
  struct Block {
    float first, last;
    double sum, count;
    double mean() const { return sum / count; }
  };
  std::vector<Block> blocks;
  for (const auto& [score, counts] : by_score) {
    blocks.push_back({score, score, counts.first, counts.second});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() >= blocks.back().mean()) {
      const Block last = blocks.back();
      blocks.pop_back();
      Block& merged = blocks.back();
      merged = {merged.first, last.last, merged.sum + last.sum, merged.count + last.count};
    }
  }
  const double margin = 1 / (static_cast<double>(scores.size()) + 2);
  MonotoneMap map;
  for (const Block& block : blocks) {
    const auto y = static_cast<float>(std::clamp(block.mean(), margin, 1 - margin));
    map.x.push_back(block.first);
    map.y.push_back(y);
    if (block.last == block.first) continue;
    map.x.push_back(block.last);
    map.y.push_back(y);
  }
  return map;
}

RouterCalibration fit_calibration(CalibrationMethod method, std::span<const Logits> logits,
                                  std::span<const int> labels) {
  RouterCalibration calibration{.method = method};
  if (method == CalibrationMethod::kNone) return calibration;
  calibration.temperature = fit_temperature(logits, labels);
  if (method != CalibrationMethod::kIsotonic) return calibration;
  if (logits.empty()) return {.method = CalibrationMethod::kTemperature};
  std::vector<std::vector<double>> reached;  // [prompt][k], P(label <= k)
  for (const Logits& row : logits) reached.push_back(running_sums(calibration.probabilities(row)));
  std::vector<MonotoneMap> maps;
  for (size_t k = 0; k + 1 < logits.front().size(); ++k) {
    std::vector<double> scores;
    std::vector<bool> hits;
    for (size_t i = 0; i < logits.size(); ++i) {
      scores.push_back(reached[i][k]);
      hits.push_back(labels[i] <= static_cast<int>(k));
    }
    maps.push_back(fit_isotonic(scores, hits));
  }
  calibration.maps = std::move(maps);
  return calibration;
}

CalibrationQuality calibration_quality(const RouterCalibration& calibration,
                                       std::span<const Logits> logits,
                                       std::span<const int> labels) {
  CalibrationQuality quality;
  if (logits.empty()) return quality;
  const size_t maps = logits.front().size() - 1;
  std::vector<std::vector<std::pair<double, bool>>> said(maps);
  for (size_t i = 0; i < logits.size(); ++i) {
    const std::vector<float> p = calibration.probabilities(logits[i]);
    quality.loss -= std::log(std::max(p[static_cast<size_t>(labels[i])], 1e-6f));
    const std::vector<double> reached = running_sums(p);
    for (size_t k = 0; k < maps; ++k) {
      said[k].emplace_back(reached[k], labels[i] <= static_cast<int>(k));
    }
  }
  quality.loss /= static_cast<double>(logits.size());
  for (auto& pairs : said) quality.error += grouped_error(pairs) / static_cast<double>(maps);
  return quality;
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
