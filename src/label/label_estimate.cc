// SPDX-License-Identifier: MIT
#include "label/label_estimate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "core/error.h"
#include "core/random.h"
#include "label/label_plan.h"
#include "label/label_sample.h"
#include "label/prepare.h"
#include "tasks/task.h"

namespace paq {
namespace {

// What a row costs besides its texts: keys, hashes, times, indexes and the share of pages that is
// empty. A test compares the sum with stores.
constexpr double kBytesOfPrompt = 300, kBytesOfOutcome = 230, kBytesOfToken = 5;

double text_bytes(const Prompt& prompt) {
  size_t bytes = prompt.reference.code.test.size() + prompt.reference.code.prompt.size();
  for (const Message& message : prompt.messages) bytes += message.content.size();
  for (const auto* texts : {&prompt.reference.answers, &prompt.reference.choices}) {
    for (const std::string& text : *texts) bytes += text.size();
  }
  return static_cast<double>(bytes);
}

// Which of the prompts the store has as they are.
std::vector<bool> known_prompts(const Store* store, std::span<const Prompt> prompts) {
  std::vector<bool> known(prompts.size(), false);
  if (store == nullptr) return known;
  std::set<std::string> tasks;
  for (const Prompt& prompt : prompts) tasks.insert(prompt.task);
  std::map<std::tuple<std::string, std::string, std::string>, std::string> hashes;
  for (const Prompt& prompt :
       store->prompts({.tasks = {tasks.begin(), tasks.end()}, .split = ""})) {
    hashes[{prompt.task, prompt.split, prompt.id}] = prompt_hash(prompt);
  }
  for (size_t i = 0; i < prompts.size(); ++i) {
    const Prompt& prompt = prompts[i];
    const auto found = hashes.find({prompt.task, prompt.split, prompt.id});
    known[i] = found != hashes.end() && found->second == prompt_hash(prompt);
  }
  return known;
}

// Sums over answered prompts.
struct Sums {
  int64_t count = 0;
  int64_t refused = 0;  // Too long for the context, or refused by the model's template.
  double seconds = 0, tokens = 0, prompt_tokens = 0, response_bytes = 0;
};

// Prompts for which the store lacks the same variants. Walking the ladder, what becomes of some of
// them tells how many go on.
struct Group {
  std::vector<size_t> sample = {};   // Prompts that stand for all of them.
  std::vector<size_t> pending = {};  // Of the variant at hand.
  double expected = 0;               // As many of these as will be asked.
};

class Estimator {
 public:
  Estimator(Engine& engine, const LabelPlan& plan, size_t prompts, const EstimateOptions& options)
      : plan_(plan),
        how_(options.label),
        wanted_(options.sample > 0 ? static_cast<size_t>(options.sample)
                                   : std::max<size_t>(16, 4 * places())),
        random_(options.seed, "dry run"),
        sampler_(engine, plan, options.label),
        begins_at_(prompts, plan.variants()),
        settled_(prompts, false) {}

  // Adds what `variant`, whose turn comes after all smaller ones, will take; the bytes of its
  // outcomes are returned.
  double add(size_t variant, LabelEstimate& estimate);

 private:
  size_t places() const { return static_cast<size_t>(how_.concurrency); }

  // By the variant that asks its prompts first, which without a walk is any.
  std::map<size_t, Group*> groups_of(size_t variant);
  double share_that_walks(const Group& group) const;
  std::vector<size_t> walkers(const Group& group, size_t variant) const;
  std::vector<size_t> sample_of(size_t variant, const std::map<size_t, Group*>& groups) const;

  const LabelPlan& plan_;
  const LabelOptions& how_;
  const size_t wanted_;
  const Random random_;
  LabelSampler sampler_;
  std::vector<size_t> begins_at_;  // Of each prompt.
  std::vector<bool> settled_;      // Of each prompt, by an answer of the sample.
  std::map<size_t, Group> groups_;
};

std::map<size_t, Group*> Estimator::groups_of(size_t variant) {
  for (auto& [begin, group] : groups_) group.pending.clear();
  for (const size_t prompt : plan_.pending(variant)) {
    if (!how_.lazy || begins_at_[prompt] == plan_.variants()) begins_at_[prompt] = variant;
    groups_[begins_at_[prompt]].pending.push_back(prompt);
  }
  std::map<size_t, Group*> groups;
  for (auto& [begin, group] : groups_) {
    if (group.pending.empty()) continue;
    if (begin == variant) group.sample = spread_sample(group.pending, wanted_, random_);
    const auto certain =
        begin == variant ? static_cast<double>(group.pending.size())
                         : static_cast<double>(std::ranges::count_if(group.pending, [&](size_t p) {
                             return plan_.is_in_full_sample(p);
                           }));
    const double others = static_cast<double>(group.pending.size()) - certain;
    group.expected = certain + others * share_that_walks(group);
    groups[begin] = &group;
  }
  return groups;
}

// Of the group's prompts that a smaller variant can spare the others.
double Estimator::share_that_walks(const Group& group) const {
  int64_t all = 0, walk = 0;
  for (const size_t prompt : group.sample) {
    if (plan_.is_in_full_sample(prompt)) continue;
    ++all;
    walk += !settled_[prompt];
  }
  return all == 0 ? 1 : static_cast<double>(walk) / static_cast<double>(all);
}

// Of the group's sample; where it has none though some are to be asked, others of the group.
std::vector<size_t> Estimator::walkers(const Group& group, size_t variant) const {
  std::vector<size_t> walkers;
  for (const size_t prompt : group.sample) {
    if (plan_.is_wanted(variant, prompt) &&
        (plan_.is_in_full_sample(prompt) || !settled_[prompt])) {
      walkers.push_back(prompt);
    }
  }
  if (!walkers.empty() || group.expected < 0.5) return walkers;
  std::vector<size_t> others;
  for (const size_t prompt : group.pending) {
    if (plan_.is_in_full_sample(prompt)) others.push_back(prompt);
  }
  return spread_sample(others.empty() ? group.pending : others, wanted_, random_);
}

// Those that will be asked come first. Where few of them are in the sample, prompts that will not
// be asked keep the other places busy, as in the run.
std::vector<size_t> Estimator::sample_of(size_t variant,
                                         const std::map<size_t, Group*>& groups) const {
  std::vector<size_t> sample, others;
  double expected = 0;
  for (const auto& [begin, group] : groups) {
    expected += group->expected;
    const std::vector<size_t> some = walkers(*group, variant);
    sample.insert(sample.end(), some.begin(), some.end());
    for (const size_t prompt : group->sample) {
      if (plan_.is_wanted(variant, prompt) && std::ranges::count(some, prompt) == 0) {
        others.push_back(prompt);
      }
    }
  }
  if (sample.empty()) return sample;
  const size_t busy = std::min(places(), static_cast<size_t>(std::ceil(expected)));
  for (size_t i = 0; i < others.size() && sample.size() < busy; ++i) sample.push_back(others[i]);
  return sample;
}

double Estimator::add(size_t variant, LabelEstimate& estimate) {
  VariantEstimate& of = estimate.variants.emplace_back();
  of.bits = plan_.bits(variant);
  of.there = plan_.there(variant);
  const std::map<size_t, Group*> groups = groups_of(variant);
  const std::vector<size_t> sample = sample_of(variant, groups);
  const LabelSample answers = sampler_.answer(variant, sample);
  of.sampled = static_cast<int64_t>(answers.answered.size());
  std::map<size_t, Sums> sums;
  for (const auto& [prompt, completion] : answers.answered) {
    const bool counts = plan_.is_in_full_sample(prompt) || !settled_[prompt];
    if (how_.lazy && is_good_enough(completion, how_.lazy->tau)) settled_[prompt] = true;
    if (!counts) continue;
    Sums& sum = sums[begins_at_[prompt]];
    ++sum.count;
    sum.seconds += completion.seconds;
    sum.tokens += static_cast<double>(completion.tokens.size());
    sum.prompt_tokens += completion.prompt_tokens;
    sum.response_bytes += static_cast<double>(completion.text.size());
  }
  for (const size_t prompt : answers.refused) ++sums[begins_at_[prompt]].refused;

  double expected = 0, refused = 0, asked = 0, seconds = 0, bytes = 0;
  for (const auto& [begin, group] : groups) {
    expected += group->expected;
    const Sums& sum = sums[begin];
    if (sum.count + sum.refused == 0) continue;
    const auto count = static_cast<double>(sum.count);
    const double share =
        static_cast<double>(sum.refused) / (count + static_cast<double>(sum.refused));
    refused += share * group->expected;
    if (sum.count == 0) continue;
    const double answered = (1 - share) * group->expected;
    asked += answered;
    of.tokens += answered * sum.tokens / count;
    of.prompt_tokens += answered * sum.prompt_tokens / count;
    seconds += answered * sum.seconds / count;
    bytes += answered *
             (kBytesOfOutcome + sum.response_bytes / count + kBytesOfToken * sum.tokens / count);
  }
  of.refused = std::llround(refused);
  of.to_ask = std::llround(expected) - of.refused;
  if (asked == 0) return 0;
  estimate.tokens += of.tokens;
  of.tokens /= asked;
  of.prompt_tokens /= asked;
  // Places that are never empty work off one prompt each in the mean time of one (Little).
  of.seconds = seconds / static_cast<double>(std::min(places(), answers.answered.size()));
  return bytes;
}

}  // namespace

LabelEstimate estimate_labels(Engine& engine, const Ladder& ladder, const Store* store,
                              std::span<const Prompt> prompts, const EstimateOptions& options) {
  const LabelOptions& how = options.label;
  const std::vector<Prompt> kept = prepare_prompts(prompts, how);
  const std::vector<bool> known = known_prompts(store, kept);
  LabelPlan plan(ladder, kept, how);
  if (store != nullptr) {
    plan.look_up(*store, contexts_of(engine, ladder, how), known);
  } else {
    plan.count();
  }

  LabelEstimate estimate;
  double bytes = 0;
  for (size_t i = 0; i < kept.size(); ++i) {
    if (!known[i]) bytes += kBytesOfPrompt + text_bytes(kept[i]);
  }
  Estimator estimator(engine, plan, kept.size(), options);
  for (size_t variant = 0; variant < plan.variants(); ++variant) {
    if (!plan.asked(variant)) continue;
    bytes += estimator.add(variant, estimate);
    const double seconds = estimate.variants.back().seconds;
    const bool together = how.side_by_side && !how.lazy;
    estimate.seconds = together ? std::max(estimate.seconds, seconds) : estimate.seconds + seconds;
  }
  estimate.disk_bytes = std::llround(bytes);
  return estimate;
}

}  // namespace paq
