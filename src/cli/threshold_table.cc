// SPDX-License-Identifier: MIT
#include "cli/threshold_table.h"

#include "report/format.h"

namespace paq {

std::string threshold_table(std::span<const ThresholdSummary> summaries,
                            std::span<const BitWidth> widths) {
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
    text += std::to_string(summaries.front().unlabelled) +
            " prompts have no label, for want of an outcome.\n";
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

}  // namespace paq
