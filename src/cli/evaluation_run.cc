// SPDX-License-Identifier: MIT
#include "cli/evaluation_run.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "cli/router_options.h"
#include "cli/terminal.h"
#include "cli/timed_routing.h"
#include "core/error.h"
#include "core/label_rule.h"
#include "eval/evaluate.h"
#include "label/lazy_sample.h"
#include "report/training.h"
#include "store/ladder_choice.h"
#include "tasks/task.h"

namespace paq {
namespace {

// general.name of the file in assets/.
constexpr std::string_view kMiniature = "paq miniature";

using Identity = std::tuple<std::string, std::string, std::string>;

Identity identity(const Prompt& prompt) { return {prompt.task, prompt.split, prompt.id}; }

bool is_complete(const PromptOutcomes& prompt, std::span<const BitWidth> widths) {
  return std::all_of(widths.begin(), widths.end(), [&](BitWidth width) {
    const auto outcome = prompt.outcomes.find(width);
    return outcome != prompt.outcomes.end() && outcome->second.score.has_value();
  });
}

PromptQuery query_for(std::span<const Prompt> prompts) {
  PromptQuery query;
  std::set<std::string> tasks, splits;
  for (const Prompt& prompt : prompts) {
    tasks.insert(prompt.task);
    splits.insert(prompt.split);
  }
  query.tasks.assign(tasks.begin(), tasks.end());
  if (splits.size() == 1) query.split = *splits.begin();
  return query;
}

bool lacks_reference(const Prompt& prompt) {
  const auto tasks = task_table();
  const bool known = !prompt.reference.metric.empty() ||
                     std::any_of(tasks.begin(), tasks.end(),
                                 [&](const TaskSpec& task) { return task.name == prompt.task; });
  return known && !can_score(metric_of(prompt).metric, prompt.reference);
}

// Sorts the prompts into those that have scored outcomes at all of `widths`, in their order, and
// those that are left out.
void take_complete(const Store& store, std::span<const Prompt> prompts, const StoredLadder& ladder,
                   EvaluationRun& run) {
  const std::vector<BitWidth>& widths = ladder.ladder.bit_widths;
  std::map<Identity, PromptOutcomes> found;
  std::set<Identity> complete;
  std::vector<PromptOutcomes> stored = store.outcomes(query_for(prompts), ladder);
  for (const PromptOutcomes& outcomes : stored) {
    if (is_complete(outcomes, widths)) complete.insert(identity(outcomes.prompt));
  }
  FairPrompts fair = without_walked(std::move(stored), widths, lazy_walks(store));
  for (PromptOutcomes& outcomes : fair.prompts) {
    if (!is_complete(outcomes, widths)) continue;
    std::erase_if(outcomes.outcomes, [&](const auto& entry) {
      return std::find(widths.begin(), widths.end(), entry.first) == widths.end();
    });
    found.emplace(identity(outcomes.prompt), std::move(outcomes));
  }
  for (const Prompt& prompt : prompts) {
    const auto outcomes = found.find(identity(prompt));
    if (outcomes != found.end()) {
      run.outcomes.push_back(std::move(outcomes->second));
    } else {
      ++(complete.contains(identity(prompt)) ? run.left_out.walked
         : lacks_reference(prompt)           ? run.left_out.reference
                                             : run.left_out.outcome);
    }
  }
}

[[noreturn]] void fail_without_prompts(const LeftOut& left_out, std::span<const BitWidth> widths) {
  std::string text = "none of the " + grouped(left_out.all()) + " prompts can be evaluated";
  std::string advice;
  if (left_out.outcome > 0) {
    text += ": " + grouped(left_out.outcome) + " have no scored outcome at every width (" +
            to_string(widths) + ")";
    advice = "run paq label for them first";
  }
  if (left_out.walked > 0) {
    text += (advice.empty() ? ": " : ", ") + grouped(left_out.walked) +
            " have them only since paq label --lazy found them hard";
    advice = "run paq label without --lazy for them first";
  }
  if (left_out.reference > 0) {
    text += (advice.empty() ? ": " : ", ") + grouped(left_out.reference) +
            " have no reference to be scored against";
    advice += (advice.empty() ? "" : ", and ") +
              std::string("give answers in the prompts file (docs/tasks.md)");
  }
  throw Error(ErrorCode::kUsage, text + "; " + advice);
}

std::vector<PromptOutcomes> training_outcomes(const Store& store, const StoredLadder& ladder) {
  std::vector<PromptOutcomes> training = store.outcomes({.tasks = {}, .split = "train"}, ladder);
  std::vector<PromptOutcomes> more = store.outcomes({.tasks = {}, .split = "validation"}, ladder);
  std::move(more.begin(), more.end(), std::back_inserter(training));
  return training;
}

std::string left_out_text(const LeftOut& left_out) {
  if (left_out.all() == 0) return "";
  const auto part = [](int64_t count, const char* lack) {
    return grouped(count) + (count == 1 ? " has no " : " have no ") + lack;
  };
  std::string text = grouped(left_out.all()) +
                     (left_out.all() == 1 ? " prompt is left out: " : " prompts are left out: ");
  auto add = [&, any = false](const std::string& more) mutable {
    text += (any ? ", " : "") + more;
    any = true;
  };
  if (left_out.outcome > 0) add(part(left_out.outcome, "scored outcome at every width"));
  if (left_out.reference > 0) add(part(left_out.reference, "reference"));
  if (left_out.walked > 0) {
    add(grouped(left_out.walked) + " had all outcomes for being hard (paq label --lazy)");
  }
  return text + ".";
}

std::string calibration_split(const RouterInfo& info, std::span<const Policy> policies,
                              std::span<const Prompt> prompts) {
  const auto& table = info.policies.calibration;
  const bool is_used = std::any_of(policies.begin(), policies.end(),
                                   [](const Policy& policy) { return policy.floor().has_value(); });
  if (!table || !is_used) return "";
  const bool is_shared = std::any_of(prompts.begin(), prompts.end(), [&](const Prompt& prompt) {
    return prompt.split == table->split;
  });
  return is_shared ? table->split : "";
}

std::string calibration_text(const std::string& split) {
  if (split.empty()) return "";
  return "The router was calibrated with prompts of the split " + split +
         ", which these are of: if they are the same, floor's share below the label is no test of "
         "it.";
}

// Seconds of answers that were generated beside others hold their share of each other's work.
std::string concurrency_text(std::span<const PromptOutcomes> prompts) {
  int most = 1;
  for (const PromptOutcomes& prompt : prompts) {
    for (const auto& [width, outcome] : prompt.outcomes) {
      if (outcome.seconds) most = std::max(most, outcome.concurrency);
    }
  }
  if (most == 1) return "";
  return "Times were taken with up to " + std::to_string(most) +
         " answers in flight: they are longer than a single prompt's latency. paq label "
         "--concurrency 1 --retime takes them one by one.";
}

}  // namespace

EvaluationRun run_evaluation(const Store& store, Router& router, std::span<const Prompt> prompts,
                             const EvaluationRunOptions& options) {
  const StoredLadder ladder = options.ladder != nullptr
                                  ? StoredLadder{.ladder = options.ladder->identity()}
                                  : choose_ladder(store, query_for(prompts), options.stored_ladder);
  require_fit(router, ladder.ladder, options.any_ladder);
  EvaluationRun run;
  run.ladder = ladder.ladder.hash.empty() ? kImportedVariant : ladder.ladder.hash;
  run.base_model = ladder.ladder.base_model;
  take_complete(store, prompts, ladder, run);
  if (run.outcomes.empty()) fail_without_prompts(run.left_out, ladder.ladder.bit_widths);
  std::vector<Prompt> routable;
  for (const PromptOutcomes& outcomes : run.outcomes) routable.push_back(outcomes.prompt);
  const std::vector<RoutedPrompt> routed = route_prompts(
      router, routable,
      {.progress = options.progress, .cancel = options.cancel, .policies = options.policies});
  std::vector<RoutedPrompt> leave_one_out;
  if (options.leave_one_out) leave_one_out = options.leave_one_out(routable);
  run.calibration_split = calibration_split(router.info(), options.policies, routable);
  const std::vector<PromptOutcomes> training = training_outcomes(store, ladder);
  std::vector<EvaluatedPolicy> policies;
  for (const Policy& policy : options.policies) {
    policies.push_back({.name = policy.name()});
    if (policy.floor()) policies.back().allowed = policy.spec().bound.alpha;
  }
  const LabelRule rule = rule_of_router(router.info().label_mode, options.tau);
  run.evaluation = evaluate(run.outcomes, routed,
                            {.tau = rule.threshold,
                             .label_mode = rule.mode,
                             .reject_loops = rule.reject_loops,
                             .seed = options.seed,
                             .training = training,
                             .leave_one_out = leave_one_out,
                             .policies = policies});
  run.evaluation.training = read_training(router.info().training, run.evaluation.widths);
  return run;
}

std::map<std::string, int64_t> evaluation_counts(const EvaluationRun& run) {
  std::map<std::string, int64_t> counts;
  for (const auto& [task, result] : run.evaluation.strategies.front().tasks) {
    counts[task] = result.n;
  }
  if (run.left_out.all() > 0) counts["left_out"] = run.left_out.all();
  return counts;
}

std::string evaluation_note(const EvaluationRun& run) {
  std::string note;
  const auto add = [&](const std::string& sentence) {
    if (!sentence.empty()) note += (note.empty() ? "" : " ") + sentence;
  };
  if (run.base_model == kMiniature) {
    add("This is a miniature: a small model trained from nothing on made-up tasks. It shows how "
        "paq works; its figures say nothing about any real model.");
  }
  add(left_out_text(run.left_out));
  add(calibration_text(run.calibration_split));
  add(concurrency_text(run.outcomes));
  return note;
}

std::string file_with_size(const std::filesystem::path& file) {
  std::error_code failure;
  const auto size = std::filesystem::file_size(file, failure);
  std::string text = file.filename().string();
  if (!failure) text += " (" + human_bytes(static_cast<int64_t>(size)) + ")";
  return text;
}

}  // namespace paq
