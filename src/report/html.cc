// SPDX-License-Identifier: MIT
// An evaluation as a page of its own: no script, no font, no request.
#include <string>
#include <vector>

#include "report/charts.h"
#include "report/format.h"
#include "report/report.h"

namespace paq {
namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --ground: #ffffff;
  --line: #d1d9e0; --bar: #9aa5b1; --accent: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --ground: #14181d;
  --line: #3d444d; --bar: #5f6b78; --accent: #56b4e9; } }
@media print { :root { --ink: #000; --soft: #444; --ground: #fff; --line: #bbb; --bar: #9aa5b1;
  --accent: #0072b2; } figure, table { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 56rem; background: var(--ground);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p { margin: .4rem 0; } .soft, figcaption, dt { color: var(--soft); }
.note { border-left: 3px solid var(--accent); padding-left: .7rem; }
figure { margin: 1rem 0; } svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--ink); } svg .head { fill: var(--soft); } svg .name { text-anchor: end; }
svg .strong { font-weight: 600; } svg .inside { text-anchor: middle; }
svg .axis { stroke: var(--line); fill: none; } svg .plain { fill: var(--bar); }
svg .accent { fill: var(--accent); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { text-align: right; padding: .25rem .7rem; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } th:first-child, td:first-child { text-align: left; padding-left: 0; }
tr.router td { font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; font-size: .9rem; }
dd { margin: 0; overflow-wrap: anywhere; }
)";

// Black or white, whichever stands out more on `colour` (WCAG relative luminance, roughly).
std::string ink_on(const std::string& colour) {
  const auto channel = [&](size_t at) { return std::stoi(colour.substr(at, 2), nullptr, 16); };
  const int luminance = 2126 * channel(1) + 7152 * channel(3) + 722 * channel(5);
  return luminance > 10000 * 118 ? "#101418" : "#ffffff";
}

std::string style_of_widths(size_t count) {
  std::string style;
  const std::vector<std::string> colours = width_colours(count);
  for (size_t k = 0; k < count; ++k) {
    const std::string name = "bit-" + std::to_string(k);
    style += "svg ." + name + " { fill: " + colours[k] + "; } svg .on-" + name +
             " { fill: " + ink_on(colours[k]) + "; }\n";
  }
  return style;
}

class HtmlTable {
 public:
  explicit HtmlTable(const std::vector<std::string>& header) {
    text_ = "<div class=\"scroll\"><table>\n<thead><tr>";
    for (const std::string& cell : header)
      text_ += "<th scope=\"col\">" + html_escape(cell) + "</th>";
    text_ += "</tr></thead>\n<tbody>\n";
  }

  void add(const std::vector<std::string>& row) {
    text_ += !row.empty() && row.front() == "router" ? "<tr class=\"router\">" : "<tr>";
    for (const std::string& cell : row) text_ += "<td>" + html_escape(cell) + "</td>";
    text_ += "</tr>\n";
  }

  std::string str() const { return text_ + "</tbody></table></div>\n"; }

 private:
  std::string text_;
};

std::string strategies_table(const Evaluation& evaluation) {
  const TimeUnit unit = time_unit(longest_time(evaluation));
  HtmlTable table(
      {"strategy", "score, %", "time, " + std::string(unit.name), "mean bits", "router less this"});
  for (const StrategyResult& strategy : evaluation.strategies) {
    std::string difference;
    for (const Difference& d : evaluation.differences) {
      if (d.than == strategy.name) difference = difference_text(d);
    }
    table.add({strategy.name, percent(strategy.score), in_unit(strategy.seconds_mean, unit),
               fixed_point(strategy.bits_mean, 2), difference});
  }
  return table.str();
}

// One figure of every strategy and task.
template <typename Cell>
std::string by_task_table(const Evaluation& evaluation, const std::string& corner, Cell cell) {
  std::vector<std::string> header = {corner};
  for (const std::string& name : short_names(evaluation.tasks)) header.push_back(name);
  HtmlTable table(header);
  for (const StrategyResult& strategy : evaluation.strategies) {
    std::vector<std::string> row = {strategy.name};
    for (const std::string& task : evaluation.tasks) row.push_back(cell(strategy.tasks.at(task)));
    table.add(row);
  }
  return table.str();
}

std::string confusion_table(const Evaluation& evaluation) {
  std::vector<std::string> header = {"label \\ routed to"};
  for (BitWidth width : evaluation.widths) header.push_back(to_string(width) + "-bit");
  HtmlTable table(header);
  for (size_t label = 0; label < evaluation.widths.size(); ++label) {
    std::vector<std::string> row = {to_string(evaluation.widths[label]) + "-bit"};
    for (int64_t count : evaluation.router.confusion[label]) row.push_back(std::to_string(count));
    table.add(row);
  }
  return table.str();
}

std::string facts(const Evaluation& evaluation, const ReportMeta& meta) {
  std::string text = "<dl>\n";
  const auto add = [&](const std::string& name, const std::string& value) {
    if (value.empty()) return;
    text += "<dt>" + html_escape(name) + "</dt><dd>" + html_escape(value) + "</dd>\n";
  };
  add("model", meta.model);
  add("router", meta.router);
  add("bit widths", to_string(std::span<const BitWidth>(evaluation.widths)));
  add("tau", tau_text(evaluation.tau));
  add("prompts", std::to_string(evaluation.prompts));
  add("seed", std::to_string(evaluation.seed));
  add("machine", meta.machine);
  add("date", meta.date);
  add("command", meta.command);
  for (const StageCost& stage : meta.stages) {
    add(stage.name,
        fixed_point(stage.seconds, 1) + " s" +
            (stage.peak_bytes > 0 ? ", " + std::to_string(stage.peak_bytes >> 20) + " MiB at most"
                                  : ""));
  }
  return text + "</dl>\n";
}

std::string router_paragraph(const Evaluation& evaluation) {
  const RouterQuality& router = evaluation.router;
  if (router.unlabelled == evaluation.prompts) {
    return "<p>No prompt has a label: the outcomes have no perplexities.</p>\n";
  }
  return "<p>The router agrees with the labels on " + percent(router.label_accuracy) +
         " % of the labelled prompts; always answering the commonest label agrees on " +
         percent(router.majority_baseline) + " %.</p>\n";
}

}  // namespace

std::string evaluation_html(const Evaluation& evaluation, const ReportMeta& meta) {
  const TimeUnit unit = time_unit(longest_time(evaluation));
  std::string page = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>paq: ";
  page += html_escape(meta.model) + "</title>\n<style>" + std::string(kStyle);
  page += style_of_widths(evaluation.widths.size()) + "</style>\n</head>\n<body>\n";
  page += "<h1>Which precision for which prompt</h1>\n";
  page += "<p class=\"soft\">" + html_escape(meta.model) + ", " +
          std::to_string(evaluation.prompts) + " prompts of " +
          std::to_string(evaluation.tasks.size()) + " tasks, tau " + tau_text(evaluation.tau) +
          "</p>\n";
  if (!meta.note.empty()) page += "<p class=\"note\">" + html_escape(meta.note) + "</p>\n";

  page += "<h2>Score and time</h2>\n<figure>\n" + strategies_chart(evaluation);
  page +=
      "<figcaption>Means over tasks. The router's own time is part of its time. random-mix "
      "draws from the router's overall shares without looking at the prompt; oracle takes the "
      "cheapest of the best-scoring widths.</figcaption>\n</figure>\n";
  page += strategies_table(evaluation);
  page += "<p>" + html_escape(best_mix_text(evaluation)) + "</p>\n";

  page += "<h2>Where the prompts go</h2>\n<figure>\n" + routing_chart(evaluation);
  page += "<figcaption>Share of each task's prompts per bit width.</figcaption>\n</figure>\n";

  page += "<h2>By task</h2>\n";
  page += by_task_table(evaluation, "score, %",
                        [](const TaskResult& task) { return percent(task.score); });
  page += "<p></p>\n";
  page += by_task_table(evaluation, "time, " + std::string(unit.name),
                        [&](const TaskResult& task) { return in_unit(task.seconds_mean, unit); });

  page += "<h2>Router and labels</h2>\n" + router_paragraph(evaluation);
  page += confusion_table(evaluation);
  page += "<h2>How this was measured</h2>\n" + facts(evaluation, meta);
  return page + "</body>\n</html>\n";
}

}  // namespace paq
