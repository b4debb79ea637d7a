// SPDX-License-Identifier: MIT
#include "label/prepare.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "core/error.h"
#include "tasks/task.h"

namespace paq {
namespace {

// The prompts, each once, those together that are asked and scored in the same way.
std::vector<Prompt> distinct(std::span<const Prompt> prompts) {
  std::map<std::string, std::string> hashes;
  std::vector<Prompt> kept;
  size_t clashes = 0;
  std::string first;
  for (const Prompt& prompt : prompts) {
    const std::string name = name_of(prompt);
    const auto [known, added] = hashes.try_emplace(name, prompt_hash(prompt));
    if (added) {
      kept.push_back(prompt);
    } else if (known->second != prompt_hash(prompt) && clashes++ == 0) {
      first = name;
    }
  }
  if (clashes > 0) {
    throw Error(ErrorCode::kUsage,
                std::to_string(clashes) + " prompts have the task, split and id of another one (" +
                    first + " first) but another text or reference; give them ids of their own");
  }
  std::stable_sort(kept.begin(), kept.end(), [](const Prompt& a, const Prompt& b) {
    return std::tie(a.task, a.reference.metric) < std::tie(b.task, b.reference.metric);
  });
  return kept;
}

// Before an answer is generated that could not be scored.
void require_no_programs(std::span<const Prompt> prompts) {
  for (const Prompt& prompt : prompts) {
    if (metric_of(prompt).metric != Metric::kPythonTests) continue;
    throw Error(ErrorCode::kUsage, "prompt \"" + prompt.id + "\" of " + prompt.task +
                                       " is scored by running a program, and there is nothing "
                                       "to run it with; give a code runner");
  }
}

}  // namespace

std::string name_of(const Prompt& prompt) {
  return prompt.task + "/" + prompt.split + "/" + prompt.id;
}

std::vector<int> contexts_of(Engine& engine, const Ladder& ladder, const LabelOptions& options) {
  for (const BitWidth bits : options.bits) ladder.variant(bits);  // names the widths there are
  std::vector<int> tokens;
  for (const Variant& variant : ladder.variants) {
    const bool asked = options.bits.empty() || std::ranges::count(options.bits, variant.bits) > 0;
    tokens.push_back(asked ? engine.context_tokens(variant.bits) : 0);
  }
  return tokens;
}

std::vector<Prompt> prepare_prompts(std::span<const Prompt> prompts, const LabelOptions& options) {
  if (options.concurrency < 1) {
    throw Error(ErrorCode::kUsage,
                "concurrency is " + std::to_string(options.concurrency) + "; it must be 1 or more");
  }
  if (options.lazy && !(options.lazy->full_share >= 0 && options.lazy->full_share <= 1)) {
    throw Error(ErrorCode::kUsage,
                "the share of prompts that every variant answers must be 0 to 1");
  }
  if (options.code_runner == nullptr) require_no_programs(prompts);
  std::vector<Prompt> kept = distinct(prompts);
  for (const Prompt& prompt : kept) task_spec(prompt.task);  // names the tasks there are
  return kept;
}

}  // namespace paq
