// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include "report/exports.h"
#include "report/format.h"
#include "report/latex_text.h"

namespace paq {
namespace {

// Times where anything was timed: they come for all answers of a run or for none.
struct Columns {
  explicit Columns(const Evaluation& evaluation) : unit(time_unit(longest_time(evaluation))) {
    for (const StrategyResult& strategy : evaluation.strategies) {
      timed = timed || strategy.seconds_mean.has_value();
    }
  }

  size_t per_task() const { return timed ? 2 : 1; }
  std::string cells(double score, std::optional<double> seconds) const {
    return " & " + percent(score) +
           (timed ? " & " + (seconds ? in_unit(seconds, unit) : "--") : std::string());
  }

  TimeUnit unit;
  bool timed = false;
};

std::string caption(const Evaluation& evaluation, const ReportMeta& meta, const Columns& columns) {
  const std::string latency =
      columns.timed ? " and mean latency per prompt (" + std::string(columns.unit.name) + ")" : "";
  std::string text = "Score (\\%)" + latency + " of " + latex_escaped(meta.model) + " on " +
                     std::to_string(evaluation.prompts) +
                     " prompts; the router follows labels of $\\tau = " + tau_text(evaluation.tau) +
                     "$.";
  if (!meta.note.empty()) text += " " + latex_escaped(meta.note);
  return text;
}

}  // namespace

std::string evaluation_latex(const Evaluation& evaluation, const ReportMeta& meta) {
  const Columns columns(evaluation);
  const size_t per_task = columns.per_task(), groups = evaluation.tasks.size() + 1;
  const std::string span = std::to_string(per_task);
  std::string text = latex_comment("Written by paq report from " + meta.date + ", " + meta.machine);
  text += "% \\usepackage{booktabs}\n\\begin{table*}[t]\n\\centering\\small\n";
  text += "\\setlength{\\tabcolsep}{3pt}\n\\begin{tabular}{l";
  text += std::string(per_task * groups, 'r');
  text += "}\n\\toprule\n";
  for (const std::string& name : short_names(evaluation.tasks)) {
    text += " & \\multicolumn{" + span + "}{c}{" + latex_escaped(name) + "}";
  }
  text += " & \\multicolumn{" + span + "}{c}{Mean} \\\\\n";
  for (size_t g = 0; g < groups; ++g) {
    text += "\\cmidrule(lr){" + std::to_string(per_task * g + 2) + "-" +
            std::to_string(per_task * (g + 1) + 1) + "}";
  }
  text += "\nStrategy";
  for (size_t g = 0; g < groups; ++g) {
    text += columns.timed ? " & \\% & " + std::string(columns.unit.name) : " & \\%";
  }
  text += " \\\\\n\\midrule\n";
  for (const StrategyResult& strategy : evaluation.strategies) {
    text += latex_escaped(strategy.name);
    for (const std::string& task : evaluation.tasks) {
      const TaskResult& result = strategy.tasks.at(task);
      text += columns.cells(result.score, result.seconds_mean);
    }
    text += columns.cells(strategy.score, strategy.seconds_mean) + " \\\\\n";
  }
  text += "\\bottomrule\n\\end{tabular}\n\\caption{" + caption(evaluation, meta, columns) + "}\n";
  return text + "\\end{table*}\n";
}

}  // namespace paq
