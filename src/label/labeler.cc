// SPDX-License-Identifier: MIT
#include "label/labeler.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "core/error.h"
#include "label/answer.h"
#include "label/label_plan.h"
#include "label/label_run.h"
#include "label/prompt_name.h"
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

void check_nothing_is_replaced(const Store& store, std::span<const Prompt> prompts) {
  const std::vector<size_t> replaced = store.replaced_by(prompts);
  if (replaced.empty()) return;
  throw Error(ErrorCode::kMismatch,
              "the store has outcomes of " + std::to_string(replaced.size()) +
                  " of these prompts with another text or reference (" +
                  name_of(prompts[replaced.front()]) +
                  " first); give them ids of their own, take another store, or discard the old "
                  "outcomes with paq label --replace");
}

// A new version of a scorer needs no new answers.
int64_t rescore(Store& store, std::span<const Prompt> prompts, CodeRunner* code_runner) {
  std::set<std::pair<std::string_view, Metric>> kinds;
  for (const Prompt& prompt : prompts) kinds.insert({prompt.task, metric_of(prompt).metric});
  int64_t count = 0;
  for (const auto& [task, metric] : kinds) {
    count += store.rescore(
        std::string(task), std::string(metric_spec(metric).scorer),
        [metric = metric, code_runner](const Prompt& prompt,
                                       std::string_view response) -> std::optional<double> {
          if (metric_of(prompt).metric != metric) return std::nullopt;
          if (!can_score(metric, prompt.reference)) return std::nullopt;
          return score_response(metric, response, prompt.reference, code_runner);
        });
  }
  return count;
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

LabelSummary label_prompts(Engine& engine, const Ladder& ladder, Store& store,
                           std::span<const Prompt> prompts, const LabelOptions& options) {
  if (options.concurrency < 1) {
    throw Error(ErrorCode::kUsage,
                "concurrency is " + std::to_string(options.concurrency) + "; it must be 1 or more");
  }
  if (options.lazy && !(options.lazy->full_share >= 0 && options.lazy->full_share <= 1)) {
    throw Error(ErrorCode::kUsage,
                "the share of prompts that every variant answers must be 0 to 1");
  }
  if (options.code_runner == nullptr) require_no_programs(prompts);
  const std::vector<Prompt> kept = distinct(prompts);
  for (const Prompt& prompt : kept) task_spec(prompt.task);  // names the tasks there are
  if (!options.replace) check_nothing_is_replaced(store, kept);
  store.add_prompts(kept);
  store.add_variants(ladder);
  LabelPlan plan(ladder, kept, options);
  std::vector<int> context_tokens;
  for (const Variant& variant : ladder.variants) {
    context_tokens.push_back(engine.context_tokens(variant.bits));
  }
  plan.look_up(store, context_tokens);
  const int64_t rescored = rescore(store, kept, options.code_runner);
  LabelSummary summary = LabelRun(engine, store, plan, options).run();
  summary.rescored = rescored;
  return summary;
}

}  // namespace paq
