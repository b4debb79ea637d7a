// SPDX-License-Identifier: MIT
// paq label: outcomes of every variant for every prompt, into the store.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/code_option.h"
#include "cli/command.h"
#include "cli/engine_options.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/machine.h"
#include "cli/prompt_selection.h"
#include "cli/remote_options.h"
#include "cli/terminal.h"
#include "label/labeler.h"
#include "ladder/ladder_files.h"

namespace paq {
namespace {

struct LabelArguments {
  std::filesystem::path ladder, store;
  PromptSelection selection;
  EngineArguments engine;
  RemoteArguments remote;
  int concurrency = 8;
  bool retime = false;
  bool replace = false;
  bool unsafe_code = false;
  bool json = false;
};

// What a run's record in the store says of it.
std::string config_json(const LabelArguments& arguments, const Ladder& ladder) {
  return Json{{"ladder", arguments.ladder.string()},
              {"ladder_hash", ladder.hash()},
              {"base_model", ladder.base_model},
              {"tasks", arguments.selection.tasks},
              {"split", arguments.selection.split},
              {"limit", arguments.selection.limit},
              {"seed", arguments.selection.seed},
              {"concurrency", arguments.concurrency},
              {"retime", arguments.retime},
              {"replace", arguments.replace},
              {"context", arguments.engine.context},
              {"threads", arguments.engine.threads},
              {"gpu_layers", arguments.engine.gpu_layers},
              {"engines", arguments.remote.endpoints},
              {"machine", machine_description()}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

RemoteVariants open_variants(const LabelArguments& arguments) {
  if (arguments.remote.given()) {
    return open_remote_variants(arguments.remote, {.ladder = arguments.ladder,
                                                   .context_tokens = arguments.engine.context,
                                                   .concurrency = arguments.concurrency});
  }
  if (arguments.ladder.empty()) {
    throw Error(ErrorCode::kUsage, "there is nothing to answer with; give --ladder or --engine");
  }
  Ladder ladder = read_ladder(arguments.ladder);
  auto engine = open_engine(ladder, arguments.engine, arguments.concurrency);
  return {std::move(engine), std::move(ladder)};
}

int label(const LabelArguments& arguments) {
  Store store = Store::open(arguments.store, Store::Mode::kWrite);
  const std::vector<Prompt> prompts = select_prompts(arguments.selection, &store);
  const auto code_runner = open_code_runner(prompts, arguments.unsafe_code);
  const auto [engine, ladder] = open_variants(arguments);

  ProgressLine progress;
  LabelOptions options;
  options.concurrency = arguments.concurrency;
  options.require_concurrency = arguments.retime;
  options.replace = arguments.replace;
  options.code_runner = code_runner.get();
  options.progress = progress.callback();
  options.cancel = &interrupt_flag();
  set_prompt_form(arguments.selection, options);
  const int64_t run = store.begin_run("label", config_json(arguments, ladder));
  const LabelSummary summary = label_prompts(*engine, ladder, store, prompts, options);
  progress.clear();

  const Json result = {{"prompts", prompts.size()},    {"already_there", summary.already_there},
                       {"added", summary.added},       {"rescored", summary.rescored},
                       {"too_long", summary.too_long}, {"refused", summary.refused},
                       {"tokens", summary.tokens},     {"seconds", summary.seconds}};
  store.end_run(run, result.dump(-1, ' ', false, Json::error_handler_t::replace));
  if (arguments.json) {
    print_json(result);
    return kExitDone;
  }
  std::printf("%s prompts: %s outcomes added, %s were there, %s tokens in %s\n",
              grouped(static_cast<int64_t>(prompts.size())).c_str(), grouped(summary.added).c_str(),
              grouped(summary.already_there).c_str(), grouped(summary.tokens).c_str(),
              human_duration(summary.seconds).c_str());
  if (summary.rescored > 0) {
    std::printf("%s stored answers were scored anew, for their task's scorer has changed\n",
                grouped(summary.rescored).c_str());
  }
  if (summary.too_long > 0) {
    std::printf("%s answers were not asked for: the prompt does not fit the context (--context)\n",
                grouped(summary.too_long).c_str());
  }
  if (summary.refused > 0) {
    std::printf("%s answers were not asked for: the model refuses the prompt, first %s\n",
                grouped(summary.refused).c_str(), one_line(summary.first_refused).c_str());
  }
  return kExitDone;
}

}  // namespace

void add_label_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("label", "Answer prompts with every variant and keep the outcomes");
  const auto arguments = std::make_shared<LabelArguments>();
  command->add_option("--ladder", arguments->ladder,
                      "Folder of the ladder; with --engine, of the files served");
  command->add_option("--store", arguments->store, "SQLite file; created where absent")->required();
  add_selection_options(*command, arguments->selection);
  command->add_option("--split", arguments->selection.split,
                      "Only prompts of this split: train, validation or test");
  command
      ->add_option("--concurrency", arguments->concurrency,
                   "Prompts answered at a time; 1 gives their latency on an idle machine")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_flag("--retime", arguments->retime,
                    "Redo outcomes that were timed at another concurrency");
  command->add_flag("--replace", arguments->replace,
                    "Discard outcomes of prompts whose text or reference has changed");
  add_code_option(*command, arguments->unsafe_code);
  add_engine_options(*command, arguments->engine);
  add_remote_options(*command, arguments->remote);
  command->add_flag("--json", arguments->json, "Machine-readable result on standard output");
  command->footer(
      "Stop it whenever you like and run it again: nothing is lost or done twice.\n"
      "Example: paq label --ladder ladder --store paq.db --task gsm8k=train.jsonl --limit 2000");
  command->callback([=, &action] { action = [=] { return label(*arguments); }; });
}

}  // namespace paq
