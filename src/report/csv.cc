// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include "report/csv_text.h"
#include "report/exports.h"

namespace paq {
namespace {

void append_shares(std::vector<std::string>& fields, const Evaluation& evaluation,
                   const std::map<BitWidth, double>* shares) {
  for (BitWidth width : evaluation.widths) {
    const bool known = shares != nullptr && shares->contains(width);
    fields.push_back(known ? csv_number(shares->at(width)) : "");
  }
}

std::string overall_line(const Evaluation& evaluation, const StrategyResult& strategy) {
  const auto& interval = strategy.score_interval;
  std::vector<std::string> fields = {strategy.name,
                                     "",
                                     std::to_string(evaluation.prompts),
                                     csv_number(strategy.score),
                                     interval ? csv_number(interval->low) : "",
                                     interval ? csv_number(interval->high) : "",
                                     csv_number(strategy.seconds_mean),
                                     csv_number(strategy.seconds_median),
                                     csv_number(strategy.seconds_p95),
                                     csv_number(strategy.bits_mean)};
  append_shares(fields, evaluation, &strategy.shares);
  return csv_line(fields);
}

std::string task_line(const Evaluation& evaluation, const StrategyResult& strategy,
                      const std::string& task) {
  const TaskResult& result = strategy.tasks.at(task);
  std::vector<std::string> fields = {strategy.name,
                                     task,
                                     std::to_string(result.n),
                                     csv_number(result.score),
                                     "",
                                     "",
                                     csv_number(result.seconds_mean),
                                     csv_number(result.seconds_median),
                                     csv_number(result.seconds_p95),
                                     csv_number(result.bits_mean)};
  append_shares(fields, evaluation,
                strategy.name == "router" ? &evaluation.routing.at(task) : nullptr);
  return csv_line(fields);
}

}  // namespace

std::string evaluation_csv(const Evaluation& evaluation) {
  std::vector<std::string> header = {"strategy",    "task",       "prompts",      "score",
                                     "score_low",   "score_high", "seconds_mean", "seconds_median",
                                     "seconds_p95", "bits_mean"};
  for (BitWidth width : evaluation.widths) header.push_back("share_" + to_string(width));
  std::string text = csv_line(header);
  for (const StrategyResult& strategy : evaluation.strategies) {
    text += overall_line(evaluation, strategy);
    for (const std::string& task : evaluation.tasks) text += task_line(evaluation, strategy, task);
  }
  return text;
}

}  // namespace paq
