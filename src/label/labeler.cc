// SPDX-License-Identifier: MIT
#include "label/labeler.h"

#include <set>
#include <string>
#include <utility>

#include "core/error.h"
#include "label/label_plan.h"
#include "label/label_run.h"
#include "label/prepare.h"
#include "tasks/task.h"

namespace paq {
namespace {

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

}  // namespace

LabelSummary label_prompts(Engine& engine, const Ladder& ladder, Store& store,
                           std::span<const Prompt> prompts, const LabelOptions& options) {
  const std::vector<Prompt> kept = prepare_prompts(prompts, options);
  const std::vector<int> context_tokens = contexts_of(engine, ladder, options);
  if (!options.replace) check_nothing_is_replaced(store, kept);
  store.add_prompts(kept);
  store.add_variants(ladder);
  LabelPlan plan(ladder, kept, options);
  plan.look_up(store, context_tokens);
  const int64_t rescored = rescore(store, kept, options.code_runner);
  LabelSummary summary = LabelRun(engine, store, plan, options).run();
  summary.rescored = rescored;
  return summary;
}

}  // namespace paq
