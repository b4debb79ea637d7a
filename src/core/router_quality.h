// SPDX-License-Identifier: MIT
// What a router is worth, in figures: against its labels, against its own probabilities, against
// the oracle, and as a curve of quality over cost. docs/evaluation.md has every formula.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/bit_width.h"
#include "core/estimate.h"

namespace paq {

/// The router's choices of one width, held against the labels. Absent where the denominator is 0.
struct ClassQuality {
  std::optional<double> precision = {};  ///< Of the labelled prompts sent there, with that label.
  std::optional<double> recall = {};     ///< Of the prompts with that label, sent there.
  std::optional<double> f1 = {};
  int64_t labelled = 0, chosen = 0;  ///< Labelled prompts with that label; sent there.
};

/// Labelled prompts whose choice had a probability in (low, high].
struct ReliabilityBin {
  double low = 0, high = 0;
  int64_t n = 0;
  double confidence = 0, accuracy = 0;  ///< Means over the bin; 0 where n is 0.
};

/// Do prompts routed with probability p have that label in a share p of the cases?
struct Calibration {
  double expected_error = 0;  ///< ECE: mean of |accuracy - confidence|, bins weighted by n.
  double log_loss = 0;        ///< Mean of -log p(label), in nats.
  double brier = 0;           ///< Mean of sum_k (p_k - [k is the label])^2, 0 to 2.
  double confidence = 0;      ///< Mean probability of the choice.
  std::vector<ReliabilityBin> bins = {};  ///< Of equal width from 0 to 1, ascending.
};

/// Where the router stands between the best fixed width and the oracle.
struct Headroom {
  BitWidth best_fixed = {};  ///< Best score on these very prompts; of equals the cheapest.
  Estimate available = {};   ///< Oracle's score less the best fixed width's.
  /// (router - best fixed) / available. 1: the oracle; 0: the best fixed width; negative: worse.
  /// Absent where nothing is available, or so little that the share's interval is wider than 1.
  std::optional<Estimate> captured = {};
};

/// What the choices cost against the oracle's. Shares and means are means over tasks.
struct Regret {
  Estimate score = {};                   ///< Oracle's score less the router's, >= 0.
  std::optional<Estimate> seconds = {};  ///< Router's time less the oracle's.
  double under_routed = 0;               ///< Share of prompts that another width scores higher on.
  double over_routed = 0;  ///< Share with the best score, though a cheaper width has it too.
};

/// The router at one confidence: the smallest width that suffices with a probability above it.
struct SweepPoint {
  double confidence = 0;
  double score = 0;
  std::optional<double> seconds_mean = {};  ///< The router's time included.
  double bits_mean = 0;
  std::map<BitWidth, double> shares = {};
};

/// Quality over cost between the cheapest fixed width and the best one: 0 is the cheapest's score
/// at every cost, 1 the best's; a blind mix of the two has an area of 0.5.
struct CostQuality {
  bool cost_is_seconds = false;  ///< Else bits, where there are no times.
  BitWidth cheapest = {}, best = {};
  Estimate area = {};        ///< Of the router over all confidences.
  Estimate fixed_area = {};  ///< Of the fixed widths and their blind mixes.
  Estimate gain = {};        ///< area - fixed_area: what knowing the prompt is worth.
  /// Share of the way from the cheapest's cost to the best's at which the router has recovered 50
  /// and 80 % of the way from the cheapest's score to the best's. Absent where the best is cheaper.
  std::optional<double> cost_for_50 = {}, cost_for_80 = {};
};

struct RouterQuality {
  double label_accuracy = 0;     ///< Share of labelled prompts routed to their label's width.
  double majority_baseline = 0;  ///< Of always answering the commonest label of these prompts.
  std::vector<std::vector<int64_t>> confusion;  ///< [label][choice], in the order of the widths.
  int64_t unlabelled = 0;   ///< Prompts without a label, for want of a perplexity; not counted.
  double seconds_mean = 0;  ///< Of the router alone.

  std::optional<double> seconds_median = {}, seconds_p95 = {};  ///< Of the router alone.
  std::optional<Estimate> agreement = {};  ///< label_accuracy with its interval.
  std::map<BitWidth, ClassQuality> classes = {};
  std::optional<Calibration> calibration = {};  ///< Absent without probabilities or labels.
  std::optional<Headroom> headroom = {};
  std::optional<Regret> regret = {};
  std::vector<SweepPoint> sweep = {};  ///< Confidence ascending; empty without probabilities.
  std::optional<CostQuality> cost_quality = {};  ///< Absent also where the cheapest is the best.
};

}  // namespace paq
