// SPDX-License-Identifier: MIT
// paq eval: the strategies side by side.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "cli/code_option.h"
#include "cli/command.h"
#include "cli/engine_options.h"
#include "cli/evaluation_run.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/leave_one_out.h"
#include "cli/live_run.h"
#include "cli/machine.h"
#include "cli/policy_options.h"
#include "cli/prompt_selection.h"
#include "cli/report_details.h"
#include "cli/router_options.h"
#include "cli/terminal.h"
#include "core/error.h"
#include "core/label_rule.h"
#include "core/outputs.h"
#include "label/labeler.h"
#include "ladder/ladder_files.h"
#include "tasks/task.h"

namespace paq {
namespace {

struct EvalArguments {
  std::filesystem::path router, store, html;
  std::string ladder;
  PromptSelection selection;
  EngineArguments engine;
  PolicyArguments policy;
  std::string leave_one_out;
  bool any_ladder = false;
  double tau = 0;
  bool live = false;
  bool unsafe_code = false;
  bool json = false;
};

// What a ladder is asked with, for outcomes that are missing and for answers for real.
struct Asking {
  std::unique_ptr<CodeRunner> code_runner;
  std::unique_ptr<Engine> engine;
  LabelOptions options;
};

// One prompt at a time: the table compares latencies.
Asking prepare_asking(const EvalArguments& arguments, const Ladder& ladder,
                      std::span<const Prompt> prompts, ProgressLine& progress) {
  Asking asking;
  asking.code_runner = open_code_runner(prompts, arguments.unsafe_code);
  asking.engine = open_engine(ladder, arguments.engine, 1);
  asking.options.concurrency = 1;
  asking.options.require_concurrency = true;
  asking.options.code_runner = asking.code_runner.get();
  asking.options.progress = progress.callback();
  asking.options.cancel = &interrupt_flag();
  set_prompt_form(arguments.selection, asking.options);
  return asking;
}

std::string config_json(const EvalArguments& arguments, double tau) {
  return Json{{"ladder", arguments.ladder},
              {"router", arguments.router.string()},
              {"tasks", arguments.selection.tasks},
              {"split", arguments.selection.split},
              {"limit", arguments.selection.limit},
              {"seed", arguments.selection.seed},
              {"tau", tau},
              {"policies", arguments.policy.policies},
              {"costs", arguments.policy.costs.string()},
              {"leave_one_out", arguments.leave_one_out},
              {"live", arguments.live}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The options refer to all arguments.
EvaluationRunOptions run_options(const EvalArguments& arguments, const Store& store, Router& router,
                                 ProgressLine& progress) {
  EvaluationRunOptions options;
  options.tau = arguments.tau > 0 ? arguments.tau : router.info().tau;
  options.seed = arguments.selection.seed;
  options.any_ladder = arguments.any_ladder;
  options.stored_ladder = arguments.ladder;
  options.progress = progress.callback();
  options.cancel = &interrupt_flag();
  if (!arguments.leave_one_out.empty()) {
    options.leave_one_out = [&](std::span<const Prompt> prompts) {
      return route_leave_one_out(router, store, prompts,
                                 {.prefix = arguments.leave_one_out,
                                  .store = arguments.store,
                                  .threads = arguments.engine.threads,
                                  .progress = progress.callback(),
                                  .cancel = &interrupt_flag()});
    };
  }
  return options;
}

ReportMeta report_meta(const EvalArguments& arguments, const EvaluationRun& run) {
  ReportMeta meta;
  meta.model = run.base_model.empty() ? "outcomes measured elsewhere" : run.base_model;
  meta.ladder = run.ladder;
  meta.machine = machine_description();
  meta.command = "paq eval";
  meta.date = utc_now();
  meta.router = file_with_size(arguments.router);
  meta.counts = evaluation_counts(run);
  meta.note = evaluation_note(run);
  return meta;
}

struct OpenedStore {
  Store store;
  bool writable = false;  ///< Else the evaluation can't be recorded.
};

// Stored outcomes can also be evaluated where nothing may be written.
OpenedStore open_store(const std::filesystem::path& path, bool asks) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const bool writable =
      asks || (access(path.c_str(), W_OK) == 0 && access(folder.c_str(), W_OK) == 0);
  if (!writable && std::filesystem::exists(path)) {
    std::fprintf(stderr, "paq: %s may not be written to; the evaluation is not recorded there\n",
                 path.c_str());
  }
  return {Store::open(path, writable ? Store::Mode::kWrite : Store::Mode::kRead), writable};
}

std::vector<NamedFile> outputs_of(const EvalArguments& arguments) {
  return {{"--html", arguments.html}};
}

void check_outputs(const EvalArguments& arguments) {
  std::vector<NamedFile> inputs = selected_files(arguments.selection);
  inputs.insert(inputs.end(),
                {{"--store", arguments.store},
                 {"--router", arguments.router},
                 {"--costs", arguments.policy.costs},
                 {"--ladder", std::filesystem::path(arguments.ladder) / "ladder.yaml"}});
  check_text_outputs(outputs_of(arguments), inputs);
}

int eval(const EvalArguments& arguments) {
  check_outputs(arguments);
  const bool prints_page = takes_standard_output(outputs_of(arguments), arguments.json);
  const bool asks = std::filesystem::is_directory(arguments.ladder);
  if (arguments.live && !asks) {
    throw Error(ErrorCode::kUsage,
                "--live answers prompts for real; name the models' folder with --ladder");
  }
  const auto router = Router::load(arguments.router, {.threads = arguments.engine.threads});
  const std::vector<Policy> policies = make_policies(arguments.policy, router->info());
  if (arguments.tau > 0) check_rule(rule_of_router(router->info().label_mode, arguments.tau));
  std::optional<Ladder> ladder;
  if (asks) {
    ladder = read_ladder(arguments.ladder);
    require_fit(*router, ladder->identity(), arguments.any_ladder);
  }
  auto [store, writable] = open_store(arguments.store, asks);
  const std::vector<Prompt> prompts = select_prompts(arguments.selection, &store);
  if (arguments.live && std::any_of(prompts.begin(), prompts.end(), is_answered_by_likelihood)) {
    throw Error(
        ErrorCode::kUsage,
        "--live generates answers, but some of these prompts are answered by the likelihood "
        "of their options; leave --live away, or take these prompts out");
  }

  ProgressLine progress;
  EvaluationRunOptions options = run_options(arguments, store, *router, progress);
  options.policies = policies;
  std::optional<int64_t> run_id;
  if (writable) run_id = store.begin_run("eval", config_json(arguments, options.tau));
  std::optional<Asking> asking;
  if (asks) {
    options.ladder = &*ladder;
    asking = prepare_asking(arguments, *ladder, prompts, progress);
    label_prompts(*asking->engine, *ladder, store, prompts, asking->options);
  }
  EvaluationRun run = run_evaluation(store, *router, prompts, options);
  if (arguments.live) {
    run.evaluation.live =
        run_live(*router, *asking->engine, run, {.seed = options.seed, .label = asking->options});
  }
  progress.clear();

  const ReportMeta meta = report_meta(arguments, run);
  const std::string json = evaluation_json(run.evaluation, meta);
  if (run_id) store.end_run(*run_id, json);
  if (!arguments.html.empty()) {
    const PageDetails details = page_details(store, run.evaluation, {.ladder = run.ladder});
    write_output(arguments.html, report_page(run.evaluation, meta, details));
  }
  if (prints_page) return kExitDone;
  std::cout << (arguments.json ? json : evaluation_table(run.evaluation, meta));
  return kExitDone;
}

}  // namespace

void add_eval_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "eval", "Fixed widths, router, random choices and oracle over the same prompts");
  const auto arguments = std::make_shared<EvalArguments>();
  arguments->selection.split = "test";
  command->add_option("--ladder", arguments->ladder,
                      "Folder of the ladder: answers what has no outcome yet, one prompt at a "
                      "time. A hash, imported, or nothing where the store's outcomes are all of "
                      "one ladder: stored outcomes alone");
  command->add_option("--router", arguments->router, "Router (GGUF)")->required();
  add_any_ladder_option(*command, arguments->any_ladder);
  add_policy_options(*command, arguments->policy, PolicyCount::kMany);
  command->add_option("--store", arguments->store, "SQLite file")->required();
  add_selection_options(*command, arguments->selection);
  command->add_option("--split", arguments->selection.split, "Prompts of this split")
      ->capture_default_str();
  command->add_option("--tau", arguments->tau, "Threshold of the labels; 0: the router's own")
      ->check(CLI::Range(0.0, 1e6));
  command->add_option("--html", arguments->html,
                      "Also write a page with pictures; - writes it to standard output in "
                      "place of the table");
  command
      ->add_option("--leave-one-out", arguments->leave_one_out,
                   "Also route every task with a router that was trained without it, "
                   "PREFIX<task>.gguf; missing ones are trained first (minutes each)")
      ->type_name("PREFIX");
  command->add_flag("--live", arguments->live,
                    "Also answer the routed prompts for real, one by one, and compare the time "
                    "with what the table is put together from");
  add_code_option(*command, arguments->unsafe_code);
  add_engine_options(*command, arguments->engine);
  command->add_flag("--json", arguments->json, "Machine-readable result on standard output");
  command->footer(
      "Without --ladder: paq eval --router router.gguf --store paq.db --split test\n"
      "Example: paq eval --ladder ladder --router router.gguf --store paq.db --task "
      "gsm8k=test.jsonl --html report.html");
  command->callback([=, &action] { action = [=] { return eval(*arguments); }; });
}

}  // namespace paq
