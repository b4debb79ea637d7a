// SPDX-License-Identifier: MIT
// How prompts with a common beginning share its cells.
//
// In a unified KV cache a cell can belong to any number of sequences, so that a beginning that is
// there is taken over without computing or copying anything. A new prompt takes the longest
// beginning that it shares with any sequence in the cache, also one that is still being computed:
// it waits for that. When a sequence ends, as much of its prompt stays as a waiting prompt shares
// and no other sequence holds; it goes when nobody waits for it any more, or when its cells or its
// place are needed.
#include <algorithm>
#include <utility>

#include "engine/variant_scheduler.h"

namespace paq {
namespace {

// Fewer tokens, such as the opening of a chat template, are no reason to wait for others or to
// hold a place.
constexpr size_t kWorthSharing = 16;

}  // namespace

// The sequence that has or will have most of `prompt`, but for its last token, whose logits are
// wanted; among kept ones and the first `before` of the running.
VariantScheduler::Origin VariantScheduler::find_origin(TokenSpan prompt, size_t before) {
  Origin best;
  if (!options_.share_prefixes || !model_->can_share_prefixes()) return best;
  const TokenSpan most = prompt.first(prompt.size() - 1);
  best.shared = kWorthSharing - 1;
  for (KeptPrefix& kept : kept_) {
    const size_t shared = shared_beginning(most, kept.tokens);
    if (shared > best.shared) best = {.running = nullptr, .kept = &kept, .shared = shared};
  }
  for (size_t i = 0; i < before; ++i) {
    const Sequence& sequence = *running_[i];
    if (sequence.ended || sequence.continuation) continue;
    const size_t shared = shared_beginning(most, sequence.prompt_tokens());
    const bool sooner = best.running != nullptr && shared == best.shared &&
                        best.running->fed < shared && sequence.fed >= shared;
    if (shared > best.shared || sooner) {
      best = {.running = &sequence, .kept = nullptr, .shared = shared};
    }
  }
  return best.running != nullptr || best.kept != nullptr ? best : Origin{};
}

const CellTree::Path& VariantScheduler::cells_of(const Origin& origin) const {
  static const CellTree::Path kNone;
  if (origin.kept != nullptr) return origin.kept->cells;
  return origin.running != nullptr ? origin.running->cells : kNone;
}

// Whether a place and so many cells are free, once what is kept has gone as far as it must;
// `spared` stays.
bool VariantScheduler::make_room(int64_t cells, const KeptPrefix* spared) {
  while (free_slots_.empty() || cells_.used() + cells > source_.cache_tokens) {
    const auto oldest =
        std::ranges::find_if(kept_, [&](const KeptPrefix& kept) { return &kept != spared; });
    if (oldest == kept_.end()) return false;
    drop_kept(oldest);
  }
  return true;
}

// Gives sequences what they wait for, as far as it is computed.
void VariantScheduler::share_computed() {
  for (size_t i = 0; i < running_.size(); ++i) {
    Sequence& sequence = *running_[i];
    if (sequence.ended || !sequence.waits_for_source()) continue;
    const auto source = std::ranges::find_if(
        running_, [&](const auto& other) { return other->number == sequence.source; });
    if (source != running_.end() && !(*source)->ended) {
      if ((*source)->fed >= sequence.shared) take_shared(sequence, (*source)->slot);
      continue;
    }
    // It ended before it came so far. Only what was let in earlier may be waited for.
    const Origin other = find_origin(sequence.prompt_tokens(), i);
    sequence.shared = other.shared;
    if (other.kept != nullptr) take_shared(sequence, other.kept->slot);
    if (other.running != nullptr) sequence.source = other.running->number;
  }
}

void VariantScheduler::take_shared(Sequence& sequence, llama_seq_id from) {
  model_->share_sequence(from, sequence.slot, sequence.shared);
  sequence.fed = sequence.shared;
  stats_.reused_tokens += static_cast<int64_t>(sequence.shared);
}

// Gives back what the sequence holds; the caller removes it from running_.
void VariantScheduler::release(Sequence& sequence, bool may_keep) {
  for (const auto& other : running_) {
    if (other->ended || !other->waits_for_source() || other->source != sequence.number) continue;
    if (may_keep && sequence.fed >= other->shared) take_shared(*other, sequence.slot);
  }
  sequence.ended = true;
  if (!may_keep || !keep(sequence)) {
    model_->forget_sequence(sequence.slot);
    free_slots_.insert(sequence.slot);
  }
  if (sequence.holds_reserve) sequence.scoring->reserve = std::move(sequence.cells);
  sequence.cells.reset();
}

bool VariantScheduler::keep(const Sequence& sequence) {
  if (!options_.share_prefixes || !model_->can_share_prefixes() || sequence.continuation) {
    return false;
  }
  const size_t computed = std::min(sequence.fed, sequence.prompt);
  const size_t wanted =
      std::min(waiting_prompts_.longest_shared(sequence.prompt_tokens()), computed);
  const TokenSpan prefix = sequence.prompt_tokens().first(wanted);
  if (wanted < kWorthSharing || held_elsewhere(prefix, sequence.number)) return false;
  model_->truncate_sequence(sequence.slot, wanted);
  kept_.push_back({.number = sequence.number,
                   .slot = sequence.slot,
                   .tokens = {prefix.begin(), prefix.end()},
                   .cells = cells_.extend(sequence.cells, static_cast<int64_t>(wanted), 0)});
  return true;
}

bool VariantScheduler::held_elsewhere(TokenSpan prefix, uint64_t number) const {
  const auto holds = [&](TokenSpan tokens) {
    return shared_beginning(prefix, tokens) == prefix.size();
  };
  return std::ranges::any_of(
             kept_,
             [&](const KeptPrefix& kept) { return kept.number != number && holds(kept.tokens); }) ||
         std::ranges::any_of(running_, [&](const auto& other) {
           return !other->ended && !other->continuation && other->number != number &&
                  holds(other->prompt_tokens());
         });
}

// Drops and shortens what no waiting prompt shares any more.
void VariantScheduler::prune_kept() {
  for (auto kept = kept_.begin(); kept != kept_.end();) {
    const auto here = kept++;
    const size_t wanted =
        std::min(waiting_prompts_.longest_shared(here->tokens), here->tokens.size());
    if (wanted < kWorthSharing ||
        held_elsewhere(TokenSpan(here->tokens).first(wanted), here->number)) {
      drop_kept(here);
    } else if (wanted < here->tokens.size()) {
      model_->truncate_sequence(here->slot, wanted);
      here->tokens.resize(wanted);
      here->cells = cells_.extend(here->cells, static_cast<int64_t>(wanted), 0);
    }
  }
}

void VariantScheduler::drop_kept(std::list<KeptPrefix>::iterator kept) {
  model_->forget_sequence(kept->slot);
  free_slots_.insert(kept->slot);
  kept_.erase(kept);
}

}  // namespace paq
