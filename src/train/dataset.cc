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

// Shares of the labels as the loss sees them; they sum to 1 unless all are 0.
std::vector<double> weighted_shares(std::span<const int64_t> counts,
                                    std::span<const float> weights) {
  std::vector<double> shares;
  for (size_t k = 0; k < counts.size(); ++k) {
    shares.push_back(weights[k] * static_cast<double>(counts[k]));
  }
  const double mass = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share = mass > 0 ? share / mass : 0;
  return shares;
}

// Prompts about one passage fare alike, and a bound counts prompts that do not.
std::vector<Example> one_per_passage(std::vector<Example> examples, const PassageKeys& keys,
                                     uint64_t seed) {
  std::vector<std::string_view> texts;
  for (const Example& example : examples) texts.push_back(example.text);
  return take(examples, draw_one_per_passage(texts, keys, seed));
}

}  // namespace

PassageKeys passage_keys(std::span<const Example> examples) {
  std::vector<TaskText> prompts;
  for (const Example& example : examples) prompts.push_back({example.task, example.text});
  return PassageKeys(prompts);
}

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
  const PassageKeys keys = passage_keys(examples);
  std::unordered_set<std::string> passages;
  for (const std::string& text : texts) passages.emplace(keys.key(text));
  return static_cast<int64_t>(std::erase_if(examples, [&](const Example& e) {
    return passages.contains(std::string(keys.key(e.text)));
  }));
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

Split split_examples(std::vector<Example> examples, const SplitShares& shares, uint64_t seed) {
  const double to_calibration = shares.validation + shares.calibration;
  const double held_out = to_calibration + shares.policy;
  if (!(shares.validation > 0 && shares.calibration >= 0 && shares.policy >= 0 && held_out < 1)) {
    throw Error(ErrorCode::kUsage, "the shares for validation, calibration and policies are " +
                                       std::to_string(shares.validation) + ", " +
                                       std::to_string(shares.calibration) + " and " +
                                       std::to_string(shares.policy) +
                                       ", expected the first above 0 and their sum below 1");
  }
  const PassageKeys keys = passage_keys(examples);
  Split split;
  for (Example& example : examples) {
    const double at = Random(seed, "split " + std::string(keys.key(example.text))).uniform();
    (at < shares.validation ? split.validation
     : at < to_calibration  ? split.calibration
     : at < held_out        ? split.policy
                            : split.training)
        .push_back(std::move(example));
  }
  split.policy = one_per_passage(std::move(split.policy), keys, seed);
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
  for (const int64_t count : counts) {
    const float weight =
        count == 0
            ? 0.0f
            : std::min(kMaxClassWeight, static_cast<float>(largest) / static_cast<float>(count));
    result.class_weights.push_back(weight);
  }
  result.prior = weighted_shares(counts, result.class_weights);
  return result;
}

void drop_class_weights(Balanced& balanced) {
  for (float& weight : balanced.class_weights) weight = std::min(weight, 1.0f);
  balanced.prior = weighted_shares(
      count_labels(balanced.examples, static_cast<int>(balanced.class_weights.size())),
      balanced.class_weights);
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
