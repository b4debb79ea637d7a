// SPDX-License-Identifier: MIT
// paq report: an evaluation as a page, a spreadsheet and a table for a paper.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/report_details.h"
#include "cli/terminal.h"
#include "core/error.h"
#include "core/files.h"
#include "core/outputs.h"
#include "ladder/ladder_files.h"
#include "report/exports.h"
#include "report/modes.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

struct ReportArguments {
  fs::path store, evaluation;
  int64_t run = 0;
  std::string ladder;
  fs::path page, csv, latex, modes_csv, modes_latex;
  size_t lost_prompts = kLostPrompts;
  bool json = false;
};

struct Source {
  Evaluation evaluation;
  ReportMeta meta;
  int64_t run = 0;  ///< 0: from a file.
};

constexpr char kMakeOne[] =
    "make one with `paq eval --ladder DIR --router FILE --store FILE --task NAME=PATH`, or name "
    "the file of one with --evaluation";

bool is_evaluation(const FinishedRun& run) {
  return run.command == "eval" || run.command == "demo";
}

// "4 (eval, 2026-01-02T03:04:05Z), 7 (demo, ...)": the newest few.
std::string list_of(const std::vector<FinishedRun>& runs) {
  constexpr size_t kShown = 8;
  std::string text;
  size_t shown = 0;
  for (auto run = runs.rbegin(); run != runs.rend() && shown < kShown; ++run, ++shown) {
    text += (text.empty() ? "" : ", ") + std::to_string(run->id) + " (" + run->command + ", " +
            run->finished_at + ")";
  }
  return text;
}

int64_t choose_run(const Store& store, const ReportArguments& arguments) {
  std::vector<FinishedRun> runs = store.finished_runs();
  std::erase_if(runs, [](const FinishedRun& run) { return !is_evaluation(run); });
  if (runs.empty()) {
    throw Error(ErrorCode::kNotFound,
                arguments.store.string() + " has no finished evaluation; " + kMakeOne);
  }
  if (arguments.run == 0) return runs.back().id;
  for (const FinishedRun& run : runs) {
    if (run.id == arguments.run) return run.id;
  }
  throw Error(ErrorCode::kNotFound, arguments.store.string() + " has no evaluation numbered " +
                                        std::to_string(arguments.run) +
                                        "; it has, newest first: " + list_of(runs));
}

Source read_source(const ReportArguments& arguments, const Store* store) {
  Source source;
  if (!arguments.evaluation.empty()) {
    const std::string text = read_file(arguments.evaluation);
    try {
      source.evaluation = parse_evaluation(text, &source.meta);
    } catch (const Error& error) {
      throw Error(error.code(), arguments.evaluation.string() + ": " + error.what());
    }
    return source;
  }
  source.run = choose_run(*store, arguments);
  try {
    source.evaluation = parse_evaluation(store->run_result(source.run).value_or(""), &source.meta);
  } catch (const Error& error) {
    throw Error(error.code(), arguments.store.string() + ", run " + std::to_string(source.run) +
                                  ": " + error.what());
  }
  return source;
}

std::vector<NamedFile> outputs_of(const ReportArguments& arguments) {
  return {{"--out", arguments.page},
          {"--csv", arguments.csv},
          {"--latex", arguments.latex},
          {"--modes-csv", arguments.modes_csv},
          {"--modes-latex", arguments.modes_latex}};
}

bool wants_modes(const ReportArguments& arguments) {
  return !arguments.modes_csv.empty() || !arguments.modes_latex.empty();
}

void check_arguments(const ReportArguments& arguments) {
  check_text_outputs(
      outputs_of(arguments),
      std::vector<NamedFile>{{"--store", arguments.store},
                             {"--evaluation", arguments.evaluation},
                             {"--ladder", fs::path(arguments.ladder) / "ladder.yaml"}});
  if (arguments.page.empty() && arguments.csv.empty() && arguments.latex.empty() &&
      !wants_modes(arguments)) {
    throw Error(ErrorCode::kUsage,
                "nothing to write; name a page with --out report.html, or a "
                "table with --csv, --latex, --modes-csv or --modes-latex");
  }
  if (arguments.store.empty() && arguments.evaluation.empty()) {
    throw Error(ErrorCode::kUsage,
                "no evaluation; name the store that has it with --store, or a "
                "file that `paq eval --json` wrote with --evaluation");
  }
  if (wants_modes(arguments) && arguments.store.empty()) {
    throw Error(ErrorCode::kUsage,
                "label modes are compared on the store's outcomes; use --modes-csv and "
                "--modes-latex with --store");
  }
  if (!arguments.ladder.empty() && arguments.store.empty()) {
    throw Error(ErrorCode::kUsage,
                "--ladder says whose outcomes of the store the texts are; use it with --store");
  }
  if (arguments.run != 0 && (arguments.store.empty() || !arguments.evaluation.empty())) {
    throw Error(ErrorCode::kUsage,
                "--run names an evaluation of the store; use it with --store "
                "and without --evaluation");
  }
}

void require_modes(const ReportArguments& arguments, const PageDetails& details) {
  if (!wants_modes(arguments) || details.modes) return;
  throw Error(ErrorCode::kNotFound,
              arguments.store.string() +
                  " has labels of fewer than two modes for the evaluated prompts; `paq labels "
                  "compare --store FILE` says what each mode lacks");
}

Json path_json(const fs::path& path) { return path.empty() ? Json(nullptr) : Json(path.string()); }

int report(const ReportArguments& arguments) {
  check_arguments(arguments);
  const bool prints_one = takes_standard_output(outputs_of(arguments), arguments.json);
  std::optional<Store> store;
  if (!arguments.store.empty()) store = Store::open(arguments.store, Store::Mode::kRead);
  const Source source = read_source(arguments, store ? &*store : nullptr);
  const Evaluation& evaluation = source.evaluation;

  PageDetails details{.version = PAQ_VERSION};
  if (store && (!arguments.page.empty() || wants_modes(arguments))) {
    const std::string wanted = ladder_hash_or_text(arguments.ladder);
    details = page_details(*store, evaluation,
                           {.ladder = wanted.empty() ? source.meta.ladder : wanted,
                            .lost_prompts = arguments.lost_prompts});
  }
  require_modes(arguments, details);
  std::vector<std::pair<fs::path, std::string>> files;
  if (!arguments.page.empty()) {
    files.emplace_back(arguments.page, report_page(evaluation, source.meta, details));
  }
  if (!arguments.csv.empty()) files.emplace_back(arguments.csv, evaluation_csv(evaluation));
  if (!arguments.latex.empty()) {
    files.emplace_back(arguments.latex, evaluation_latex(evaluation, source.meta));
  }
  if (!arguments.modes_csv.empty()) {
    files.emplace_back(arguments.modes_csv, modes_csv(*details.modes));
  }
  if (!arguments.modes_latex.empty()) {
    files.emplace_back(arguments.modes_latex, modes_latex(*details.modes, source.meta));
  }
  for (const auto& [path, text] : files) write_output(path, text);

  if (prints_one) return kExitDone;
  if (arguments.json) {
    print_json({{"run", source.run == 0 ? Json(nullptr) : Json(source.run)},
                {"page", path_json(arguments.page)},
                {"csv", path_json(arguments.csv)},
                {"latex", path_json(arguments.latex)},
                {"prompts", evaluation.prompts},
                {"strategies", evaluation.strategies.size()},
                {"lost_prompts", details.lost.size()},
                {"thresholds", details.thresholds.size()},
                {"modes_csv", path_json(arguments.modes_csv)},
                {"modes_latex", path_json(arguments.modes_latex)},
                {"modes", details.modes ? labelling_modes(*details.modes) : 0}});
  } else {
    for (const auto& [path, text] : files) std::cout << path.string() << '\n';
  }
  return kExitDone;
}

}  // namespace

void add_report_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "report", "An evaluation as a page that needs no network, as CSV and as LaTeX");
  const auto arguments = std::make_shared<ReportArguments>();
  command->add_option("--store", arguments->store,
                      "SQLite file: has the evaluations, and the texts of prompts and answers");
  command->add_option("--run", arguments->run, "Number of the evaluation; the newest if not given")
      ->check(CLI::PositiveNumber);
  command->add_option("--evaluation", arguments->evaluation,
                      "A file that `paq eval --json` wrote, instead of one of the store's");
  command->add_option("--ladder", arguments->ladder,
                      "Whose outcomes the texts are: a ladder's folder, its hash, or imported "
                      "(default: the evaluation's own)");
  command->add_option("--out", arguments->page, "HTML page to write; - for standard output");
  command->add_option("--csv", arguments->csv, "CSV file to write; - for standard output");
  command->add_option("--latex", arguments->latex, "LaTeX table to write; - for standard output");
  command->add_option("--modes-csv", arguments->modes_csv,
                      "CSV file of the label modes compared; - for standard output");
  command->add_option("--modes-latex", arguments->modes_latex,
                      "LaTeX tables of the label modes compared; - for standard output");
  command
      ->add_option("--lost-prompts", arguments->lost_prompts,
                   "Most prompts to show on which routing lost")
      ->check(CLI::Range(0, 10000))
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "What was written, as JSON on standard output");
  command->footer("Example: paq report --store paq.db --out report.html --latex table.tex");
  command->callback([=, &action] { action = [=] { return report(*arguments); }; });
}

}  // namespace paq
