// SPDX-License-Identifier: MIT
// An evaluation for the terminal.
#include <string>

#include "report/format.h"
#include "report/report.h"

namespace paq {
namespace {

std::string strategies_table(const Evaluation& evaluation) {
  const TimeUnit unit = time_unit(longest_time(evaluation));
  const std::string largest = "fixed-" + to_string(evaluation.widths.back());
  const StrategyResult* reference = evaluation.strategy(largest);

  TextTable table;
  std::vector<std::string> header = {"strategy", "score %", std::string(unit.name) + "/prompt",
                                     "vs " + largest, "mean bits"};
  for (BitWidth width : evaluation.widths) header.push_back(to_string(width) + "-bit %");
  table.add(header);
  table.rule();
  for (const StrategyResult& strategy : evaluation.strategies) {
    std::string ratio = "-";
    if (reference && reference->seconds_mean && *reference->seconds_mean > 0) {
      ratio = signed_points(*strategy.seconds_mean / *reference->seconds_mean - 1) + " %";
    }
    std::vector<std::string> row = {strategy.name, percent(strategy.score),
                                    in_unit(strategy.seconds_mean, unit), ratio,
                                    fixed_point(strategy.bits_mean, 2)};
    for (const auto& [width, share] : strategy.shares) row.push_back(percent(share));
    table.add(row);
  }
  return table.str();
}

std::string task_scores_table(const Evaluation& evaluation) {
  TextTable table;
  std::vector<std::string> header = {"score %"}, counts = {"prompts"};
  for (const std::string& name : short_names(evaluation.tasks)) header.push_back(name);
  for (const std::string& task : evaluation.tasks) {
    counts.push_back(std::to_string(evaluation.strategies.front().tasks.at(task).n));
  }
  table.add(header);
  table.rule();
  for (const StrategyResult& strategy : evaluation.strategies) {
    std::vector<std::string> row = {strategy.name};
    for (const std::string& task : evaluation.tasks) {
      row.push_back(percent(strategy.tasks.at(task).score));
    }
    table.add(row);
  }
  table.add(counts);
  return table.str();
}

std::string routing_table(const Evaluation& evaluation) {
  TextTable table;
  std::vector<std::string> header = {"routed to %"};
  for (BitWidth width : evaluation.widths) header.push_back(to_string(width) + "-bit");
  table.add(header);
  table.rule();
  const auto add = [&](const std::string& name, const std::map<BitWidth, double>& shares) {
    std::vector<std::string> row = {name};
    for (const auto& [width, share] : shares) row.push_back(percent(share));
    table.add(row);
  };
  for (const std::string& task : evaluation.tasks) add(task, evaluation.routing.at(task));
  if (const StrategyResult* router = evaluation.strategy("router")) {
    table.rule();
    add("mean over tasks", router->shares);
  }
  return table.str();
}

std::string confusion_table(const Evaluation& evaluation) {
  TextTable table;
  std::vector<std::string> header = {"label \\ routed to"};
  for (BitWidth width : evaluation.widths) header.push_back(to_string(width) + "-bit");
  table.add(header);
  table.rule();
  for (size_t label = 0; label < evaluation.widths.size(); ++label) {
    std::vector<std::string> row = {to_string(evaluation.widths[label]) + "-bit"};
    for (int64_t count : evaluation.router.confusion[label]) row.push_back(std::to_string(count));
    table.add(row);
  }
  return table.str();
}

std::string router_line(const Evaluation& evaluation) {
  const RouterQuality& router = evaluation.router;
  const TimeUnit unit = time_unit(router.seconds_mean);
  std::string text;
  if (router.unlabelled < evaluation.prompts) {
    text = "The router agrees with the labels on " + percent(router.label_accuracy) +
           " % of the prompts (always the commonest label: " + percent(router.majority_baseline) +
           " %)";
  } else {
    text = "No prompt has a label: the outcomes have no perplexities";
  }
  if (router.unlabelled > 0 && router.unlabelled < evaluation.prompts) {
    text += ", " + std::to_string(router.unlabelled) + " without a label left out";
  }
  return text + "; it takes " + in_unit(router.seconds_mean, unit) + " " + std::string(unit.name) +
         " a prompt.\n";
}

std::string differences_text(const Evaluation& evaluation) {
  TextTable table;
  table.add({"router less", "points", "95 % interval"});
  table.rule();
  for (const Difference& difference : evaluation.differences) {
    table.add({difference.than, signed_points(difference.mean),
               signed_points(difference.low) + " to " + signed_points(difference.high)});
  }
  return table.str();
}

}  // namespace

std::string evaluation_table(const Evaluation& evaluation, const ReportMeta& meta) {
  std::string text = meta.model + ", tau " + tau_text(evaluation.tau) + ", " +
                     std::to_string(evaluation.prompts) + " prompts, seed " +
                     std::to_string(evaluation.seed) + "\n";
  if (!meta.router.empty()) text += "router: " + meta.router + "\n";
  if (!meta.machine.empty()) text += "machine: " + meta.machine + "\n";
  if (!meta.note.empty()) text += meta.note + "\n";
  text += "\n" + strategies_table(evaluation);
  text += "\n" + task_scores_table(evaluation);
  text += "\n" + routing_table(evaluation);
  text += "\n" + confusion_table(evaluation);
  text += router_line(evaluation);
  text += "\n" + differences_text(evaluation);
  text += best_mix_text(evaluation) + "\n";
  return text;
}

}  // namespace paq
