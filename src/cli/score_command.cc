// SPDX-License-Identifier: MIT
// paq score: what answers that were made elsewhere are worth.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cli/code_option.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/prompt_selection.h"
#include "cli/terminal.h"
#include "core/error.h"
#include "tasks/predictions.h"
#include "tasks/task.h"
#include "tasks/task_score.h"

namespace paq {
namespace {

struct ScoreArguments {
  std::string task, split;
  std::filesystem::path predictions;
  std::vector<int64_t> ks;
  int jobs = 0;
  bool responses = false;
  bool unsafe_code = false;
  bool json = false;  // Changes nothing: the result is JSON.
};

// Files of these say for each prompt how it is scored.
bool has_own_metrics(const std::string& task) { return task == "prompts" || task == "chat"; }

[[noreturn]] void refuse_option(const char* option, const char* what, const std::string& task) {
  throw Error(ErrorCode::kUsage,
              std::string(option) + " is for " + what + "; leave it out for " + task);
}

std::vector<Prompt> load_references(const ScoreArguments& arguments) {
  const TaskArgument task = parse_task_argument(arguments.task);
  if (!task.file) {
    task_spec(task.name);
    throw Error(ErrorCode::kUsage, "--task " + task.name + " needs the file that holds the right " +
                                       "answers: --task " + task.name + "=PATH");
  }
  check_task_and_split(nullptr, "", arguments.split);
  const Metric metric = task_spec(task.name).metric;
  const bool taken_as_is = metric == Metric::kSquad2 || metric == Metric::kDrop ||
                           metric == Metric::kTokenF1 || metric == Metric::kPythonTests;
  if (!arguments.ks.empty() && metric != Metric::kPythonTests && !has_own_metrics(task.name)) {
    refuse_option("--k", "generated programs (HumanEval)", task.name);
  }
  if (arguments.responses && !taken_as_is && !has_own_metrics(task.name)) {
    refuse_option("--responses", "SQuAD v2, DROP, token F1 and HumanEval", task.name);
  }
  LoadOptions options;
  options.split = task.split;
  std::vector<Prompt> prompts = load_prompts(task.name, *task.file, options);
  if (arguments.split.empty()) return prompts;
  std::erase_if(prompts, [&](const Prompt& prompt) { return prompt.split != arguments.split; });
  if (prompts.empty()) {
    throw Error(ErrorCode::kUsage, task.file->string() + " has no prompt of the split \"" +
                                       arguments.split + "\"; leave --split out or name another");
  }
  return prompts;
}

void warn(const IdCount& ids, const char* what) {
  if (ids.count == 0) return;
  std::fprintf(stderr, "paq: %s %s, \"%s\" for one\n", grouped(ids.count).c_str(), what,
               one_line(ids.first).c_str());
}

Json figures_json(const TaskScore& score) {
  Json json = Json::object();
  for (const auto& [name, value] : score.figures) {
    const bool is_count = name.ends_with("total") || name == "samples";
    if (is_count) {
      json[name] = std::llround(value);
    } else {
      json[name] = value;
    }
  }
  if (score.missing.count > 0) json["missing"] = score.missing.count;
  return json;
}

int run_score(const ScoreArguments& arguments) {
  const std::vector<Prompt> prompts = load_references(arguments);
  const Predictions predictions = read_predictions(arguments.predictions);
  const auto runner = open_code_runner(prompts, arguments.unsafe_code);
  ProgressLine line;
  TaskScoreOptions options;
  options.responses = arguments.responses;
  options.ks = arguments.ks;
  options.runner = runner.get();
  options.jobs =
      arguments.jobs > 0 ? arguments.jobs : static_cast<int>(std::thread::hardware_concurrency());
  options.progress = line.callback();
  options.cancel = &interrupt_flag();
  const TaskScore score = score_predictions(prompts, predictions, options);
  line.clear();
  const bool left_out = score.figures.front().first == "exact";  // SQuAD v2
  warn(score.missing, left_out ? "prompts have no prediction and are left out"
                               : "prompts have no prediction and count as wrong");
  warn(score.unknown, "predictions are for no prompt of the file and are left out");
  warn(score.repeated, "ids have several predictions, of which the last counts");
  if (score.unscored > 0) {
    std::fprintf(stderr, "paq: %s prompts have no reference and are left out\n",
                 grouped(score.unscored).c_str());
  }
  print_json(figures_json(score));
  return kExitDone;
}

}  // namespace

void add_score_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("score", "Score answers that were made elsewhere");
  const auto arguments = std::make_shared<ScoreArguments>();
  command
      ->add_option("--task", arguments->task,
                   "Task and the file with its right answers (paq tasks lists the names)")
      ->type_name("NAME=PATH")
      ->required();
  command
      ->add_option("--predictions", arguments->predictions,
                   "{id: answer} as JSON or JSONL, or one {\"id\", \"answer\"} a line")
      ->type_name("FILE")
      ->required();
  command->add_flag(
      "--responses", arguments->responses,
      "SQuAD v2, DROP, token F1, HumanEval: the predictions are whole responses of a model, in "
      "which the answer is to be found first");
  command->add_option("--split", arguments->split,
                      "Only prompts of this split: train, validation or test");
  command->add_option("--k", arguments->ks, "HumanEval: the k of pass@k, for example 1,10,100")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::PositiveNumber);
  command->add_option("--jobs", arguments->jobs, "HumanEval: programs run at a time; 0: one a core")
      ->check(CLI::Range(0, 256));
  add_code_option(*command, arguments->unsafe_code);
  command->add_flag("--json", arguments->json,
                    "The result is JSON on standard output with or without this");
  command->footer(
      "Scores are in percent.\n"
      "Example: paq score --task squad2=dev-v2.0.json --predictions predictions.json");
  command->callback([=, &action] { action = [=] { return run_score(*arguments); }; });
}

}  // namespace paq
