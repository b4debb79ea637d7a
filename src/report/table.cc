// SPDX-License-Identifier: MIT
// An evaluation for the terminal.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "report/format.h"
#include "report/report.h"
#include "report/router_text.h"

namespace paq {
namespace {

// What of a long name the column has room for.
std::string short_name(const std::string& strategy) {
  return strategy == "router-leave-one-out" ? "leave-one-out" : strategy;
}

std::string interval(const std::optional<Estimate>& shares) {
  return shares ? percent(shares->low) + "-" + percent(shares->high) : "-";
}

// "2/4/8/16": widths or shares, one column for all of them.
template <typename Values, typename Text>
std::string slashed(const Values& values, Text text) {
  std::string joined;
  for (const auto& value : values) joined += (joined.empty() ? "" : "/") + text(value);
  return joined;
}

std::string strategies_table(const Evaluation& evaluation) {
  const TimeUnit unit = time_unit(longest_time(evaluation));
  const std::string largest = to_string(evaluation.widths.back());
  const StrategyResult* reference = evaluation.strategy("fixed-" + largest);

  TextTable table;
  table.add({"strategy", "score %", "95 %", std::string(unit.name) + " mean", "median", "p95",
             "vs " + largest + "-bit", "bits", slashed(evaluation.widths, [](BitWidth width) {
                                                 return to_string(width);
                                               }) + "-bit %"});
  table.rule();
  for (const StrategyResult& strategy : evaluation.strategies) {
    std::string ratio = "-";
    if (reference && reference->seconds_mean && *reference->seconds_mean > 0 &&
        strategy.seconds_mean) {
      ratio = signed_points(*strategy.seconds_mean / *reference->seconds_mean - 1) + " %";
    }
    table.add({short_name(strategy.name), percent(strategy.score),
               interval(strategy.score_interval), in_unit(strategy.seconds_mean, unit),
               in_unit(strategy.seconds_median, unit), in_unit(strategy.seconds_p95, unit), ratio,
               fixed_point(strategy.bits_mean, 2), slashed(strategy.shares, [](const auto& entry) {
                 return fixed_point(100 * entry.second, 0);
               })});
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
    std::vector<std::string> row = {short_name(strategy.name)};
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

std::string differences_table(const Evaluation& evaluation) {
  double longest = 0;
  std::map<std::string, const Difference*> times;
  for (const Difference& difference : evaluation.seconds_differences) {
    longest = std::max(longest, std::abs(difference.mean));
    times[difference.than] = &difference;
  }
  const TimeUnit unit = time_unit(longest);
  const auto signed_time = [&](double seconds) {
    return (seconds > 0 ? "+" : "") + in_unit(seconds, unit);
  };
  TextTable table;
  table.add({"router less", "points", "95 % interval", std::string(unit.name), "95 % interval"});
  table.rule();
  for (const Difference& difference : evaluation.differences) {
    std::vector<std::string> row = {
        short_name(difference.than), signed_points(difference.mean),
        signed_points(difference.low) + " to " + signed_points(difference.high)};
    if (const auto time = times.find(difference.than); time != times.end()) {
      row.push_back(signed_time(time->second->mean));
      row.push_back(signed_time(time->second->low) + " to " + signed_time(time->second->high));
    }
    table.add(row);
  }
  return table.str();
}

// Each policy against the labels and against a mix with its shares.
std::string policies_table(const Evaluation& evaluation) {
  if (evaluation.policies.empty()) return "";
  TextTable table;
  table.add({"policy", "below label %", "allowed %", "of", "less its mix", "95 % interval"});
  table.rule();
  for (const PolicyResult& policy : evaluation.policies) {
    const std::string below =
        policy.labelled > 0
            ? percent(static_cast<double>(policy.inadequate) / static_cast<double>(policy.labelled))
            : "-";
    table.add({policy.name, below, policy.allowed ? percent(*policy.allowed) : "-",
               std::to_string(policy.labelled), signed_points(policy.gain.value),
               signed_points(policy.gain.low) + " to " + signed_points(policy.gain.high)});
  }
  return "\n" + table.str();
}

// Broken after its colon, if it has one.
std::string on_two_lines(std::string sentence) {
  const size_t colon = sentence.find(": ");
  if (colon != std::string::npos) sentence[colon + 1] = '\n';
  return sentence;
}

// Where best-fixed and the other baselines come from.
std::string baselines_text(const Evaluation& evaluation) {
  const BaselineInfo& info = evaluation.baselines;
  if (info.best_fixed.bits == 0) return "";
  std::string text = "best-fixed is " + to_string(info.best_fixed) + "-bit, ";
  text += info.best_fixed_seen_test
              ? "chosen on these very prompts, for want of training outcomes"
              : "chosen on " + std::to_string(info.training_scored) + " training prompts";
  if (info.training_labelled > 0) {
    text += ";\nthe length and task routers are fitted on " +
            std::to_string(info.training_labelled) + " training labels";
  }
  return text + ".\n";
}

}  // namespace

std::string evaluation_table(const Evaluation& evaluation, const ReportMeta& meta) {
  std::string text = meta.model + ", tau " + tau_text(evaluation.tau) + ", " +
                     std::to_string(evaluation.prompts) + " prompts, seed " +
                     std::to_string(evaluation.seed) + "\n";
  if (!meta.router.empty()) text += "router: " + meta.router + "\n";
  if (!meta.machine.empty()) text += "machine: " + meta.machine + "\n";
  if (!meta.note.empty()) text += meta.note + "\n";
  text += "\n" + strategies_table(evaluation) + baselines_text(evaluation);
  text += "\n" + task_scores_table(evaluation);
  text += "\n" + routing_table(evaluation);
  text += "\n" + differences_table(evaluation);
  text += on_two_lines(best_mix_text(evaluation)) + "\n";
  text += policies_table(evaluation);
  text += "\n" + router_text(evaluation);
  return text;
}

}  // namespace paq
