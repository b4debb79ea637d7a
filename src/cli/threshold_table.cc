// SPDX-License-Identifier: MIT
#include "cli/threshold_table.h"

#include <algorithm>

#include "cli/terminal.h"
#include "report/format.h"

namespace paq {

std::string threshold_table(std::span<const ThresholdSummary> summaries,
                            std::span<const BitWidth> widths, LabelNeeds needs) {
  double longest = 0;
  for (const ThresholdSummary& summary : summaries) {
    longest = std::max(longest, summary.seconds.value_or(0));
  }
  const TimeUnit unit = time_unit(longest);
  TextTable table;
  std::vector<std::string> header = {"tau", "prompts"};
  for (BitWidth width : widths) header.push_back(to_string(width) + "-bit %");
  header.insert(header.end(), {"score %", std::string(unit.name) + "/prompt", "mean bits"});
  table.add(header);
  table.rule();
  for (const ThresholdSummary& summary : summaries) {
    std::vector<std::string> row = {tau_text(summary.tau), std::to_string(summary.prompts)};
    for (const auto& [width, count] : summary.use) {
      row.push_back(summary.prompts == 0 ? "-"
                                         : percent(static_cast<double>(count) /
                                                   static_cast<double>(summary.prompts)));
    }
    row.push_back(summary.score ? percent(*summary.score) : "-");
    row.push_back(in_unit(summary.seconds, unit));
    row.push_back(fixed_point(summary.bits, 2));
    table.add(row);
  }
  std::string text = table.str();
  if (!summaries.empty() && summaries.front().unlabelled > 0) {
    const bool compared = needs == LabelNeeds::kComparisons || needs == LabelNeeds::kDistributions;
    text += grouped(summaries.front().unlabelled) + " prompts have no label, for want of " +
            (compared                       ? "a comparison; paq labels measure makes them.\n"
             : needs == LabelNeeds::kScores ? "a score.\n"
                                            : "an outcome with a perplexity.\n");
  }
  return text;
}

Json thresholds_json(std::span<const ThresholdSummary> summaries) {
  Json json = Json::array();
  for (const ThresholdSummary& summary : summaries) {
    json.push_back({{"tau", summary.tau},
                    {"prompts", summary.prompts},
                    {"unlabelled", summary.unlabelled},
                    {"use", by_width_json(summary.use)},
                    {"score", summary.score ? Json(*summary.score) : Json(nullptr)},
                    {"seconds_mean", summary.seconds ? Json(*summary.seconds) : Json(nullptr)},
                    {"bits_mean", summary.bits}});
  }
  return json;
}

std::string walked_text(const FairPrompts& fair) {
  return grouped(fair.walked) +
         " prompts are left out, for paq label --lazy asked them on only where they were hard; " +
         grouped(static_cast<int64_t>(fair.prompts.size())) + " drawn beforehand are taken\n";
}

std::string sweep_table(const ThresholdSweep& sweep) {
  double longest = 0;
  for (const ThresholdPoint& point : sweep.points) {
    longest = std::max(longest, point.seconds.value_or(0));
  }
  const TimeUnit unit = time_unit(longest);
  TextTable table;
  std::vector<std::string> header = {"threshold", "measures %"};
  for (const BitWidth width : sweep.widths) header.push_back(to_string(width) + "-bit %");
  header.insert(header.end(), {"score %", std::string(unit.name) + "/prompt", "mean bits"});
  table.add(header);
  table.rule();
  for (const ThresholdPoint& point : sweep.points) {
    std::vector<std::string> row = {tau_text(point.threshold), percent(point.position)};
    for (const double share : point.shares) row.push_back(percent(share));
    row.push_back(point.score ? percent(*point.score) : "-");
    row.push_back(in_unit(point.seconds, unit));
    row.push_back(fixed_point(point.bits, 2));
    table.add(row);
  }
  return table.str();
}

Json sweep_json(const ThresholdSweep& sweep) {
  Json points = Json::array();
  for (const ThresholdPoint& point : sweep.points) {
    Json shares = Json::object();
    for (size_t k = 0; k < sweep.widths.size(); ++k) {
      shares[to_string(sweep.widths[k])] = point.shares[k];
    }
    points.push_back({{"threshold", point.threshold},
                      {"position", point.position},
                      {"shares", shares},
                      {"score", point.score ? Json(*point.score) : Json(nullptr)},
                      {"seconds_mean", point.seconds ? Json(*point.seconds) : Json(nullptr)},
                      {"bits_mean", point.bits}});
  }
  return {{"prompts", sweep.prompts},
          {"left_out", sweep.left_out},
          {"largest_score", sweep.largest_score ? Json(*sweep.largest_score) : Json(nullptr)},
          {"points", points}};
}

Json proposal_json(const std::optional<ThresholdProposal>& proposal) {
  if (!proposal) return nullptr;
  return {{"conservative", proposal->conservative},
          {"medium", proposal->medium},
          {"aggressive", proposal->aggressive},
          {"least_share", proposal->least_share},
          {"least_score", proposal->least_score ? Json(*proposal->least_score) : Json(nullptr)}};
}

}  // namespace paq
