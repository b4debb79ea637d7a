// SPDX-License-Identifier: MIT
#include "label/roc.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

namespace paq {
namespace {

constexpr double kNormal975 = 1.959963984540054;

// For every answer the share of the other kind that it is on the right side of, ties half.
std::vector<double> placements(std::span<const MeasuredAnswer> sorted, const RocArea& counts) {
  std::vector<double> placements(sorted.size());
  double right_below = 0, wrong_below = 0;
  const auto right = static_cast<double>(counts.right), wrong = static_cast<double>(counts.wrong);
  for (size_t begin = 0; begin < sorted.size();) {
    size_t end = begin;
    double right_here = 0, wrong_here = 0;
    while (end < sorted.size() && sorted[end].measure == sorted[begin].measure) {
      (sorted[end].right ? right_here : wrong_here) += 1;
      ++end;
    }
    for (size_t i = begin; i < end; ++i) {
      placements[i] = sorted[i].right ? (wrong - wrong_below - wrong_here / 2) / wrong
                                      : (right_below + right_here / 2) / right;
    }
    right_below += right_here;
    wrong_below += wrong_here;
    begin = end;
  }
  return placements;
}

// Sums over the answers to one prompt of placements less the area, right and wrong ones apart.
struct Cluster {
  double right = 0, wrong = 0;
  bool has_right = false, has_wrong = false;
};

double standard_error(std::span<const MeasuredAnswer> sorted, std::span<const double> placements,
                      const RocArea& counts) {
  std::map<size_t, Cluster> clusters;
  for (size_t i = 0; i < sorted.size(); ++i) {
    Cluster& cluster = clusters[sorted[i].prompt];
    (sorted[i].right ? cluster.right : cluster.wrong) += placements[i] - counts.area.value;
    (sorted[i].right ? cluster.has_right : cluster.has_wrong) = true;
  }
  double with_right = 0, with_wrong = 0, squares_right = 0, squares_wrong = 0, products = 0;
  for (const auto& [prompt, cluster] : clusters) {
    with_right += cluster.has_right;
    with_wrong += cluster.has_wrong;
    squares_right += cluster.right * cluster.right;
    squares_wrong += cluster.wrong * cluster.wrong;
    products += cluster.right * cluster.wrong;
  }
  if (with_right < 2 || with_wrong < 2) return std::numeric_limits<double>::infinity();
  const auto right = static_cast<double>(counts.right), wrong = static_cast<double>(counts.wrong);
  const auto all = static_cast<double>(clusters.size());
  const double variance = with_right / (with_right - 1) * squares_right / (right * right) +
                          with_wrong / (with_wrong - 1) * squares_wrong / (wrong * wrong) +
                          2 * all / (all - 1) * products / (right * wrong);
  return std::sqrt(std::max(variance, 0.0));
}

}  // namespace

RocArea roc_area(std::span<const MeasuredAnswer> answers) {
  std::vector<MeasuredAnswer> sorted(answers.begin(), answers.end());
  RocArea roc;
  for (MeasuredAnswer& answer : sorted) {
    if (std::isnan(answer.measure)) answer.measure = std::numeric_limits<double>::infinity();
    ++(answer.right ? roc.right : roc.wrong);
  }
  if (!roc.is_defined()) return roc;
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.measure < b.measure; });
  const std::vector<double> shares = placements(sorted, roc);
  double sum = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i].right) sum += shares[i];
  }
  roc.area.value = sum / static_cast<double>(roc.right);
  const double margin = kNormal975 * standard_error(sorted, shares, roc);
  roc.area.low = std::max(0.0, roc.area.value - margin);
  roc.area.high = std::min(1.0, roc.area.value + margin);
  return roc;
}

}  // namespace paq
