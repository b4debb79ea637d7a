// SPDX-License-Identifier: MIT
// Which prompts every variant has yet to answer. Knows the store, not the engine's work.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/ladder.h"
#include "core/prompt.h"
#include "label/labeler.h"
#include "store/store.h"

namespace paq {

/// Prompts and variants are indexes. All arguments must outlive it.
class LabelPlan {
 public:
  /// `prompts` are in the store, sorted by task, each once.
  LabelPlan(const Ladder& ladder, std::span<const Prompt> prompts, const LabelOptions& options);

  /// Looks up what is there. `context_tokens` are those of each variant that is asked: an answer
  /// that a shorter context has cut is missing. `known` says which prompts the store has; empty:
  /// all.
  void look_up(const Store& store, std::span<const int> context_tokens,
               const std::vector<bool>& known = {});

  /// In place of that where there is no store: everything is missing.
  void count();

  size_t variants() const { return ladder_.variants.size(); }
  bool asked(size_t variant) const { return asked_[variant]; }
  BitWidth bits(size_t variant) const { return ladder_.variants[variant].bits; }
  const Prompt& prompt(size_t index) const { return prompts_[index]; }

  /// Whether an outcome is to be had, as far as is known now.
  bool is_wanted(size_t variant, size_t prompt) const;

  /// What an outcome of the prompt belongs to.
  OutcomeSource source(size_t variant, size_t prompt) const;

  /// Outcomes that are to be had from `variant`, in the order to ask for them. Walking the ladder,
  /// those of the variants below decide with; they should be there by then.
  std::vector<size_t> pending(size_t variant) const;

  /// Every outcome to be had, a variant after the other for each prompt.
  std::vector<std::pair<size_t, size_t>> in_turns() const;

  /// Outcomes yet to be had as far as is known now: walking the ladder, at most as many.
  int64_t left() const;
  int64_t left(size_t variant) const { return left_[variant]; }

  /// An outcome that was looked for is there now, with its perplexity where it has one, or can't be
  /// had.
  void note(size_t variant, size_t prompt, const std::optional<double>& perplexity);

  /// Whether somebody else has stored it since it was looked up; it is noted then.
  bool look_again(const Store& store, size_t variant, size_t prompt);

  /// Whether a stored outcome of the prompt is the one that is to be had.
  bool serves(const OutcomeState& stored, size_t variant, size_t prompt) const;

  /// Outcomes of variants that are asked which are missing and not wanted, since a smaller variant
  /// was good enough.
  int64_t spared() const;

  int64_t already_there() const;
  int64_t there(size_t variant) const { return there_[variant]; }

  /// Whether every variant answers the prompt, though the ladder is walked.
  bool is_in_full_sample(size_t prompt) const { return full_[prompt]; }

 private:
  bool good_enough(const OutcomeState& stored, size_t variant, int max_tokens) const;
  bool is_settled(const std::optional<double>& perplexity) const;

  const Ladder& ladder_;
  std::span<const Prompt> prompts_;
  const LabelOptions& options_;
  std::vector<size_t> order_;
  std::vector<bool> asked_;                 // Of each variant.
  std::vector<int> context_tokens_;         // Likewise, where they are asked.
  std::vector<std::string> settings_;       // Of each prompt.
  std::vector<std::vector<bool>> missing_;  // [variant][prompt]
  std::vector<bool> full_;
  std::vector<size_t> settled_at_;     // The smallest variant at or under tau; variants() for none.
  std::vector<int64_t> left_, there_;  // Of each variant.
};

}  // namespace paq
