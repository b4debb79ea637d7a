// SPDX-License-Identifier: MIT
#include "label/mode_comparison.h"

#include <algorithm>
#include <cmath>

#include "core/repetition.h"
#include "label/roc.h"

namespace paq {
namespace {

constexpr double kRight = 0.5;           // as the zones of an evaluation have it
constexpr double kScoreRounding = 1e-9;  // as labels by score have it

using Labels = std::vector<std::optional<BitWidth>>;  // Of every prompt.
using Which = std::vector<bool>;                      // Of the prompts.

class Mean {
 public:
  void add(std::optional<double> value) {
    if (!value) return;
    sum_ += *value;
    ++count_;
  }
  std::optional<double> value() const {
    return count_ == 0 ? std::nullopt : std::optional(sum_ / static_cast<double>(count_));
  }

 private:
  double sum_ = 0;
  int64_t count_ = 0;
};

std::optional<double> median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

Labels labels_of(std::span<const PromptOutcomes> prompts, std::span<const BitWidth> widths,
                 const LabelRule& rule) {
  Labels labels;
  labels.reserve(prompts.size());
  for (const PromptOutcomes& prompt : prompts) labels.push_back(label_of(prompt, widths, rule));
  return labels;
}

int64_t count(const Labels& labels) {
  return std::count_if(labels.begin(), labels.end(), [](const auto& l) { return l.has_value(); });
}

std::optional<double> score_at(const PromptOutcomes& prompt, BitWidth bits) {
  const auto found = prompt.outcomes.find(bits);
  return found == prompt.outcomes.end() ? std::nullopt : found->second.score;
}

// The prompts that every mode with labels has a label for.
Which common_prompts(std::span<const Labels> labels, size_t prompts) {
  Which common(prompts, true);
  for (const Labels& of_mode : labels) {
    if (count(of_mode) == 0) continue;
    for (size_t i = 0; i < prompts; ++i) common[i] = common[i] && of_mode[i];
  }
  return common;
}

// By width, the prompts whose answer every mode measures that measures answers of that width, so
// that modes are held against the same answers.
std::map<BitWidth, Which> common_answers(std::span<const PromptOutcomes> prompts,
                                         std::span<const BitWidth> widths,
                                         std::span<const LabelRule> rules) {
  std::map<BitWidth, Which> common;
  for (const BitWidth bits : widths) {
    Which& all = common.try_emplace(bits, prompts.size(), true).first->second;
    for (const LabelRule& rule : rules) {
      if (label_mode_spec(rule.mode).needs == LabelNeeds::kScores) continue;
      Which measured;
      for (const PromptOutcomes& prompt : prompts) {
        measured.push_back(label_measure(prompt, widths, bits, rule.mode).has_value());
      }
      if (std::ranges::count(measured, true) == 0) continue;
      for (size_t i = 0; i < all.size(); ++i) all[i] = all[i] && measured[i];
    }
  }
  return common;
}

// The answers of some widths, as two kinds of right and wrong.
struct Answers {
  std::vector<MeasuredAnswer> right, adequate;

  ModeAreas areas() const { return {roc_area(right), roc_area(adequate)}; }
};

void add_answers(std::span<const PromptOutcomes> prompts, std::span<const BitWidth> widths,
                 BitWidth bits, const LabelModeSpec& spec, const Which& common, Answers& answers) {
  for (size_t i = 0; i < prompts.size(); ++i) {
    if (!common[i]) continue;
    const auto measure = label_measure(prompts[i], widths, bits, spec.mode);
    const auto score = score_at(prompts[i], bits);
    if (!measure || !score) continue;
    const double badness = spec.lower_is_better ? *measure : -*measure;
    answers.right.push_back({badness, *score >= kRight, i});
    if (const auto best = score_at(prompts[i], widths.back())) {
      answers.adequate.push_back({badness, *score >= *best - kScoreRounding, i});
    }
  }
}

void add_areas(std::span<const PromptOutcomes> prompts, std::span<const BitWidth> widths,
               const std::map<BitWidth, Which>& common, ModeFigures& figures) {
  const LabelModeSpec& spec = label_mode_spec(figures.rule.mode);
  if (spec.needs == LabelNeeds::kScores) return;
  Answers pooled;
  for (const BitWidth bits : widths) {
    Answers answers;
    add_answers(prompts, widths, bits, spec, common.at(bits), answers);
    if (answers.right.empty()) continue;
    figures.areas[bits] = answers.areas();
    if (bits == widths.back()) continue;
    pooled.right.insert(pooled.right.end(), answers.right.begin(), answers.right.end());
    pooled.adequate.insert(pooled.adequate.end(), answers.adequate.begin(), answers.adequate.end());
  }
  if (!pooled.right.empty()) figures.pooled = pooled.areas();
}

void add_use(std::span<const PromptOutcomes> prompts, const Labels& labels, const Which& common,
             ModeFigures& figures) {
  Mean score, seconds, bits;
  for (size_t i = 0; i < prompts.size(); ++i) {
    if (!common[i] || !labels[i]) continue;
    ++figures.use[*labels[i]];
    bits.add(labels[i]->bits);
    const auto outcome = prompts[i].outcomes.find(*labels[i]);
    if (outcome == prompts[i].outcomes.end()) continue;
    score.add(outcome->second.score);
    seconds.add(outcome->second.seconds);
  }
  figures.score = score.value();
  figures.seconds = seconds.value();
  figures.bits = bits.value().value_or(0);
}

ModePair pair_of(const Labels& a, const Labels& b, LabelMode mode_a, LabelMode mode_b) {
  ModePair pair{mode_a, mode_b};
  std::map<BitWidth, double> of_a, of_b;
  double same = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!a[i] || !b[i]) continue;
    ++pair.prompts;
    same += *a[i] == *b[i];
    ++of_a[*a[i]];
    ++of_b[*b[i]];
  }
  if (pair.prompts == 0) return pair;
  const auto all = static_cast<double>(pair.prompts);
  pair.agreement = same / all;
  double chance = 0;
  for (const auto& [bits, number] : of_a) {
    if (of_b.contains(bits)) chance += number / all * of_b.at(bits) / all;
  }
  if (chance < 1) pair.kappa = (pair.agreement - chance) / (1 - chance);
  return pair;
}

LoopFigures loop_figures(std::span<const PromptOutcomes> prompts, BitWidth bits, double tau) {
  LoopFigures figures;
  std::vector<double> perplexities, others;
  Mean score, other_score;
  for (const PromptOutcomes& prompt : prompts) {
    const auto found = prompt.outcomes.find(bits);
    if (found == prompt.outcomes.end()) continue;
    const Outcome& outcome = found->second;
    if (outcome.token_ids.empty() && !outcome.response) continue;
    ++figures.answers;
    const bool looping = loops(outcome);
    figures.loops += looping;
    if (outcome.perplexity) {
      (looping ? perplexities : others).push_back(*outcome.perplexity);
      figures.accepted += looping && *outcome.perplexity <= tau;
    }
    (looping ? score : other_score).add(outcome.score);
  }
  figures.perplexity = median(std::move(perplexities));
  figures.other_perplexity = median(std::move(others));
  figures.score = score.value();
  figures.other_score = other_score.value();
  return figures;
}

double mean_bits(const Labels& labels, const Which& which) {
  Mean bits;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (which[i] && labels[i]) bits.add(labels[i]->bits);
  }
  return bits.value().value_or(0);
}

}  // namespace

ModeComparison compare_modes(std::span<const PromptOutcomes> prompts,
                             std::span<const BitWidth> widths, std::span<const LabelRule> rules) {
  ModeComparison comparison;
  comparison.prompts = static_cast<int64_t>(prompts.size());
  std::vector<Labels> labels;
  for (const LabelRule& rule : rules) {
    check_rule(rule);
    labels.push_back(labels_of(prompts, widths, rule));
  }
  const Which common = common_prompts(labels, prompts.size());
  const std::map<BitWidth, Which> answers = common_answers(prompts, widths, rules);
  comparison.common = std::count(common.begin(), common.end(), true);
  for (size_t m = 0; m < rules.size(); ++m) {
    ModeFigures figures;
    figures.rule = rules[m];
    figures.labelled = count(labels[m]);
    for (const BitWidth bits : widths) figures.use[bits] = 0;
    add_use(prompts, labels[m], common, figures);
    add_areas(prompts, widths, answers, figures);
    comparison.modes.push_back(std::move(figures));
    for (size_t n = 0; n < m; ++n) {
      if (count(labels[m]) == 0 || count(labels[n]) == 0) continue;
      comparison.pairs.push_back(pair_of(labels[n], labels[m], rules[n].mode, rules[m].mode));
    }
  }
  for (const BitWidth bits : widths) {
    comparison.loops[bits] = loop_figures(prompts, bits, rules.front().threshold);
  }
  return comparison;
}

std::vector<LabelRule> match_thresholds(std::span<const PromptOutcomes> prompts,
                                        std::span<const BitWidth> widths,
                                        std::span<const LabelRule> rules) {
  std::vector<LabelRule> matched(rules.begin(), rules.end());
  std::vector<Labels> labels;
  for (const LabelRule& rule : rules) labels.push_back(labels_of(prompts, widths, rule));
  const Which common = common_prompts(labels, prompts.size());
  const double wanted = mean_bits(labels.front(), common);
  for (LabelRule& rule : std::span(matched).subspan(1)) {
    const LabelModeSpec& spec = label_mode_spec(rule.mode);
    if (spec.needs == LabelNeeds::kScores) continue;
    std::vector<double> measures;
    for (const PromptOutcomes& prompt : prompts) {
      for (const BitWidth bits : widths.first(widths.size() - 1)) {
        const auto measure = label_measure(prompt, widths, bits, rule.mode);
        if (measure && *measure >= spec.low && *measure <= spec.high) measures.push_back(*measure);
      }
    }
    if (measures.empty()) continue;
    // Stricter than any of them, where the mode allows it: nothing but the largest variant will do.
    measures.push_back(spec.lower_is_better ? spec.low : spec.high);
    // From the strictest threshold to the most lenient, along which mean bits fall.
    std::sort(measures.begin(), measures.end());
    measures.erase(std::unique(measures.begin(), measures.end()), measures.end());
    if (!spec.lower_is_better) std::reverse(measures.begin(), measures.end());
    const auto bits_at = [&](double threshold) {
      rule.threshold = threshold;
      return mean_bits(labels_of(prompts, widths, rule), common);
    };
    const auto first = std::partition_point(measures.begin(), measures.end(),
                                            [&](double t) { return bits_at(t) > wanted; });
    double best = first == measures.end() ? measures.back() : *first;
    if (first != measures.begin() &&
        std::fabs(bits_at(*(first - 1)) - wanted) < std::fabs(bits_at(best) - wanted)) {
      best = *(first - 1);
    }
    rule.threshold = best;
  }
  return matched;
}

}  // namespace paq
