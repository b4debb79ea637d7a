// SPDX-License-Identifier: MIT
#include "label/label_plan.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "label/answer.h"
#include "label/label_order.h"
#include "label/lazy_sample.h"

namespace paq {
namespace {

// Whether a stored answer would be the same now. One that was cut before its limit was cut by a
// context.
bool would_end_there_again(const OutcomeState& stored, int max_tokens, int context_tokens) {
  if (stored.finish != FinishReason::kLength || !stored.tokens || !stored.prompt_tokens) {
    return true;
  }
  return *stored.tokens >= max_tokens || *stored.prompt_tokens + *stored.tokens >= context_tokens;
}

}  // namespace

LabelPlan::LabelPlan(const Ladder& ladder, std::span<const Prompt> prompts,
                     const LabelOptions& options)
    : ladder_(ladder),
      prompts_(prompts),
      options_(options),
      order_(labelling_order(prompts)),
      missing_(ladder.variants.size(), std::vector<bool>(prompts.size(), true)),
      full_(prompts.size(), true),
      settled_at_(prompts.size(), ladder.variants.size()),
      left_(ladder.variants.size(), 0),
      there_(ladder.variants.size(), 0) {
  for (const Variant& variant : ladder.variants) {
    asked_.push_back(options.bits.empty() || std::ranges::count(options.bits, variant.bits) > 0);
  }
  for (const Prompt& prompt : prompts) settings_.push_back(answer_settings(prompt, options));
  if (!options.lazy) return;
  for (size_t i = 0; i < prompts.size(); ++i) full_[i] = is_drawn(prompts[i], *options.lazy);
}

void LabelPlan::look_up(const Store& store, std::span<const int> context_tokens,
                        const std::vector<bool>& known) {
  context_tokens_.assign(context_tokens.begin(), context_tokens.end());
  const auto is_known = [&](size_t prompt) { return known.empty() || known[prompt]; };
  for (size_t variant = 0; variant < variants(); ++variant) {
    for (size_t begin = 0; begin < prompts_.size();) {
      size_t end = begin;
      while (end < prompts_.size() && settings_[end] == settings_[begin] &&
             prompts_[end].task == prompts_[begin].task && is_known(end) == is_known(begin)) {
        ++end;
      }
      if (!is_known(begin)) {
        begin = end;
        continue;
      }
      const int max_tokens = longest_answer(prompts_[begin]);
      const auto good = [&](const OutcomeState& stored) {
        return good_enough(stored, variant, max_tokens);
      };
      const auto group = prompts_.subspan(begin, end - begin);
      std::fill_n(missing_[variant].begin() + static_cast<ptrdiff_t>(begin), group.size(), false);
      for (const size_t i : store.pending(group, source(variant, begin), good)) {
        missing_[variant][begin + i] = true;
      }
      if (options_.lazy) {
        std::vector<bool> settled(group.size(), true);
        for (const size_t i :
             store.pending(group, source(variant, begin), [&](const OutcomeState& stored) {
               return good(stored) && is_settled(stored.perplexity);
             })) {
          settled[i] = false;
        }
        for (size_t i = 0; i < settled.size(); ++i) {
          if (settled[i]) settled_at_[begin + i] = std::min(settled_at_[begin + i], variant);
        }
      }
      begin = end;
    }
  }
  count();
}

void LabelPlan::count() {
  left_.assign(variants(), 0);
  there_.assign(variants(), 0);
  for (size_t variant = 0; variant < variants(); ++variant) {
    for (size_t prompt = 0; prompt < prompts_.size(); ++prompt) {
      there_[variant] += asked_[variant] && !missing_[variant][prompt] ? 1 : 0;
      left_[variant] += is_wanted(variant, prompt) ? 1 : 0;
    }
  }
}

OutcomeSource LabelPlan::source(size_t variant, size_t prompt) const {
  return {bits(variant), ladder_.variants[variant].sha256, settings_[prompt]};
}

bool LabelPlan::is_wanted(size_t variant, size_t prompt) const {
  return asked_[variant] && missing_[variant][prompt] &&
         (full_[prompt] || settled_at_[prompt] >= variant);
}

std::vector<size_t> LabelPlan::pending(size_t variant) const {
  std::vector<size_t> pending;
  for (const size_t prompt : order_) {
    if (is_wanted(variant, prompt)) pending.push_back(prompt);
  }
  return pending;
}

std::vector<std::pair<size_t, size_t>> LabelPlan::in_turns() const {
  std::vector<std::pair<size_t, size_t>> turns;
  for (const size_t prompt : order_) {
    for (size_t variant = 0; variant < variants(); ++variant) {
      if (is_wanted(variant, prompt)) turns.emplace_back(variant, prompt);
    }
  }
  return turns;
}

int64_t LabelPlan::already_there() const {
  return std::accumulate(there_.begin(), there_.end(), int64_t{0});
}

int64_t LabelPlan::left() const { return std::accumulate(left_.begin(), left_.end(), int64_t{0}); }

void LabelPlan::note(size_t variant, size_t prompt, const std::optional<double>& perplexity) {
  if (is_wanted(variant, prompt)) --left_[variant];
  missing_[variant][prompt] = false;
  if (!is_settled(perplexity)) return;
  for (size_t above = variant + 1; above < variants(); ++above) {
    if (is_wanted(above, prompt) && !full_[prompt]) --left_[above];
  }
  settled_at_[prompt] = std::min(settled_at_[prompt], variant);
}

bool LabelPlan::look_again(const Store& store, size_t variant, size_t prompt) {
  std::optional<OutcomeState> found;
  store.pending(prompts_.subspan(prompt, 1), source(variant, prompt), [&](const OutcomeState& at) {
    found = at;
    return true;
  });
  if (!found || !serves(*found, variant, prompt)) return false;
  note(variant, prompt, found->perplexity);
  return true;
}

bool LabelPlan::serves(const OutcomeState& stored, size_t variant, size_t prompt) const {
  return good_enough(stored, variant, longest_answer(prompts_[prompt]));
}

int64_t LabelPlan::spared() const {
  int64_t count = 0;
  for (size_t variant = 0; variant < variants(); ++variant) {
    for (size_t prompt = 0; prompt < prompts_.size(); ++prompt) {
      count += asked_[variant] && missing_[variant][prompt] && !is_wanted(variant, prompt) ? 1 : 0;
    }
  }
  return count;
}

// A variant that is not asked has given the answers that it has.
bool LabelPlan::good_enough(const OutcomeState& stored, size_t variant, int max_tokens) const {
  if (!asked_[variant]) return true;
  if (options_.require_concurrency && stored.concurrency != options_.concurrency) return false;
  // By likelihood, and where the model says nothing at all, there is none to be had.
  const bool has_tokens = max_tokens > 0 && stored.tokens.value_or(1) > 0;
  if (options_.perplexities && has_tokens && !stored.perplexity) return false;
  return would_end_there_again(stored, max_tokens, context_tokens_[variant]);
}

bool LabelPlan::is_settled(const std::optional<double>& perplexity) const {
  return options_.lazy && perplexity && *perplexity <= options_.lazy->tau;
}

}  // namespace paq
