// SPDX-License-Identifier: MIT
#include "cli/mode_table.h"

#include "cli/terminal.h"
#include "report/format.h"

namespace paq {
namespace {

std::string area_text(const std::optional<ModeAreas>& areas, RocArea ModeAreas::*which) {
  if (!areas || !((*areas).*which).is_defined()) return "-";
  const Estimate& area = ((*areas).*which).area;
  return fixed_point(area.value, 3) + " [" + fixed_point(area.low, 3) + ", " +
         fixed_point(area.high, 3) + "]";
}

std::string percent_or_dash(const std::optional<double>& share) {
  return share ? percent(*share) : "-";
}

std::string modes_part(const ModeComparison& comparison, std::span<const BitWidth> widths) {
  double longest = 0;
  for (const ModeFigures& figures : comparison.modes) {
    longest = std::max(longest, figures.seconds.value_or(0));
  }
  const TimeUnit unit = time_unit(longest);
  TextTable table;
  std::vector<std::string> header = {"label mode", "threshold", "labelled"};
  for (const BitWidth width : widths) header.push_back(to_string(width) + "-bit %");
  header.insert(header.end(), {"score %", std::string(unit.name) + "/prompt", "mean bits",
                               "AUC right", "AUC as good"});
  table.add(header);
  table.rule();
  for (const ModeFigures& figures : comparison.modes) {
    std::vector<std::string> row = {std::string(label_mode_spec(figures.rule.mode).name),
                                    tau_text(figures.rule.threshold), grouped(figures.labelled)};
    const bool any = figures.labelled > 0 && comparison.common > 0;
    for (const auto& [bits, count] : figures.use) {
      row.push_back(
          any ? percent(static_cast<double>(count) / static_cast<double>(comparison.common)) : "-");
    }
    row.push_back(percent_or_dash(figures.score));
    row.push_back(in_unit(figures.seconds, unit));
    row.push_back(any ? fixed_point(figures.bits, 2) : "-");
    row.push_back(area_text(figures.pooled, &ModeAreas::right));
    row.push_back(area_text(figures.pooled, &ModeAreas::adequate));
    table.add(row);
  }
  return table.str();
}

std::string pairs_part(const ModeComparison& comparison) {
  TextTable table;
  std::vector<std::string> header = {"agreement % (kappa)"};
  std::vector<LabelMode> modes;
  for (const ModeFigures& figures : comparison.modes) {
    if (figures.labelled > 0) modes.push_back(figures.rule.mode);
  }
  for (const LabelMode mode : modes) header.emplace_back(label_mode_spec(mode).name);
  header.pop_back();
  table.add(header);
  table.rule();
  for (size_t row = 1; row < modes.size(); ++row) {
    std::vector<std::string> cells = {std::string(label_mode_spec(modes[row]).name)};
    for (size_t column = 0; column + 1 < modes.size(); ++column) {
      std::string cell;
      for (const ModePair& pair : comparison.pairs) {
        if (pair.a != modes[column] || pair.b != modes[row]) continue;
        cell = percent(pair.agreement) + " (" +
               (pair.kappa ? fixed_point(*pair.kappa, 2) : std::string("-")) + ")";
      }
      cells.push_back(cell);
    }
    table.add(cells);
  }
  return table.str();
}

std::string loops_part(const ModeComparison& comparison) {
  TextTable table;
  table.add({"loops", "answers", "loops", "accepted", "median perplexity", "of others", "score %",
             "of others"});
  table.rule();
  for (const auto& [bits, loops] : comparison.loops) {
    const auto number = [](const std::optional<double>& value) {
      return value ? fixed_point(*value, 3) : std::string("-");
    };
    table.add({to_string(bits) + "-bit", grouped(loops.answers), grouped(loops.loops),
               grouped(loops.accepted), number(loops.perplexity), number(loops.other_perplexity),
               percent_or_dash(loops.score), percent_or_dash(loops.other_score)});
  }
  return table.str();
}

}  // namespace

std::string modes_table(const ModeComparison& comparison, std::span<const BitWidth> widths) {
  std::string text = modes_part(comparison, widths);
  if (comparison.pairs.size() > 0) text += "\n" + pairs_part(comparison);
  return text + "\n" + loops_part(comparison);
}

std::string mode_list() {
  TextTable table;
  table.add({"label mode", "version", "threshold", "needs"});
  table.rule();
  std::string explanations;
  for (const LabelModeSpec& spec : label_modes()) {
    table.add({std::string(spec.name), std::to_string(spec.version),
               (spec.lower_is_better ? "at most " : "at least ") + tau_text(spec.threshold),
               std::string(to_string(spec.needs))});
    explanations += std::string(spec.name) + ": " + std::string(spec.measure) + " (" +
                    std::string(spec.source) + ")\n";
  }
  return table.str() + "\n" + explanations;
}

Json mode_list_json() {
  Json list = Json::array();
  for (const LabelModeSpec& spec : label_modes()) {
    list.push_back({{"mode", spec.name},
                    {"version", spec.version},
                    {"threshold", spec.threshold},
                    {"lower_is_better", spec.lower_is_better},
                    {"needs", to_string(spec.needs)},
                    {"measure", spec.measure},
                    {"source", spec.source}});
  }
  return list;
}

}  // namespace paq
