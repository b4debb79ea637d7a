// SPDX-License-Identifier: MIT
// How far the label modes agree with each other and with correctness. Pure; docs/labels.md has the
// definitions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/label_rule.h"
#include "core/outcome.h"
#include "label/roc.h"

namespace paq {

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
  /// By width, and over all widths but the largest, which no teacher-forced mode measures. Of
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
  std::vector<ModePair> pairs;  ///< Of modes with labels, each once.
  std::map<BitWidth, LoopFigures> loops;
};

/// `rules`: one per mode that is to be compared, the first one kPerplexity's. `widths` ascending,
/// two or more. Throws Error(kUsage) for a threshold that a mode can't have.
ModeComparison compare_modes(std::span<const PromptOutcomes> prompts,
                             std::span<const BitWidth> widths, std::span<const LabelRule> rules);

/// Thresholds at which each of the other rules gives the mean bit width nearest to the first
/// rule's, of the measures that occur: labels that cost the same can be held against each other.
/// Rules without measures, and kScore, stay as they are.
std::vector<LabelRule> match_thresholds(std::span<const PromptOutcomes> prompts,
                                        std::span<const BitWidth> widths,
                                        std::span<const LabelRule> rules);

}  // namespace paq
