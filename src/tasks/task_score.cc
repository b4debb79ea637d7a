// SPDX-License-Identifier: MIT
#include "tasks/task_score.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "tasks/choice_likelihood.h"
#include "tasks/choice_prompt.h"
#include "tasks/drop.h"
#include "tasks/extract.h"
#include "tasks/json_line.h"
#include "tasks/python_samples.h"
#include "tasks/squad.h"
#include "tasks/statement.h"
#include "tasks/task.h"

namespace paq {
namespace {

using Figures = std::vector<std::pair<std::string, double>>;

// A prompt that can be scored and its predictions; null where it has none.
struct Pair {
  const Prompt* prompt;
  const std::vector<Prediction>* predictions;
};

// Sums of an official script's two measures, in the order of the file.
struct Sums {
  double exact = 0, f1 = 0;
  int64_t total = 0;

  void add(const ExactF1& score) {
    exact += score.exact;
    f1 += score.f1;
    ++total;
  }
  double percent(double sum) const { return 100.0 * sum / static_cast<double>(total); }
};

void count(IdCount& counter, const std::string& id) {
  if (counter.count++ == 0) counter.first = id;
}

const Prediction& last(const Pair& pair) { return pair.predictions->back(); }

const std::string& text_of(const Pair& pair) {
  const Prediction& prediction = last(pair);
  if (prediction.texts.size() != 1) {
    throw Error(ErrorCode::kBadFile, "the prediction for " + in_quotes(pair.prompt->id) +
                                         " is a list; " + pair.prompt->task +
                                         " is scored on one text");
  }
  return prediction.texts.front();
}

void put_squad(const Sums& sums, const std::string& prefix, Figures& figures) {
  if (sums.total == 0) return;
  figures.emplace_back(prefix + "exact", sums.percent(sums.exact));
  figures.emplace_back(prefix + "f1", sums.percent(sums.f1));
  figures.emplace_back(prefix + "total", static_cast<double>(sums.total));
}

Figures squad_figures(std::span<const Pair> pairs, const TaskScoreOptions& options) {
  Sums all, answerable, unanswerable;
  for (const Pair& pair : pairs) {
    if (pair.predictions == nullptr) continue;
    const std::string& text = text_of(pair);
    const auto& answers = pair.prompt->reference.answers;
    const ExactF1 score =
        options.responses ? squad_response_score(text, answers) : squad_score(text, answers);
    all.add(score);
    const bool has_answer = !(answers.size() == 1 && answers.front().empty());
    (has_answer ? answerable : unanswerable).add(score);
  }
  Figures figures;
  put_squad(all, "", figures);
  put_squad(answerable, "HasAns_", figures);
  put_squad(unanswerable, "NoAns_", figures);
  return figures;
}

ExactF1 drop_of(const Pair& pair, const TaskScoreOptions& options) {
  if (!options.responses) return drop_score(last(pair).texts, pair.prompt->reference);
  ExactF1 best;
  for (const auto& reading : span_readings(text_of(pair))) {
    const ExactF1 score = drop_score(reading, pair.prompt->reference);
    best.exact = std::max(best.exact, score.exact);
    best.f1 = std::max(best.f1, score.f1);
  }
  return best;
}

ExactF1 token_f1_of(const Pair& pair, const TaskScoreOptions& options) {
  const std::string_view text = text_of(pair);
  return squad_score(options.responses ? short_answer(text) : text, pair.prompt->reference.answers);
}

template <typename Score>
Figures exact_f1_figures(std::span<const Pair> pairs, const TaskScoreOptions& options,
                         const Score& score) {
  Sums sums;
  for (const Pair& pair : pairs) {
    sums.add(pair.predictions == nullptr ? ExactF1{} : score(pair, options));
  }
  const double f1 = sums.percent(sums.f1);
  return {{"score", f1},
          {"exact", sums.percent(sums.exact)},
          {"f1", f1},
          {"total", static_cast<double>(sums.total)}};
}

bool has_logprobs(const Pair& pair) {
  return pair.predictions != nullptr && !last(pair).logprobs.empty();
}

Figures likelihood_figures(std::span<const Pair> pairs) {
  double sum = 0, per_byte = 0;
  bool texts = true;
  for (const Pair& pair : pairs) {
    const Reference& reference = pair.prompt->reference;
    texts = texts && !reference.choices.empty();
    if (pair.predictions == nullptr) continue;
    const std::vector<double>& logprobs = last(pair).logprobs;
    if (logprobs.empty() ||
        (!reference.choices.empty() && logprobs.size() != reference.choices.size())) {
      throw Error(ErrorCode::kBadFile,
                  "the prediction for " + in_quotes(pair.prompt->id) + " has " +
                      std::to_string(logprobs.size()) + " log-probabilities; expected one for " +
                      (reference.choices.empty()
                           ? std::string("each option")
                           : "each of " + std::to_string(reference.choices.size()) + " options"));
    }
    std::vector<ChoiceLikelihood> choices;
    for (size_t i = 0; i < logprobs.size(); ++i) {
      const double bytes = reference.choices.empty() ? 1 : choice_bytes(reference.choices[i]);
      choices.push_back({.logprob = logprobs[i], .length = bytes});
    }
    const auto right = choice_letter(reference.answers.front());
    const auto is_right = [&](LikelihoodMeasure measure) {
      const auto choice = likeliest_choice(choices, measure);
      return choice && right == static_cast<char>('A' + *choice) ? 1.0 : 0.0;
    };
    sum += is_right(LikelihoodMeasure::kSum);
    per_byte += is_right(LikelihoodMeasure::kPerLength);
  }
  const auto total = static_cast<double>(pairs.size());
  Figures figures = {{"score", 100.0 * sum / total}};
  if (texts) figures.emplace_back("score_per_byte", 100.0 * per_byte / total);
  figures.emplace_back("total", total);
  return figures;
}

Figures python_figures(std::span<const Pair> pairs, const TaskScoreOptions& options) {
  std::vector<PythonSamples> problems;
  for (const Pair& pair : pairs) {
    PythonSamples& problem = problems.emplace_back();
    problem.code = &pair.prompt->reference.code;
    if (pair.predictions == nullptr) continue;
    for (const Prediction& prediction : *pair.predictions) {
      for (const std::string& text : prediction.texts) problem.responses.push_back(text);
    }
  }
  run_samples(problems, options);
  Figures figures = pass_at_k_figures(problems, options.ks);
  return figures;
}

Figures mean_figures(std::span<const Pair> pairs, const TaskScoreOptions& options) {
  double sum = 0;
  for (const Pair& pair : pairs) {
    if (pair.predictions == nullptr) continue;
    sum += score_response(metric_of(*pair.prompt).metric, text_of(pair), pair.prompt->reference,
                          options.runner);
  }
  const auto total = static_cast<double>(pairs.size());
  return {{"score", 100.0 * sum / total}, {"total", total}};
}

Figures figures_of(Metric metric, std::span<const Pair> pairs, const TaskScoreOptions& options) {
  switch (metric) {
    case Metric::kSquad2:
      return squad_figures(pairs, options);
    case Metric::kDrop:
      return exact_f1_figures(pairs, options, drop_of);
    case Metric::kTokenF1:
      return exact_f1_figures(pairs, options, token_f1_of);
    case Metric::kPythonTests:
      return python_figures(pairs, options);
    case Metric::kChoiceLetter:
      if (std::any_of(pairs.begin(), pairs.end(), has_logprobs)) return likelihood_figures(pairs);
      return mean_figures(pairs, options);
    case Metric::kChoiceLikelihood:
    case Metric::kChoiceLikelihoodPerByte:
      return likelihood_figures(pairs);
    default:
      return mean_figures(pairs, options);
  }
}

// Prompts counted from 1 and predictions from 0: each would be scored against its neighbour.
void refuse_shifted(const TaskScore& score, size_t prompts) {
  const bool shifted = score.unknown.count == 1 && score.unknown.first == "0" &&
                       score.missing.count == 1 && score.missing.first == std::to_string(prompts);
  if (!shifted) return;
  throw Error(ErrorCode::kMismatch,
              "the predictions are for \"0\" to " + in_quotes(std::to_string(prompts - 1)) +
                  ", the prompts are counted from \"1\" to " + in_quotes(std::to_string(prompts)) +
                  "; add one to the predictions' ids");
}

}  // namespace

TaskScore score_predictions(std::span<const Prompt> prompts, const Predictions& predictions,
                            const TaskScoreOptions& options) {
  TaskScore score;
  std::set<std::string_view> ids;
  std::set<Metric> metrics;
  std::vector<Pair> pairs;
  size_t matched = 0;
  for (const Prompt& prompt : prompts) {
    ids.insert(prompt.id);
    const Metric metric = metric_of(prompt).metric;
    if (!can_score(metric, prompt.reference)) {
      ++score.unscored;
      continue;
    }
    metrics.insert(metric);
    const auto found = predictions.by_id.find(prompt.id);
    const bool has = found != predictions.by_id.end();
    if (!has) count(score.missing, prompt.id);
    if (has && found->second.size() > 1 && metric != Metric::kPythonTests) {
      count(score.repeated, prompt.id);
    }
    matched += has ? 1 : 0;
    pairs.push_back({&prompt, has ? &found->second : nullptr});
  }
  for (const auto& [id, prediction] : predictions.by_id) {
    if (!ids.contains(id)) count(score.unknown, id);
  }
  if (pairs.empty()) {
    throw Error(ErrorCode::kUsage, "no prompt of this file has a reference to score against");
  }
  if (matched == 0) {
    throw Error(ErrorCode::kMismatch, "none of the " + std::to_string(predictions.by_id.size()) +
                                          " predictions fits: the first is for " +
                                          in_quotes(predictions.by_id.begin()->first) +
                                          ", the first prompt is " +
                                          in_quotes(pairs.front().prompt->id) +
                                          "; give the file that they were made for");
  }
  refuse_shifted(score, prompts.size());
  score.figures = metrics.size() == 1 ? figures_of(*metrics.begin(), pairs, options)
                                      : mean_figures(pairs, options);
  return score;
}

}  // namespace paq
