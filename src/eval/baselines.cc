// SPDX-License-Identifier: MIT
#include "eval/baselines.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "eval/length_router.h"

namespace paq {
namespace {

// Sums of one task's scores, [K], and of how many prompts.
struct ScoreSums {
  std::vector<double> scores;
  double n = 0;
};

std::map<std::string, ScoreSums> sum_scores(std::span<const PromptOutcomes* const> prompts,
                                            std::span<const BitWidth> widths) {
  std::map<std::string, ScoreSums> sums;
  for (const PromptOutcomes* prompt : prompts) {
    std::vector<double> scores;
    for (BitWidth width : widths) {
      const auto outcome = prompt->outcomes.find(width);
      if (outcome == prompt->outcomes.end() || !outcome->second.score) break;
      scores.push_back(*outcome->second.score);
    }
    if (scores.size() < widths.size()) continue;
    ScoreSums& sum = sums[prompt->prompt.task];
    sum.scores.resize(widths.size());
    for (size_t k = 0; k < widths.size(); ++k) sum.scores[k] += scores[k];
    ++sum.n;
  }
  return sums;
}

size_t best_width(const std::map<std::string, ScoreSums>& sums, std::span<const size_t> by_cost) {
  std::vector<double> score(by_cost.size());
  for (const auto& [task, sum] : sums) {
    for (size_t k = 0; k < score.size(); ++k) score[k] += sum.scores[k] / sum.n;
  }
  size_t best = by_cost.front();
  for (size_t k : by_cost) {
    if (score[k] > score[best]) best = k;
  }
  return best;
}

void choose_best_fixed(const Figures& figures, std::span<const PromptOutcomes> prompts,
                       std::span<const PromptOutcomes* const> training, Baselines& baselines) {
  std::map<std::string, ScoreSums> sums = sum_scores(training, figures.widths);
  const auto is_evaluated = [&](const auto& entry) {
    return std::find(figures.tasks.begin(), figures.tasks.end(), entry.first) !=
           figures.tasks.end();
  };
  if (std::any_of(sums.begin(), sums.end(), is_evaluated)) {
    std::erase_if(sums, [&](const auto& entry) { return !is_evaluated(entry); });
  }
  for (const auto& [task, sum] : sums) baselines.training_scored += static_cast<int64_t>(sum.n);
  if (sums.empty()) {
    std::vector<const PromptOutcomes*> evaluated;
    for (const PromptOutcomes& prompt : prompts) evaluated.push_back(&prompt);
    sums = sum_scores(evaluated, figures.widths);
    baselines.best_fixed_seen_test = true;
  }
  baselines.best_fixed = best_width(sums, figures.by_cost);
}

size_t commonest(std::span<const int64_t> counts) {
  return static_cast<size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

}  // namespace

Baselines fit_baselines(const Figures& figures, std::span<const PromptOutcomes> prompts,
                        std::span<const PromptOutcomes> training, const LabelRule& rule) {
  std::set<std::string_view> seen;
  for (const PromptOutcomes& prompt : prompts) seen.insert(request_text(prompt.prompt));
  std::vector<const PromptOutcomes*> unseen;
  for (const PromptOutcomes& prompt : training) {
    if (!seen.contains(request_text(prompt.prompt))) unseen.push_back(&prompt);
  }

  Baselines baselines;
  choose_best_fixed(figures, prompts, unseen, baselines);

  const size_t width_count = figures.widths.size();
  std::vector<LengthExample> examples;
  std::vector<int64_t> all(width_count);
  std::map<std::string, std::vector<int64_t>> of_task;
  for (const PromptOutcomes* prompt : unseen) {
    const auto label = label_of(*prompt, figures.widths, rule);
    if (!label) continue;
    const size_t k = width_index(figures.widths, *label);
    examples.push_back({text_length(request_text(prompt->prompt)), k});
    ++all[k];
    std::vector<int64_t>& counts = of_task[prompt->prompt.task];
    counts.resize(width_count);
    ++counts[k];
  }
  baselines.training_labelled = static_cast<int64_t>(examples.size());
  if (examples.empty()) return baselines;

  const LengthRouter router = LengthRouter::fit(examples, width_count);
  for (const PromptOutcomes& prompt : prompts) {
    baselines.length_choices.push_back(router.choose(text_length(request_text(prompt.prompt))));
  }
  for (const std::string& task : figures.tasks) {
    const auto counts = of_task.find(task);
    baselines.task_choices.push_back(commonest(counts == of_task.end() ? all : counts->second));
  }
  return baselines;
}

}  // namespace paq
