// SPDX-License-Identifier: MIT
#include "eval/evaluate.h"

#include <string>
#include <utility>

#include "core/error.h"
#include "eval/baselines.h"
#include "eval/bootstrap.h"
#include "eval/figures.h"
#include "eval/intervals.h"
#include "eval/measures.h"
#include "eval/mix.h"
#include "eval/strategies.h"
#include "eval/tables.h"

namespace paq {
namespace {

void check_arguments(std::span<const PromptOutcomes> prompts, std::span<const RoutedPrompt> routed,
                     const EvaluateOptions& options) {
  if (prompts.empty()) throw Error(ErrorCode::kUsage, "there are no prompts to evaluate");
  if (routed.size() != prompts.size() || options.bootstrap_samples < 1) {
    throw Error(ErrorCode::kUsage,
                "evaluate needs one routed choice a prompt and at least one bootstrap sample");
  }
  for (const RoutedPrompt& choice : routed) {
    if (choice.policy_choices.size() == options.policies.size()) continue;
    throw Error(ErrorCode::kUsage, "evaluate needs one choice a prompt for each policy");
  }
  if (!options.leave_one_out.empty() && options.leave_one_out.size() != prompts.size()) {
    throw Error(ErrorCode::kUsage, "evaluate needs one leave-one-out choice a prompt, or none");
  }
}

BaselineInfo baseline_info(const Figures& figures, const Baselines& baselines) {
  BaselineInfo info{.best_fixed = figures.widths[baselines.best_fixed],
                    .best_fixed_seen_test = baselines.best_fixed_seen_test,
                    .training_scored = baselines.training_scored,
                    .training_labelled = baselines.training_labelled};
  for (size_t t = 0; t < baselines.task_choices.size(); ++t) {
    info.task_routes[figures.tasks[t]] = figures.widths[baselines.task_choices[t]];
  }
  return info;
}

std::vector<PromptDecision> decisions_of(const Figures& figures,
                                         std::span<const PromptOutcomes> prompts) {
  std::vector<PromptDecision> decisions;
  for (size_t p = 0; p < prompts.size(); ++p) {
    const PromptFigures& figure = figures.prompts[p];
    PromptDecision decision{.task = prompts[p].prompt.task,
                            .split = prompts[p].prompt.split,
                            .id = prompts[p].prompt.id,
                            .choice = figures.widths[figure.choice],
                            .oracle = figures.widths[figure.oracle],
                            .router_seconds = figure.router_seconds,
                            .scores = figure.scores,
                            .seconds = figure.seconds,
                            .probabilities = figure.probabilities};
    if (figure.label) decision.label = figures.widths[*figure.label];
    decisions.push_back(std::move(decision));
  }
  return decisions;
}

std::vector<Means> means_of(const PromptRows& rows, std::span<const std::vector<size_t>> tasks) {
  std::vector<Means> means;
  for (const std::vector<size_t>& prompts : tasks) means.push_back(rows.mean_of(prompts));
  return means;
}

std::vector<PolicyResult> hold_policies_against_labels(const Figures& figures,
                                                       std::span<const EvaluatedPolicy> policies) {
  std::vector<PolicyResult> results;
  for (size_t j = 0; j < policies.size(); ++j) {
    PolicyResult result{.name = policies[j].name, .allowed = policies[j].allowed};
    for (const PromptFigures& prompt : figures.prompts) {
      if (!prompt.label) continue;
      ++result.labelled;
      result.inadequate += prompt.policy_choices[j] < *prompt.label;
    }
    results.push_back(std::move(result));
  }
  return results;
}

void check_leave_one_out(const Figures& figures, std::span<const RoutedPrompt> routed) {
  for (const RoutedPrompt& choice : routed) {
    if (width_index(figures.widths, choice.bits) < figures.widths.size()) continue;
    throw Error(ErrorCode::kUsage, "a leave-one-out router chooses " + to_string(choice.bits) +
                                       " bits, but the outcomes have " + to_string(figures.widths) +
                                       "; use routers of the same bit widths");
  }
}

}  // namespace

Evaluation evaluate(std::span<const PromptOutcomes> prompts, std::span<const RoutedPrompt> routed,
                    const EvaluateOptions& options) {
  check_arguments(prompts, routed, options);
  const LabelRule rule{options.label_mode, options.tau, options.reject_loops};
  const Figures figures = collect_figures(prompts, routed, rule);
  check_leave_one_out(figures, options.leave_one_out);
  const Baselines baselines = fit_baselines(figures, prompts, options.training, rule);
  std::vector<std::string> policies;
  for (const EvaluatedPolicy& policy : options.policies) policies.push_back(policy.name);
  std::vector<Strategy> strategies =
      all_strategies(figures, baselines, options.leave_one_out, policies);
  const PromptRows rows(figures, strategies);
  const std::vector<Means> tasks = means_of(rows, figures.of_task);
  if (!affordable_mix(figures, strategies, tasks)) {
    std::erase_if(strategies, [](const Strategy& s) { return s.kind == StrategyKind::kBestMix; });
  }
  const MeasureMaker maker(figures, strategies, tasks);

  Evaluation evaluation;
  evaluation.widths = figures.widths;
  evaluation.tau = options.tau;
  evaluation.label_mode = router_label_mode(rule);
  evaluation.seed = options.seed;
  evaluation.prompts = static_cast<int64_t>(prompts.size());
  evaluation.tasks = figures.tasks;
  evaluation.baselines = baseline_info(figures, baselines);
  evaluation.decisions = decisions_of(figures, prompts);
  evaluation.policies = hold_policies_against_labels(figures, options.policies);
  fill_tables(figures, strategies, tasks, evaluation);

  Samples samples{.observed = maker.measure(tasks), .resampled = {}};
  resample(figures.of_task, {.samples = options.bootstrap_samples, .seed = options.seed},
           [&](std::span<const std::vector<size_t>> drawn) {
             samples.resampled.push_back(maker.measure(means_of(rows, drawn)));
           });
  fill_intervals(samples, figures, strategies, evaluation);
  fill_policies(samples, strategies, evaluation);
  return evaluation;
}

}  // namespace paq
