// SPDX-License-Identifier: MIT
#include "label/threshold_sweep.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/repetition.h"

namespace paq {
namespace {

constexpr double kLeastShares[] = {0.05, 0.02, 0.01, 0};
constexpr double kScoreLoss = 0.01;
constexpr double kDecimals = 1e4;

// What decides over a prompt, flat, for it is looked at once for every threshold.
struct Row {
  std::vector<double> badness;  // One per width but the largest; infinite where it is rejected.
  std::vector<double> scores, seconds;  // One per width; empty where one is missing.
};

// Lower is better, whatever the mode.
double badness_of(const LabelModeSpec& spec, double measure) {
  return spec.lower_is_better ? measure : -measure;
}

std::optional<Row> row_of(const PromptOutcomes& prompt, std::span<const BitWidth> widths,
                          const SweepOptions& options) {
  const LabelModeSpec& spec = label_mode_spec(options.mode);
  Row row;
  for (const BitWidth bits : widths) {
    const auto found = prompt.outcomes.find(bits);
    const Outcome* outcome = found == prompt.outcomes.end() ? nullptr : &found->second;
    if (bits != widths.back()) {
      const auto measure = label_measure(prompt, widths, bits, options.mode);
      if (!measure || std::isnan(*measure) || (options.reject_loops && outcome == nullptr)) {
        return std::nullopt;
      }
      const bool rejected = options.reject_loops && loops(*outcome);
      row.badness.push_back(rejected ? std::numeric_limits<double>::infinity()
                                     : badness_of(spec, *measure));
    }
    if (outcome != nullptr && outcome->score) row.scores.push_back(*outcome->score);
    if (outcome != nullptr && outcome->seconds) row.seconds.push_back(*outcome->seconds);
  }
  if (row.scores.size() < widths.size()) row.scores.clear();
  if (row.seconds.size() < widths.size()) row.seconds.clear();
  return row;
}

// Rounded away from zero badness: what satisfies the exact threshold satisfies the rounded one.
double rounded(double badness) { return std::ceil(badness * kDecimals - 1e-6) / kDecimals; }

// In terms of badness, ascending.
std::vector<double> grid(std::vector<double> measures, const LabelModeSpec& spec,
                         const SweepOptions& options) {
  std::vector<double> grid;
  for (const double threshold : options.also) grid.push_back(badness_of(spec, threshold));
  const size_t steps = static_cast<size_t>(options.points) - 1;
  for (size_t i = 0; i <= steps && !measures.empty(); ++i) {
    grid.push_back(rounded(measures[i * (measures.size() - 1) / steps]));
  }
  const double low = spec.lower_is_better ? spec.low : -spec.high;
  const double high = spec.lower_is_better ? spec.high : -spec.low;
  std::erase_if(grid, [&](double badness) { return !(badness >= low && badness <= high); });
  std::sort(grid.begin(), grid.end());
  grid.erase(std::unique(grid.begin(), grid.end()), grid.end());
  return grid;
}

ThresholdPoint point_at(double badness, std::span<const Row> rows,
                        std::span<const BitWidth> widths) {
  ThresholdPoint point;
  std::vector<int64_t> use(widths.size());
  double score = 0, seconds = 0;
  bool scored = true, timed = true;
  for (const Row& row : rows) {
    const auto good = std::find_if(row.badness.begin(), row.badness.end(),
                                   [&](double measure) { return measure <= badness; });
    const auto k = static_cast<size_t>(good - row.badness.begin());
    ++use[k];
    point.bits += widths[k].bits;
    scored = scored && !row.scores.empty();
    timed = timed && !row.seconds.empty();
    if (scored) score += row.scores[k];
    if (timed) seconds += row.seconds[k];
  }
  const auto all = static_cast<double>(std::max<size_t>(rows.size(), 1));
  for (const int64_t count : use) point.shares.push_back(static_cast<double>(count) / all);
  point.bits /= all;
  if (scored && !rows.empty()) point.score = score / all;
  if (timed && !rows.empty()) point.seconds = seconds / all;
  return point;
}

const ThresholdPoint& nearest(std::span<const ThresholdPoint* const> points, double bits) {
  return **std::min_element(points.begin(), points.end(), [&](const auto* a, const auto* b) {
    return std::fabs(a->bits - bits) < std::fabs(b->bits - bits);
  });
}

}  // namespace

ThresholdSweep sweep_thresholds(std::span<const PromptOutcomes> prompts,
                                std::span<const BitWidth> widths, const SweepOptions& options) {
  if (options.points < 2) {
    throw Error(ErrorCode::kUsage,
                "a sweep needs two points at least, got " + std::to_string(options.points));
  }
  const LabelModeSpec& spec = label_mode_spec(options.mode);
  ThresholdSweep sweep;
  sweep.mode = options.mode;
  sweep.widths.assign(widths.begin(), widths.end());
  std::vector<Row> rows;
  for (const PromptOutcomes& prompt : prompts) {
    if (auto row = row_of(prompt, widths, options)) rows.push_back(std::move(*row));
  }
  // Scores of some prompts only would be those of other prompts at another threshold.
  const bool any_score =
      std::any_of(rows.begin(), rows.end(), [](const Row& row) { return !row.scores.empty(); });
  if (any_score) std::erase_if(rows, [](const Row& row) { return row.scores.empty(); });
  sweep.prompts = static_cast<int64_t>(rows.size());
  sweep.left_out = static_cast<int64_t>(prompts.size()) - sweep.prompts;

  std::vector<double> measures;
  double largest = 0;
  for (const Row& row : rows) {
    measures.insert(measures.end(), row.badness.begin(), row.badness.end());
    if (any_score) largest += row.scores.back();
  }
  if (any_score) sweep.largest_score = largest / static_cast<double>(rows.size());
  std::sort(measures.begin(), measures.end());
  for (const double badness : grid(measures, spec, options)) {
    ThresholdPoint point = point_at(badness, rows, widths);
    point.threshold = spec.lower_is_better ? badness : -badness;
    const auto satisfied = std::upper_bound(measures.begin(), measures.end(), badness);
    if (!measures.empty()) {
      point.position =
          static_cast<double>(satisfied - measures.begin()) / static_cast<double>(measures.size());
    }
    sweep.points.push_back(std::move(point));
  }
  return sweep;
}

std::optional<ThresholdProposal> propose_thresholds(const ThresholdSweep& sweep) {
  ThresholdProposal proposal;
  if (sweep.largest_score) proposal.least_score = *sweep.largest_score - kScoreLoss;
  for (const double least_share : kLeastShares) {
    std::vector<const ThresholdPoint*> good;
    for (const ThresholdPoint& point : sweep.points) {
      const double least = *std::min_element(point.shares.begin(), point.shares.end());
      const bool used = least > 0 && least >= least_share;
      // A score that is lower by rounding alone is not lower.
      const bool accurate =
          !proposal.least_score || (point.score && *point.score >= *proposal.least_score - 1e-9);
      if (used && accurate) good.push_back(&point);
    }
    if (good.empty()) continue;
    proposal.least_share = least_share;
    proposal.conservative = good.front()->threshold;
    proposal.aggressive = good.back()->threshold;
    proposal.medium = nearest(good, (good.front()->bits + good.back()->bits) / 2).threshold;
    return proposal;
  }
  return std::nullopt;
}

}  // namespace paq
