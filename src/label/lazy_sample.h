// SPDX-License-Identifier: MIT
// What a lazy walk (label/labeler.h) left out was not left out at random: of the prompts that it
// was over, those with answers of every variant are the hard ones, and those that it drew
// beforehand. Means over variants may be taken over the latter alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/outcome.h"
#include "label/labeler.h"
#include "store/store.h"

namespace paq {

/// Whether a walk has every variant answer the prompt. By the prompt alone, so that shards of a run
/// and a longer run draw the same ones.
bool is_drawn(const Prompt& prompt, const LazyWalk& walk);

/// The walks that the store has on record, unfinished ones included.
std::vector<LazyWalk> lazy_walks(const Store& store);

struct FairPrompts {
  std::vector<PromptOutcomes> prompts;  ///< In the order given.
  int64_t walked = 0;                   ///< Left out, though they have some outcomes.
};

/// Of each task and split in which some prompts have outcomes of some of the `widths` only, the
/// prompts that one of the walks has drawn; of the others, and without walks, all.
FairPrompts without_walked(std::vector<PromptOutcomes> prompts, std::span<const BitWidth> widths,
                           std::span<const LazyWalk> walks);

}  // namespace paq
