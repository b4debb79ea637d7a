// SPDX-License-Identifier: MIT
#include "train/dataset.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "core/error.h"
#include "core/hash.h"
#include "core/prompt.h"
#include "core/random.h"

namespace paq {
namespace {

// `count` of the positions in `from`, drawn by `random`, ascending.
std::vector<size_t> draw(std::vector<size_t> from, size_t count, Random random) {
  if (from.size() <= count) return from;
  random.shuffle(from);
  from.resize(count);
  std::sort(from.begin(), from.end());
  return from;
}

std::vector<Example> take(std::vector<Example>& examples, std::vector<size_t> positions) {
  std::sort(positions.begin(), positions.end());
  std::vector<Example> result;
  result.reserve(positions.size());
  for (const size_t position : positions) result.push_back(std::move(examples[position]));
  return result;
}

}  // namespace

std::vector<Example> label_examples(std::span<const PromptOutcomes> prompts,
                                    std::span<const BitWidth> widths, double tau) {
  return label_examples(prompts, widths, {.mode = LabelMode::kPerplexity, .threshold = tau});
}

std::vector<Example> label_examples(std::span<const PromptOutcomes> prompts,
                                    std::span<const BitWidth> widths, const LabelRule& rule) {
  std::vector<Example> examples;
  for (const PromptOutcomes& prompt : prompts) {
    const auto label = label_of(prompt, widths, rule);
    if (!label) continue;
    const auto index = std::find(widths.begin(), widths.end(), *label) - widths.begin();
    examples.push_back(
        {std::string(request_text(prompt.prompt)), prompt.prompt.task, static_cast<int>(index)});
  }
  return examples;
}

int64_t remove_texts(std::vector<Example>& examples, const std::unordered_set<std::string>& texts) {
  return static_cast<int64_t>(
      std::erase_if(examples, [&](const Example& e) { return texts.contains(e.text); }));
}

std::vector<Example> limit_per_task(std::vector<Example> examples, int64_t limit, uint64_t seed) {
  std::map<std::string, std::vector<size_t>> by_task;
  for (size_t i = 0; i < examples.size(); ++i) by_task[examples[i].task].push_back(i);
  std::vector<size_t> kept;
  for (auto& [task, positions] : by_task) {
    const auto drawn = draw(std::move(positions), static_cast<size_t>(std::max<int64_t>(limit, 0)),
                            Random(seed, "limit " + task));
    kept.insert(kept.end(), drawn.begin(), drawn.end());
  }
  return take(examples, std::move(kept));
}

Split split_examples(std::vector<Example> examples, double validation_share, uint64_t seed) {
  if (!(validation_share > 0 && validation_share < 1)) {
    throw Error(ErrorCode::kUsage, "the validation share is " + std::to_string(validation_share) +
                                       ", expected a number between 0 and 1");
  }
  Split split;
  for (Example& example : examples) {
    const bool held_out = Random(seed, "split " + example.text).uniform() < validation_share;
    (held_out ? split.validation : split.training).push_back(std::move(example));
  }
  return split;
}

std::vector<int64_t> count_labels(std::span<const Example> examples, int labels) {
  std::vector<int64_t> counts(static_cast<size_t>(labels), 0);
  for (const Example& example : examples) ++counts.at(static_cast<size_t>(example.label));
  return counts;
}

Balanced balance_labels(std::vector<Example> examples, int labels, int64_t keep, uint64_t seed) {
  int64_t rarest = 0;
  for (const int64_t count : count_labels(examples, labels)) {
    if (count > 0 && (rarest == 0 || count < rarest)) rarest = count;
  }
  const auto limit = static_cast<size_t>(std::max(rarest, keep));
  std::vector<size_t> kept;
  for (int label = 0; label < labels; ++label) {
    std::vector<size_t> positions;
    for (size_t i = 0; i < examples.size(); ++i) {
      if (examples[i].label == label) positions.push_back(i);
    }
    const auto drawn =
        draw(std::move(positions), limit, Random(seed, "balance " + std::to_string(label)));
    kept.insert(kept.end(), drawn.begin(), drawn.end());
  }
  Balanced result;
  result.examples = take(examples, std::move(kept));

  const std::vector<int64_t> counts = count_labels(result.examples, labels);
  const int64_t largest = *std::max_element(counts.begin(), counts.end());
  double mass = 0;
  for (const int64_t count : counts) {
    const float weight =
        count == 0
            ? 0.0f
            : std::min(kMaxClassWeight, static_cast<float>(largest) / static_cast<float>(count));
    result.class_weights.push_back(weight);
    result.prior.push_back(weight * static_cast<double>(count));
    mass += result.prior.back();
  }
  for (double& share : result.prior) share = mass > 0 ? share / mass : 0;
  return result;
}

std::string hash_examples(std::span<const Example> examples) {
  Sha256 hash;
  for (const Example& example : examples) {
    hash.update_field(example.task);
    hash.update_field(example.text);
    hash.update_field(std::to_string(example.label));
  }
  return hash.finish();
}

}  // namespace paq
