// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>
#include <vector>

#include "report/csv_text.h"
#include "report/format.h"
#include "report/latex_text.h"
#include "report/modes.h"

namespace paq {
namespace {

// Of two modes in either order; null where one has no labels.
const ModePair* pair_of(const ModeComparison& comparison, LabelMode one, LabelMode other) {
  for (const ModePair& pair : comparison.pairs) {
    if ((pair.a == one && pair.b == other) || (pair.a == other && pair.b == one)) return &pair;
  }
  return nullptr;
}

std::string name_of(const ModeFigures& figures) {
  return std::string(label_mode_spec(figures.rule.mode).name);
}

bool has_use(const ModeComparison& comparison, const ModeFigures& figures) {
  return figures.labelled > 0 && comparison.common > 0;
}

double share(int64_t count, const ModeComparison& comparison) {
  return static_cast<double>(count) / static_cast<double>(comparison.common);
}

void append_area(std::vector<std::string>& fields, const std::optional<ModeAreas>& areas,
                 RocArea ModeAreas::*which) {
  if (!areas || !((*areas).*which).is_defined()) {
    fields.insert(fields.end(), 3, "");
    return;
  }
  const Estimate& area = ((*areas).*which).area;
  for (const double value : {area.value, area.low, area.high}) fields.push_back(csv_number(value));
}

std::string area_cell(const std::optional<ModeAreas>& areas, RocArea ModeAreas::*which) {
  if (!areas || !((*areas).*which).is_defined()) return " & --";
  const Estimate& area = ((*areas).*which).area;
  return " & " + fixed_point(area.value, 3) + " [" + fixed_point(area.low, 3) + ", " +
         fixed_point(area.high, 3) + "]";
}

// What both tables of the paper's form begin and end with.
std::string table_head(const std::string& columns) {
  return "\\begin{table*}[t]\n\\centering\\small\n\\setlength{\\tabcolsep}{3pt}\n"
         "\\begin{tabular}{" +
         columns + "}\n\\toprule\n";
}

std::string table_foot(const std::string& caption) {
  return "\\bottomrule\n\\end{tabular}\n\\caption{" + caption + "}\n\\end{table*}\n";
}

std::string use_table(const ModeComparison& comparison, const std::vector<ModeFigures>& modes,
                      const ReportMeta& meta) {
  double longest = 0;
  for (const ModeFigures& mode : modes) longest = std::max(longest, mode.seconds.value_or(0));
  const TimeUnit unit = time_unit(longest);
  const bool timed = std::any_of(modes.begin(), modes.end(),
                                 [](const ModeFigures& mode) { return mode.seconds.has_value(); });
  const size_t widths = modes.front().use.size();
  std::string text = table_head("lr" + std::string(widths + (timed ? 3 : 2), 'r') + "ll");
  text += "Label mode & Threshold";
  for (const auto& [bits, count] : modes.front().use) text += " & " + to_string(bits) + "-bit \\%";
  text += " & Score \\%";
  if (timed) text += " & " + std::string(unit.name);
  text += " & Bits & AUC right & AUC as good \\\\\n\\midrule\n";
  for (const ModeFigures& mode : modes) {
    text += latex_escaped(name_of(mode)) + " & " + tau_text(mode.rule.threshold);
    const bool used = has_use(comparison, mode);
    for (const auto& [bits, count] : mode.use) {
      text += used ? " & " + percent(share(count, comparison)) : " & --";
    }
    text += mode.score ? " & " + percent(*mode.score) : " & --";
    if (timed) text += mode.seconds ? " & " + in_unit(mode.seconds, unit) : " & --";
    text += used ? " & " + fixed_point(mode.bits, 2) : " & --";
    text += area_cell(mode.pooled, &ModeAreas::right);
    text += area_cell(mode.pooled, &ModeAreas::adequate) + " \\\\\n";
  }
  return text +
         table_foot("Label modes of " + latex_escaped(meta.model) + ": use of each width, score" +
                    (timed ? ", mean latency" : "") + " and bits over the " +
                    std::to_string(comparison.common) + " of " +
                    std::to_string(comparison.prompts) +
                    " prompts that all modes label, if each were answered by its label's width; "
                    "area under the ROC curve [95\\,\\%] for a right answer and for one as good as "
                    "the largest width's.");
}

std::string agreement_table(const ModeComparison& comparison,
                            const std::vector<ModeFigures>& modes) {
  std::string text = table_head("l" + std::string(modes.size() - 1, 'r'));
  for (size_t column = 0; column + 1 < modes.size(); ++column) {
    text += " & " + latex_escaped(name_of(modes[column]));
  }
  text += " \\\\\n\\midrule\n";
  for (size_t row = 1; row < modes.size(); ++row) {
    text += latex_escaped(name_of(modes[row]));
    for (size_t column = 0; column + 1 < modes.size(); ++column) {
      const ModePair* pair =
          column < row ? pair_of(comparison, modes[row].rule.mode, modes[column].rule.mode)
                       : nullptr;
      text += " &";
      if (pair == nullptr) continue;
      text += " " + percent(pair->agreement) + " (" +
              (pair->kappa ? fixed_point(*pair->kappa, 2) : std::string("--")) + ")";
    }
    text += " \\\\\n";
  }
  return text + table_foot("Prompts with the same label, \\%, and Cohen's $\\kappa$.");
}

}  // namespace

std::string modes_csv(const ModeComparison& comparison) {
  std::vector<std::string> header = {"mode",         "version",      "threshold",
                                     "reject_loops", "labelled",     "prompts",
                                     "score",        "seconds_mean", "bits_mean"};
  for (const auto& [bits, loops] : comparison.loops) header.push_back("share_" + to_string(bits));
  for (const char* kind : {"auc_right", "auc_adequate"}) {
    for (const char* part : {"", "_low", "_high"}) header.push_back(std::string(kind) + part);
  }
  for (const ModeFigures& mode : comparison.modes) {
    header.push_back("agreement_" + name_of(mode));
    header.push_back("kappa_" + name_of(mode));
  }
  std::string text = csv_line(header);
  for (const ModeFigures& mode : comparison.modes) {
    const LabelModeSpec& spec = label_mode_spec(mode.rule.mode);
    const bool used = has_use(comparison, mode);
    std::vector<std::string> fields = {
        std::string(spec.name),           std::to_string(spec.version),
        csv_number(mode.rule.threshold),  mode.rule.reject_loops ? "true" : "false",
        std::to_string(mode.labelled),    std::to_string(mode.labelled > 0 ? comparison.common : 0),
        csv_number(mode.score),           csv_number(mode.seconds),
        used ? csv_number(mode.bits) : ""};
    for (const auto& [bits, count] : mode.use) {
      fields.push_back(used ? csv_number(share(count, comparison)) : "");
    }
    append_area(fields, mode.pooled, &ModeAreas::right);
    append_area(fields, mode.pooled, &ModeAreas::adequate);
    for (const ModeFigures& other : comparison.modes) {
      const ModePair* pair = pair_of(comparison, mode.rule.mode, other.rule.mode);
      fields.push_back(pair != nullptr ? csv_number(pair->agreement) : "");
      fields.push_back(pair != nullptr ? csv_number(pair->kappa) : "");
    }
    text += csv_line(fields);
  }
  return text;
}

std::string modes_latex(const ModeComparison& comparison, const ReportMeta& meta) {
  std::vector<ModeFigures> modes;
  for (const ModeFigures& mode : comparison.modes) {
    if (mode.labelled > 0) modes.push_back(mode);
  }
  std::string text = latex_comment("Written by paq report from " + meta.date + ", " + meta.machine);
  text += "% \\usepackage{booktabs}\n";
  if (modes.empty()) return text;
  text += use_table(comparison, modes, meta);
  if (modes.size() > 1) text += agreement_table(comparison, modes);
  return text;
}

}  // namespace paq
