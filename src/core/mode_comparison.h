// SPDX-License-Identifier: MIT
// How far label modes agree with each other and with correctness: the figures, as
// label/mode_comparison.h computes and report/modes.h renders them. docs/labels.md has the
// definitions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/estimate.h"
#include "core/label_rule.h"

namespace paq {

struct RocArea {
  /// Probability that a right answer has a lower measure than a wrong one, a tie counting half:
  /// 0.5 is chance, 1 a clean cut. The interval is that of Obuchowski (1997), which for one answer
  /// a prompt is DeLong's (1988), within 0 and 1. 0.5, 0 and 1 where all or none are right.
  Estimate area = {0.5, 0, 1};
  int64_t right = 0, wrong = 0;

  bool is_defined() const { return right > 0 && wrong > 0; }
};

/// How a mode's measure tells good answers of one width from bad ones.
struct ModeAreas {
  RocArea right;     ///< Good is a score of at least 0.5.
  RocArea adequate;  ///< Good is a score that does not fall short of the largest variant's.
};

struct ModeFigures {
  LabelRule rule;
  int64_t labelled = 0;  ///< Of all prompts.
  /// Over the prompts that every mode with labels has a label for, if each were answered by its
  /// label's variant. A key for every width.
  std::map<BitWidth, int64_t> use;
  std::optional<double> score, seconds;  ///< Means.
  double bits = 0;
  /// By width, and over all widths but the largest, which no teacher-forced mode measures: over the
  /// answers that have a score and a measure of every mode that measures answers of that width. Of
  /// kScore none, for it is what the others are held against.
  std::map<BitWidth, ModeAreas> areas;
  std::optional<ModeAreas> pooled;
};

/// Two modes on the prompts that both have a label for.
struct ModePair {
  LabelMode a, b;
  int64_t prompts = 0;
  double agreement = 0;              ///< Share of equal labels.
  std::optional<double> kappa = {};  ///< Cohen's (1960); absent where chance alone agrees fully.
};

/// Responses of one width that end in a loop (core/repetition.h).
struct LoopFigures {
  int64_t answers = 0, loops = 0;
  std::optional<double> perplexity, other_perplexity;  ///< Median of loops, and of the others.
  std::optional<double> score, other_score;            ///< Means.
  int64_t accepted = 0;  ///< Loops that the perplexity mode's rule calls good enough.
};

struct ModeComparison {
  int64_t prompts = 0;
  int64_t common = 0;  ///< Those that every mode with labels has a label for.
  std::vector<ModeFigures> modes;
  std::vector<ModePair> pairs;  ///< Of modes with labels, each once: a before b in `modes`.
  std::map<BitWidth, LoopFigures> loops;
};

/// Modes that have labels; with fewer than two there is nothing to hold against each other.
inline int64_t labelling_modes(const ModeComparison& comparison) {
  int64_t count = 0;
  for (const ModeFigures& figures : comparison.modes) count += figures.labelled > 0;
  return count;
}

}  // namespace paq
