// SPDX-License-Identifier: MIT
#include "cli/report_details.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "label/mode_comparison.h"
#include "label/thresholds.h"
#include "store/ladder_choice.h"

namespace paq {
namespace {

using Identity = std::tuple<std::string, std::string, std::string>;
using OutcomesById = std::map<Identity, const PromptOutcomes*>;

// Longer texts are cut: a page is for reading.
constexpr size_t kLongestText = 6000;

std::string shortened(std::string text) {
  if (text.size() <= kLongestText) return text;
  size_t end = kLongestText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  const size_t left_out = text.size() - end;
  text.resize(end);
  return text + "\n[... " + std::to_string(left_out) + " bytes more]";
}

std::string joined(const std::vector<std::string>& parts, const std::string& between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

std::string prompt_text(const Prompt& prompt) {
  if (prompt.messages.size() == 1) return shortened(prompt.messages.front().content);
  std::string text;
  for (const Message& message : prompt.messages) {
    text += (text.empty() ? "" : "\n\n") + ("[" + message.role + "]\n" + message.content);
  }
  return shortened(text);
}

std::vector<std::string> expected_texts(const Reference& reference) {
  std::vector<std::string> texts;
  for (const std::string& answer : reference.answers) {
    texts.push_back(answer.empty() ? "(no answer)" : shortened(answer));
  }
  if (!reference.choices.empty() && texts.size() == 1 && texts.front().size() == 1) {
    const size_t choice = static_cast<size_t>(texts.front().front() - 'A');
    if (choice < reference.choices.size()) texts.front() += ": " + reference.choices[choice];
  }
  for (const auto& spans : reference.span_answers) {
    texts.push_back(shortened(joined(spans, " | ")));
  }
  for (const ProgramTest& test : reference.tests) {
    texts.push_back(test.call + " gives " + test.expected);
  }
  if (!reference.code.test.empty()) texts.push_back(shortened(reference.code.test));
  return texts;
}

LostPrompt lost_prompt(const Evaluation& evaluation, const PromptDecision& decision,
                       const PromptOutcomes& stored) {
  LostPrompt lost;
  lost.task = decision.task;
  lost.split = decision.split;
  lost.id = decision.id;
  lost.prompt = prompt_text(stored.prompt);
  lost.expected = expected_texts(stored.prompt.reference);
  lost.choice = decision.choice;
  lost.oracle = decision.oracle;
  lost.label = decision.label;
  for (size_t k = 0; k < evaluation.widths.size(); ++k) {
    const BitWidth width = evaluation.widths[k];
    LostAnswer answer{.bits = width, .score = decision.scores.at(k)};
    if (k < decision.seconds.size()) answer.seconds = decision.seconds[k];
    if (width == decision.choice && k < decision.probabilities.size()) {
      lost.probability = decision.probabilities[k];
    }
    const auto outcome = stored.outcomes.find(width);
    if (outcome != stored.outcomes.end() && outcome->second.score == answer.score) {
      answer.tokens = outcome->second.tokens;
      if (outcome->second.response) answer.text = shortened(*outcome->second.response);
    }
    lost.answers.push_back(std::move(answer));
  }
  return lost;
}

double three_digits(double value) {
  const double unit = std::pow(10, std::floor(std::log10(value)) - 2);
  return std::round(value / unit) * unit;
}

// Where labels change: even steps of log(tau - 1) over the bulk of the perplexities, and the taus
// that readers look for.
std::vector<double> sweep_taus(std::span<const PromptOutcomes> prompts, double tau) {
  constexpr int kSteps = 32;
  constexpr double kLeast = 1e-6;
  std::vector<double> above;
  for (const PromptOutcomes& prompt : prompts) {
    for (const auto& [width, outcome] : prompt.outcomes) {
      if (outcome.perplexity) above.push_back(std::max(*outcome.perplexity - 1, kLeast));
    }
  }
  if (above.empty()) return {};
  std::sort(above.begin(), above.end());
  const auto quantile = [&](double share) {
    return above[static_cast<size_t>(share * static_cast<double>(above.size() - 1))];
  };
  const double low = std::min(quantile(0.1), std::max(tau - 1, kLeast) / 2);
  const double high = std::max(quantile(0.98), 2 * std::max(tau - 1, kLeast));
  std::set<double> taus;
  for (int step = 0; step <= kSteps; ++step) {
    taus.insert(1 + three_digits(low * std::pow(high / low, static_cast<double>(step) / kSteps)));
  }
  for (double known : kPaperTaus) {
    if (known - 1 >= low && known - 1 <= high) taus.insert(known);
  }
  if (tau > 1) taus.insert(tau);
  return {taus.begin(), taus.end()};
}

LabelRule rule_of(const Evaluation& evaluation) {
  return rule_of_router(evaluation.label_mode, evaluation.tau);
}

// Thresholds of the paper's mode, whatever the evaluation's labels are of.
std::vector<PageThreshold> sweep(std::span<const PromptOutcomes> prompts,
                                 const Evaluation& evaluation) {
  std::vector<PageThreshold> thresholds;
  const LabelRule used = rule_of(evaluation);
  const std::vector<double> taus =
      sweep_taus(prompts, used.mode == LabelMode::kPerplexity
                              ? used.threshold
                              : label_mode_spec(LabelMode::kPerplexity).threshold);
  for (ThresholdSummary& summary : summarise_thresholds(prompts, evaluation.widths, taus)) {
    if (summary.prompts == 0) continue;
    thresholds.push_back({.tau = summary.tau,
                          .prompts = summary.prompts,
                          .use = std::move(summary.use),
                          .score = summary.score,
                          .seconds = summary.seconds,
                          .bits = summary.bits});
  }
  return thresholds;
}

void compare(std::span<const PromptOutcomes> prompts, const Evaluation& evaluation,
             PageDetails& details) {
  const LabelRule used = rule_of(evaluation);
  std::vector<LabelRule> rules;
  for (const LabelModeSpec& spec : label_modes()) {
    rules.push_back(
        spec.mode == used.mode ? used : LabelRule{spec.mode, spec.threshold, used.reject_loops});
  }
  ModeComparison modes = compare_modes(prompts, evaluation.widths, rules);
  if (labelling_modes(modes) < 2) return;
  const std::vector<LabelRule> matched = match_thresholds(prompts, evaluation.widths, rules);
  const bool any = modes.modes.front().labelled > 0 &&
                   std::any_of(modes.modes.begin() + 1, modes.modes.end(), [](const auto& mode) {
                     return mode.labelled > 0 && mode.rule.mode != LabelMode::kScore;
                   });
  if (any) details.matched_modes = compare_modes(prompts, evaluation.widths, matched);
  details.modes = std::move(modes);
}

PromptQuery query_for(const Evaluation& evaluation) {
  PromptQuery query{.tasks = evaluation.tasks, .split = evaluation.decisions.front().split};
  for (const PromptDecision& decision : evaluation.decisions) {
    if (decision.split != query.split) query.split.clear();
  }
  return query;
}

// The evaluated prompts that the store still has, in the evaluation's order.
std::vector<PromptOutcomes> evaluated(const Store& store, const Evaluation& evaluation,
                                      const std::string& wanted) {
  const PromptQuery query = query_for(evaluation);
  if (store.outcome_count(query) == 0) return {};
  const StoredLadder ladder = choose_ladder(store, query, wanted);
  std::map<Identity, PromptOutcomes> found;
  for (PromptOutcomes& outcomes : store.outcomes(query, ladder)) {
    const Prompt& prompt = outcomes.prompt;
    Identity identity{prompt.task, prompt.split, prompt.id};
    found.emplace(std::move(identity), std::move(outcomes));
  }
  std::vector<PromptOutcomes> prompts;
  for (const PromptDecision& decision : evaluation.decisions) {
    const auto outcomes = found.find({decision.task, decision.split, decision.id});
    if (outcomes != found.end()) prompts.push_back(std::move(outcomes->second));
  }
  return prompts;
}

}  // namespace

PageDetails page_details(const Store& store, const Evaluation& evaluation,
                         const PageDetailsOptions& options) {
  PageDetails details;
  details.version = PAQ_VERSION;
  if (evaluation.decisions.empty()) return details;
  const std::vector<PromptOutcomes> prompts = evaluated(store, evaluation, options.ladder);
  details.thresholds = sweep(prompts, evaluation);
  compare(prompts, evaluation, details);
  OutcomesById stored;
  for (const PromptOutcomes& outcomes : prompts) {
    stored[{outcomes.prompt.task, outcomes.prompt.split, outcomes.prompt.id}] = &outcomes;
  }
  const std::vector<size_t> losses = largest_losses(evaluation);
  details.lost_known = true;
  details.lost_in_all = static_cast<int64_t>(losses.size());
  for (size_t index : losses) {
    if (details.lost.size() == options.lost_prompts) break;
    const PromptDecision& decision = evaluation.decisions[index];
    const auto outcomes = stored.find({decision.task, decision.split, decision.id});
    if (outcomes == stored.end()) continue;
    details.lost.push_back(lost_prompt(evaluation, decision, *outcomes->second));
  }
  return details;
}

}  // namespace paq
