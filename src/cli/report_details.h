// SPDX-License-Identifier: MIT
// What a store adds to the page of an evaluation.
#pragma once

#include "core/evaluation.h"
#include "report/page.h"
#include "store/store.h"

namespace paq {

inline constexpr size_t kLostPrompts = 20;

struct PageDetailsOptions {
  /// Whose outcomes: a hash or kImportedVariant; empty: of the one ladder that has some.
  std::string ladder;
  size_t lost_prompts = kLostPrompts;
};

/// Threshold sweep and label modes over the evaluated prompts, and the prompts on which routing
/// lost most with the store's texts. The mode that the evaluation's labels are of has their
/// threshold, all others their usual one. Thresholds, modes and losses stay empty where the
/// evaluation does not have its single decisions, or the store no outcome of its prompts. Answers
/// that the store has with another score by now are left out. Throws as choose_ladder() does where
/// the store has outcomes, but of other ladders.
PageDetails page_details(const Store& store, const Evaluation& evaluation,
                         const PageDetailsOptions& options);

}  // namespace paq
