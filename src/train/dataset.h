// SPDX-License-Identifier: MIT
// From stored outcomes to what a router is trained and validated on. Pure; every choice follows
// from a seed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/bit_width.h"
#include "core/label_rule.h"
#include "core/outcome.h"
#include "core/passage.h"

namespace paq {

/// A prompt as the router sees it, with the class it should be given.
struct Example {
  std::string text;
  std::string task;
  int label = 0;  ///< Index into the ascending bit widths.

  bool operator==(const Example&) const = default;
};

PassageKeys passage_keys(std::span<const Example> examples);

/// The paper's labels for `tau`; prompts that cannot be labelled are left out.
std::vector<Example> label_examples(std::span<const PromptOutcomes> prompts,
                                    std::span<const BitWidth> widths, double tau);
/// Likewise for any rule.
std::vector<Example> label_examples(std::span<const PromptOutcomes> prompts,
                                    std::span<const BitWidth> widths, const LabelRule& rule);

/// Drops examples whose text or passage (core/passage.h) is that of one of `texts` (the test
/// set's), keeping the order. Returns how many.
int64_t remove_texts(std::vector<Example>& examples, const std::unordered_set<std::string>& texts);

/// Keeps at most `limit` examples of every task, chosen by `seed`, in their order.
std::vector<Example> limit_per_task(std::vector<Example> examples, int64_t limit, uint64_t seed);

struct SplitShares {
  double validation = 0.1;
  double calibration = 0;  ///< May be 0: no such prompts. So may the next.
  double policy = 0;
};

struct Split {
  std::vector<Example> training;
  std::vector<Example> validation;   ///< Chooses the epoch.
  std::vector<Example> calibration;  ///< Fits the calibration.
  std::vector<Example> policy;       ///< Chooses nothing: policies take their thresholds from it.
};

/// Splits by a hash of passage (core/passage.h) and seed: what shares a passage, or the whole text,
/// is always on the same side, whatever else is in the set. The shares lie in (0, 1), their sum
/// too.
Split split_examples(std::vector<Example> examples, const SplitShares& shares, uint64_t seed);

/// How many examples each of `labels` classes has.
std::vector<int64_t> count_labels(std::span<const Example> examples, int labels);

struct Balanced {
  std::vector<Example> examples;     ///< In their order.
  std::vector<float> class_weights;  ///< One per label, 0 where a label has no example.
  std::vector<double> prior;         ///< Share of each label as the loss sees it; sums to 1.
};

/// Down-samples every label to the size of the rarest one, as the paper does, but never below
/// `keep` examples: a label met ten times must not leave a training set of forty. What inequality
/// remains is evened out by class weights, within a factor of `kMaxClassWeight`.
Balanced balance_labels(std::vector<Example> examples, int labels, int64_t keep, uint64_t seed);

/// Every prompt counts the same; the prior follows.
void drop_class_weights(Balanced& balanced);

/// Weights beyond this would let a handful of examples steer the whole.
inline constexpr float kMaxClassWeight = 8;

/// SHA-256 over texts, tasks and labels, in order.
std::string hash_examples(std::span<const Example> examples);

}  // namespace paq
