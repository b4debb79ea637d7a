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
#include "label/answer.h"
#include "label/label_plan.h"
#include "label/prepare.h"
#include "label/work_queue.h"
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

// One of every so many of what is to be asked, in its order, so that tasks and lengths have their
// shares.
std::vector<size_t> spread_sample(const std::vector<size_t>& pending, size_t count, Random random) {
  if (pending.size() <= count) return pending;
  std::vector<size_t> sample;
  const double stride = static_cast<double>(pending.size()) / static_cast<double>(count);
  for (size_t i = 0; i < count; ++i) {
    const double place = (static_cast<double>(i) + random.uniform()) * stride;
    sample.push_back(pending[std::min(static_cast<size_t>(place), pending.size() - 1)]);
  }
  return sample;
}

// What one variant made of the sample.
struct Sample {
  int64_t count = 0;
  int64_t refused = 0;  // Too long for the context, or refused by the model's template.
  double seconds = 0, tokens = 0, prompt_tokens = 0, response_bytes = 0;  // sums
  std::set<size_t> settled;  // Prompts at or under tau.
};

class Sampler {
 public:
  Sampler(Engine& engine, const LabelPlan& plan, const LabelOptions& options)
      : engine_(engine), plan_(plan), options_(options) {}

  Sample answer(size_t variant, const std::vector<size_t>& prompts) {
    WorkQueue queue(engine_, options_.concurrency);
    Sample sample;
    try {
      warm_up(queue, variant);
      for (const size_t prompt : prompts) {
        queue.ask(Turn{variant, prompt}, [&](AnswerCallbacks callbacks) {
          return ask(engine_, plan_.prompt(prompt), plan_.bits(variant), options_,
                     std::move(callbacks));
        });
      }
      work_off(queue, variant, prompts.size(), sample);
    } catch (...) {
      queue.abandon();
      throw;
    }
    return sample;
  }

 private:
  void warm_up(WorkQueue& queue, size_t variant) {
    queue.ask(std::nullopt, [&](AnswerCallbacks callbacks) {
      return ask_warm_up(engine_, plan_.bits(variant), std::move(callbacks));
    });
    Sample nothing;
    work_off(queue, variant, 0, nothing);
  }

  void work_off(WorkQueue& queue, size_t variant, size_t total, Sample& sample) {
    while (queue.running() > 0) {
      if (options_.cancel != nullptr && *options_.cancel) {
        throw Error(ErrorCode::kCancelled, "stopped before the estimate was there");
      }
      const bool more = queue.step();
      if (queue.failure()) throw Error(*queue.failure());
      if (!more && queue.running() > 0) {
        throw Error(ErrorCode::kEngine, "the engine stopped with prompts unanswered");
      }
      for (const auto& [turn, completion] : queue.take_finished()) add(turn, completion, sample);
      sample.refused += static_cast<int64_t>(queue.take_refused().size());
      report(variant, sample.count, total);
    }
  }

  void add(const Turn& turn, const Completion& completion, Sample& sample) const {
    ++sample.count;
    sample.seconds += completion.seconds;
    sample.tokens += static_cast<double>(completion.tokens.size());
    sample.prompt_tokens += completion.prompt_tokens;
    sample.response_bytes += static_cast<double>(completion.text.size());
    const auto value = perplexity(completion.tokens);
    if (options_.lazy && value && *value <= options_.lazy->tau) sample.settled.insert(turn.prompt);
  }

  void report(size_t variant, int64_t done, size_t total) const {
    if (!options_.progress) return;
    Progress progress;
    progress.stage = "trying " + to_string(plan_.bits(variant)) + "-bit";
    progress.done = done;
    progress.total = static_cast<int64_t>(total);
    progress.unit = "prompts";
    options_.progress(progress);
  }

  Engine& engine_;
  const LabelPlan& plan_;
  const LabelOptions& options_;
};

// Share of the sample that walks on to a variant.
double share_that_walks(const LabelPlan& plan, const std::vector<size_t>& sample,
                        const std::set<size_t>& settled) {
  if (sample.empty()) return 1;
  const auto walks = std::count_if(sample.begin(), sample.end(), [&](size_t prompt) {
    return plan.is_in_full_sample(prompt) || !settled.contains(prompt);
  });
  return static_cast<double>(walks) / static_cast<double>(sample.size());
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
  const auto places = static_cast<size_t>(how.concurrency);
  const size_t wanted =
      options.sample > 0 ? static_cast<size_t>(options.sample) : std::max<size_t>(16, 4 * places);
  std::vector<size_t> sample;
  std::set<size_t> settled;
  Sampler sampler(engine, plan, how);
  for (size_t variant = 0; variant < plan.variants(); ++variant) {
    if (!plan.asked(variant)) continue;
    VariantEstimate& of = estimate.variants.emplace_back();
    of.bits = plan.bits(variant);
    of.there = plan.there(variant);
    if (plan.left(variant) == 0) continue;
    // One sample for the whole of a walk.
    if (sample.empty() || !how.lazy) {
      sample = spread_sample(plan.pending(variant), wanted, Random(options.seed, "dry run"));
    }
    const double share = share_that_walks(plan, sample, settled);
    of.to_ask = std::llround(share * static_cast<double>(plan.left(variant)));
    const Sample answers = sampler.answer(variant, sample);
    settled.insert(answers.settled.begin(), answers.settled.end());
    of.sampled = answers.count;
    if (answers.refused > 0) {
      const auto tried = static_cast<double>(answers.count + answers.refused);
      of.refused = std::llround(static_cast<double>(of.to_ask * answers.refused) / tried);
      of.to_ask -= of.refused;
    }
    if (answers.count == 0) continue;
    const auto count = static_cast<double>(answers.count);
    const auto asked = static_cast<double>(of.to_ask);
    of.tokens = answers.tokens / count;
    of.prompt_tokens = answers.prompt_tokens / count;
    // Places that are never empty work off one prompt each in the mean time of one (Little).
    of.seconds = asked * (answers.seconds / count) / std::min(static_cast<double>(places), count);
    estimate.tokens += asked * of.tokens;
    const bool together = how.side_by_side && !how.lazy;
    estimate.seconds =
        together ? std::max(estimate.seconds, of.seconds) : estimate.seconds + of.seconds;
    bytes += asked * (kBytesOfOutcome + answers.response_bytes / count + kBytesOfToken * of.tokens);
  }
  estimate.disk_bytes = std::llround(bytes);
  return estimate;
}

}  // namespace paq
