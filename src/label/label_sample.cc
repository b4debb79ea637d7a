// SPDX-License-Identifier: MIT
#include "label/label_sample.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "core/error.h"
#include "label/answer.h"

namespace paq {

std::vector<size_t> spread_sample(const std::vector<size_t>& prompts, size_t count, Random random) {
  constexpr size_t kNeighbours = 4;
  if (prompts.size() <= count) return prompts;
  std::vector<size_t> sample;
  const size_t runs = (count + kNeighbours - 1) / kNeighbours;
  const double stride = static_cast<double>(prompts.size()) / static_cast<double>(runs);
  size_t next = 0;
  for (size_t run = 0; run < runs; ++run) {
    const size_t length = std::min(kNeighbours, count - sample.size());
    const double room = std::max(stride - static_cast<double>(length), 0.0);
    const double place = static_cast<double>(run) * stride + room * random.uniform();
    next = std::min(std::max(next, static_cast<size_t>(place)), prompts.size() - length);
    for (size_t i = 0; i < length; ++i) sample.push_back(prompts[next++]);
  }
  return sample;
}

bool is_good_enough(const Completion& completion, double tau) {
  const auto value = perplexity(completion.tokens);
  return value && *value <= tau;
}

LabelSample LabelSampler::answer(size_t variant, const std::vector<size_t>& prompts) {
  LabelSample sample;
  if (prompts.empty()) return sample;
  WorkQueue queue(engine_, options_.concurrency);
  try {
    // An answer that nobody counts, so that loading the variant is in no prompt's time.
    queue.ask(std::nullopt, [&](AnswerCallbacks callbacks) {
      return ask_warm_up(engine_, plan_.bits(variant), std::move(callbacks));
    });
    work_off(queue, variant, prompts.size(), sample);
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

void LabelSampler::work_off(WorkQueue& queue, size_t variant, size_t total, LabelSample& sample) {
  while (queue.running() > 0) {
    if (options_.cancel != nullptr && *options_.cancel) {
      throw Error(ErrorCode::kCancelled, "stopped before the estimate was there");
    }
    const bool more = queue.step();
    if (queue.failure()) throw Error(*queue.failure());
    if (!more && queue.running() > 0) {
      throw Error(ErrorCode::kEngine, "the engine stopped with prompts unanswered");
    }
    for (auto& [turn, completion] : queue.take_finished()) {
      sample.answered.emplace_back(turn.prompt, std::move(completion));
    }
    for (const auto& [turn, error] : queue.take_refused()) sample.refused.push_back(turn.prompt);
    report(variant, sample.answered.size(), total);
  }
}

void LabelSampler::report(size_t variant, size_t done, size_t total) const {
  if (!options_.progress) return;
  Progress progress;
  progress.stage = "trying " + to_string(plan_.bits(variant)) + "-bit";
  progress.done = static_cast<int64_t>(done);
  progress.total = static_cast<int64_t>(total);
  progress.unit = "prompts";
  options_.progress(progress);
}

}  // namespace paq
