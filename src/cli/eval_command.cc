// SPDX-License-Identifier: MIT
// paq eval: the strategies side by side.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/engine_options.h"
#include "cli/evaluation_run.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/machine.h"
#include "cli/prompt_selection.h"
#include "cli/terminal.h"
#include "core/error.h"
#include "core/files.h"
#include "label/labeler.h"
#include "ladder/ladder_files.h"

namespace paq {
namespace {

struct EvalArguments {
  std::filesystem::path ladder, router, store, html;
  PromptSelection selection{.tasks = {}, .split = "test"};
  EngineArguments engine;
  double tau = 0;
  bool json = false;
};

// Answers what has no outcome yet, one prompt at a time: the table compares latencies.
void label_missing(const EvalArguments& arguments, const Ladder& ladder, Store& store,
                   std::span<const Prompt> prompts, ProgressLine& progress) {
  const auto engine = open_engine(ladder, arguments.engine, 1);
  LabelOptions options;
  options.concurrency = 1;
  options.require_concurrency = true;
  options.progress = progress.callback();
  options.cancel = &interrupt_flag();
  label_prompts(*engine, ladder, store, prompts, options);
}

std::string config_json(const EvalArguments& arguments, double tau) {
  return Json{{"ladder", arguments.ladder.string()},
              {"router", arguments.router.string()},
              {"tasks", arguments.selection.tasks},
              {"split", arguments.selection.split},
              {"limit", arguments.selection.limit},
              {"seed", arguments.selection.seed},
              {"tau", tau}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

int eval(const EvalArguments& arguments) {
  const auto router = Router::load(arguments.router, {.threads = arguments.engine.threads});
  std::optional<Ladder> ladder;
  if (!arguments.ladder.empty()) {
    ladder = read_ladder(arguments.ladder);
    check_router_fits(router->info(), ladder->bit_widths());
  }
  Store store = Store::open(arguments.store, ladder ? Store::Mode::kWrite : Store::Mode::kRead);
  const std::vector<Prompt> prompts = select_prompts(arguments.selection, &store);
  const double tau = arguments.tau > 0 ? arguments.tau : router->info().tau;

  ProgressLine progress;
  int64_t run_id = 0;
  if (ladder) {
    run_id = store.begin_run("eval", config_json(arguments, tau));
    label_missing(arguments, *ladder, store, prompts, progress);
  }
  const EvaluationRun run = run_evaluation(store, *router, prompts,
                                           {.ladder = ladder ? &*ladder : nullptr,
                                            .tau = tau,
                                            .seed = arguments.selection.seed,
                                            .progress = progress.callback(),
                                            .cancel = &interrupt_flag()});
  progress.clear();

  const std::string base = ladder ? ladder->base_model : store.base_model();
  ReportMeta meta;
  meta.model = base.empty() ? "outcomes measured elsewhere" : base;
  meta.machine = machine_description();
  meta.command = "paq eval";
  meta.date = utc_now();
  meta.router = file_with_size(arguments.router);
  meta.counts = evaluation_counts(run);
  if (run.left_out > 0) {
    meta.note = std::to_string(run.left_out) +
                " prompts are left out: they have no scored outcome at every width.";
  }
  const std::string json = evaluation_json(run.evaluation, meta);
  if (ladder) store.end_run(run_id, json);
  if (!arguments.html.empty()) {
    write_file_atomically(arguments.html, evaluation_html(run.evaluation, meta));
  }
  std::cout << (arguments.json ? json : evaluation_table(run.evaluation, meta));
  return kExitDone;
}

}  // namespace

void add_eval_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "eval", "Fixed widths, router, random choices and oracle over the same prompts");
  const auto arguments = std::make_shared<EvalArguments>();
  command->add_option("--ladder", arguments->ladder,
                      "Folder of the ladder: answers what has no outcome yet, one prompt at a "
                      "time. Without it, stored outcomes alone");
  command->add_option("--router", arguments->router, "Router (GGUF)")->required();
  command->add_option("--store", arguments->store, "SQLite file")->required();
  add_selection_options(*command, arguments->selection);
  command->add_option("--split", arguments->selection.split, "Prompts of this split")
      ->capture_default_str();
  command->add_option("--tau", arguments->tau, "Threshold of the labels; 0: the router's own")
      ->check(CLI::Range(0.0, 1e6));
  command->add_option("--html", arguments->html, "Also write a page with pictures");
  add_engine_options(*command, arguments->engine);
  command->add_flag("--json", arguments->json, "Machine-readable result on standard output");
  command->footer(
      "Example: paq eval --ladder ladder --router router.gguf --store paq.db --task "
      "gsm8k=test.jsonl --html report.html");
  command->callback([=, &action] { action = [=] { return eval(*arguments); }; });
}

}  // namespace paq
