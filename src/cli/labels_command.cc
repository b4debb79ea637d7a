// SPDX-License-Identifier: MIT
// paq labels modes|measure|compare: what else than the paper's perplexity labels can be made of.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/engine_options.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/machine.h"
#include "cli/mode_table.h"
#include "cli/prompt_selection.h"
#include "cli/remote_options.h"
#include "cli/terminal.h"
#include "cli/threshold_table.h"
#include "core/error.h"
#include "label/answer.h"
#include "label/lazy_sample.h"
#include "label/measure.h"
#include "label/mode_comparison.h"
#include "ladder/ladder_files.h"
#include "report/modes.h"
#include "store/ladder_choice.h"

namespace paq {
namespace {

struct MeasureArguments {
  std::filesystem::path ladder, store;
  std::vector<std::string> tasks;
  std::string split;
  PromptSelection form;  // --raw and --prompts alone
  EngineArguments engine;
  RemoteArguments remote;
  int concurrency = 0;  // 0: chosen from the memory
  int64_t memory_mib = 256;
  bool json = false;
};

// Settles context and concurrency too, where they are left to us.
RemoteVariants open_variants(MeasureArguments& arguments, std::span<const Prompt> prompts) {
  constexpr int kConcurrency = 8;
  if (arguments.remote.given()) {
    if (arguments.concurrency == 0) arguments.concurrency = kConcurrency;
    if (arguments.engine.context == 0) arguments.engine.context = kUsualContext;
    RemoteVariants remote =
        open_remote_variants(arguments.remote, {.ladder = arguments.ladder,
                                                .context_tokens = arguments.engine.context,
                                                .concurrency = arguments.concurrency});
    const BitWidth largest = remote.ladder.variants.back().bits;
    if (remote.widths.back() != largest) {
      throw Error(ErrorCode::kUsage,
                  "the responses of the largest variant are what is rated, and "
                  "no server has it; add --engine " +
                      to_string(largest) + "=URL");
    }
    remote.ladder = only(remote.ladder, remote.widths);
    return remote;
  }
  if (arguments.ladder.empty()) {
    throw Error(ErrorCode::kUsage, "there is nothing to measure with; give --ladder or --engine");
  }
  const Ladder ladder = read_ladder(arguments.ladder);
  choose_sizes(ladder, {.context = most_tokens(prompts), .concurrency = kConcurrency},
               arguments.engine, arguments.concurrency);
  // Window after window goes through all variants.
  OpenedEngine opened = open_fitting_engine(ladder, arguments.engine, arguments.concurrency,
                                            /*side_by_side=*/true);
  return {std::move(opened.engine), ladder, ladder.bit_widths()};
}

std::string config_json(const MeasureArguments& arguments, const Ladder& ladder) {
  return Json{{"ladder", arguments.ladder.string()},
              {"ladder_hash", ladder.hash()},
              {"base_model", ladder.base_model},
              {"tasks", arguments.tasks},
              {"split", arguments.split},
              {"raw", arguments.form.raw},
              {"concurrency", arguments.concurrency},
              {"context", arguments.engine.context},
              {"memory_mib", arguments.memory_mib},
              {"engines", arguments.remote.endpoints},
              {"machine", machine_description()}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

int measure(MeasureArguments arguments) {
  // Opened for writing, a store that is not there would be made; an older one is brought up to
  // date.
  if (!std::filesystem::exists(arguments.store)) Store::open(arguments.store, Store::Mode::kRead);
  Store store = Store::open(arguments.store, Store::Mode::kWrite);
  const std::vector<Prompt> prompts =
      store.prompts({.tasks = arguments.tasks, .split = arguments.split});
  if (prompts.empty()) {
    throw Error(ErrorCode::kUsage,
                arguments.store.string() + " has no such prompts; run paq label first");
  }
  const auto [engine, ladder, widths] = open_variants(arguments, prompts);

  ProgressLine progress;
  MeasureOptions options;
  set_prompt_form(arguments.form, options.asked);
  options.concurrency = arguments.concurrency;
  options.memory_bytes = arguments.memory_mib << 20;
  options.divergence = !arguments.remote.given();
  options.progress = progress.callback();
  options.cancel = &interrupt_flag();
  const int64_t run = store.begin_run("labels measure", config_json(arguments, ladder));
  const MeasureSummary summary = measure_comparisons(*engine, ladder, store, prompts, options);
  progress.clear();

  const Json result = {{"prompts", prompts.size()},        {"already_there", summary.already_there},
                       {"added", summary.added},           {"elsewhere", summary.elsewhere},
                       {"unanswered", summary.unanswered}, {"refused", summary.refused},
                       {"tokens", summary.tokens},         {"seconds", summary.seconds}};
  store.end_run(run, result.dump(-1, ' ', false, Json::error_handler_t::replace));
  if (arguments.json) {
    print_json(result);
    return kExitDone;
  }
  std::printf("%s prompts: %s comparisons added, %s were there, %s tokens scored in %s\n",
              grouped(static_cast<int64_t>(prompts.size())).c_str(), grouped(summary.added).c_str(),
              grouped(summary.already_there).c_str(), grouped(summary.tokens).c_str(),
              human_duration(summary.seconds).c_str());
  if (summary.elsewhere > 0) {
    std::printf("%s were added by another run meanwhile\n", grouped(summary.elsewhere).c_str());
  }
  if (summary.unanswered > 0) {
    std::printf("%s prompts have no answer of the %s-bit variant; run paq label first%s\n",
                grouped(summary.unanswered).c_str(), to_string(ladder.variants.back().bits).c_str(),
                arguments.form.raw ? "" : ", or give --raw where it was given there");
  }
  if (summary.refused > 0) {
    std::printf("%s responses can't be scored, first %s\n", grouped(summary.refused).c_str(),
                one_line(summary.first_refused).c_str());
  }
  return kExitDone;
}

struct CompareArguments {
  std::filesystem::path store;
  std::vector<std::string> tasks, thresholds;
  std::string split, ladder, bits;
  double tau = label_mode_spec(LabelMode::kPerplexity).threshold;
  bool match = false;
  bool reject_loops = false;
  bool json = false;
};

// "kl=0.05"
void set_threshold(const std::string& text, std::vector<LabelRule>& rules) {
  const size_t equals = text.find('=');
  const LabelModeSpec& spec = label_mode_spec(std::string_view(text).substr(0, equals));
  size_t used = 0;
  double value = 0;
  try {
    value = std::stod(text.substr(std::min(equals, text.size() - 1) + 1), &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (equals == std::string::npos || used == 0 || equals + 1 + used != text.size()) {
    throw Error(ErrorCode::kUsage,
                "--threshold takes a mode and a number, such as kl=0.05, got " + text);
  }
  rules[static_cast<size_t>(spec.mode)].threshold = value;
}

std::vector<LabelRule> rules_of(const CompareArguments& arguments) {
  std::vector<LabelRule> rules;
  for (const LabelModeSpec& spec : label_modes()) {
    rules.push_back({spec.mode, spec.threshold, arguments.reject_loops});
  }
  rules.front().threshold = arguments.tau;
  for (const std::string& text : arguments.thresholds) set_threshold(text, rules);
  for (const LabelRule& rule : rules) check_rule(rule);
  return rules;
}

int compare(const CompareArguments& arguments) {
  std::vector<LabelRule> rules = rules_of(arguments);
  const std::string wanted = ladder_hash_or_text(arguments.ladder);
  const Store store = Store::open(arguments.store, Store::Mode::kRead);
  const PromptQuery query{.tasks = arguments.tasks, .split = arguments.split};
  const StoredLadder ladder = choose_ladder(store, query, wanted);
  const std::vector<BitWidth> widths = choose_widths(ladder, arguments.bits);
  const FairPrompts fair = without_walked(store.outcomes(query, ladder), widths, lazy_walks(store));
  const std::vector<PromptOutcomes>& prompts = fair.prompts;
  if (arguments.match) rules = match_thresholds(prompts, widths, rules);
  const ModeComparison comparison = compare_modes(prompts, widths, rules);
  if (arguments.json) {
    Json json = {{"base_model", ladder.ladder.base_model},
                 {"ladder_hash", ladder.ladder.hash},
                 {"widths", widths_json(widths)},
                 {"left_out_as_walked", fair.walked}};
    json.update(Json::parse(modes_json(comparison)));
    print_json(json);
    return kExitDone;
  }
  std::fputs(modes_table(comparison, widths).c_str(), stdout);
  std::printf(
      "\nUse, score, time and bits over the %s of %s prompts that all modes label. "
      "Outcomes of %s\n",
      grouped(comparison.common).c_str(), grouped(comparison.prompts).c_str(),
      describe(ladder).c_str());
  for (const ModeFigures& figures : comparison.modes) {
    if (!figures.pooled) continue;
    const RocArea& right = figures.pooled->right;
    std::printf("AUC over the %s answers below the largest width that all modes measure\n",
                grouped(right.right + right.wrong).c_str());
    break;
  }
  if (fair.walked > 0) std::fputs(walked_text(fair).c_str(), stdout);
  for (const ModeFigures& figures : comparison.modes) {
    if (figures.labelled > 0) continue;
    if (label_mode_spec(figures.rule.mode).needs == LabelNeeds::kScores) {
      std::printf("Labels by score need prompts with a reference\n");
    } else if (figures.rule.mode == LabelMode::kLikelihood) {
      std::printf("Modes that rate the largest variant's responses need paq labels measure\n");
    }
  }
  return kExitDone;
}

int list_modes(bool json) {
  if (json) {
    print_json(mode_list_json());
  } else {
    std::fputs(mode_list().c_str(), stdout);
  }
  return kExitDone;
}

void add_task_options(CLI::App& command, std::vector<std::string>& tasks, std::string& split) {
  command.add_option("--task", tasks, "Only this task; may repeat")
      ->take_all()
      ->allow_extra_args(false);
  command.add_option("--split", split, "Only this split");
}

void add_measure(CLI::App& labels, Action& action) {
  CLI::App* command = labels.add_subcommand(
      "measure", "Have every variant rate the largest one's responses (nothing is generated)");
  const auto arguments = std::make_shared<MeasureArguments>();
  arguments->engine.context = 0;
  command->add_option("--ladder", arguments->ladder,
                      "Folder of the ladder; with --engine, of the files served");
  command->add_option("--store", arguments->store, "SQLite file with outcomes")->required();
  add_task_options(*command, arguments->tasks, arguments->split);
  command->add_flag("--raw", arguments->form.raw, "The prompts were labelled with --raw");
  command->add_option("--prompts", arguments->form.formats,
                      "The prompt formats that they were labelled with, for --raw");
  command
      ->add_option("--concurrency", arguments->concurrency,
                   "Responses rated at a time; 0: 8, or what the memory allows")
      ->check(CLI::Range(0, 255));
  command
      ->add_option("--memory", arguments->memory_mib,
                   "MiB for the largest variant's predictions; less means more turns")
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();
  add_engine_options(*command, arguments->engine);
  add_remote_options(*command, arguments->remote);
  command->add_flag("--json", arguments->json, "Machine-readable result on standard output");
  command->footer(
      "Stop it whenever you like and run it again: nothing is lost or done twice.\n"
      "Example: paq labels measure --ladder ladder --store paq.db --split train");
  command->callback([=, &action] { action = [=] { return measure(*arguments); }; });
}

void add_compare(CLI::App& labels, Action& action) {
  CLI::App* command = labels.add_subcommand(
      "compare", "How far the label modes agree with each other and with correctness");
  const auto arguments = std::make_shared<CompareArguments>();
  command->add_option("--store", arguments->store, "SQLite file")->required();
  command->add_option("--tau", arguments->tau, "Threshold of perplexity")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  command
      ->add_option("--threshold", arguments->thresholds,
                   "Threshold of another mode, such as kl=0.05; may repeat")
      ->take_all()
      ->allow_extra_args(false);
  command->add_flag("--match", arguments->match,
                    "Thresholds at which all modes have perplexity's mean bit width");
  command->add_flag("--reject-loops", arguments->reject_loops,
                    "A response that ends in a loop is never good enough");
  command->add_option("--ladder", arguments->ladder,
                      "Outcomes of this ladder: its folder, its hash, or imported (default: the "
                      "only one there is)");
  command->add_option("--bits", arguments->bits,
                      "Widths to choose among (default: all that the ladder has outcomes at)");
  add_task_options(*command, arguments->tasks, arguments->split);
  command->add_flag("--json", arguments->json, "Machine-readable result on standard output");
  command->footer("Example: paq labels compare --store paq.db --match");
  command->callback([=, &action] { action = [=] { return compare(*arguments); }; });
}

}  // namespace

void add_labels_command(CLI::App& app, Action& action) {
  CLI::App* labels =
      app.add_subcommand("labels", "What labels are made of, and how far to trust it");
  labels->require_subcommand(1);
  CLI::App* modes = labels->add_subcommand("modes", "The label modes there are");
  const auto json = std::make_shared<bool>(false);
  modes->add_flag("--json", *json, "Machine-readable result on standard output");
  modes->footer("Example: paq labels modes");
  modes->callback([=, &action] { action = [=] { return list_modes(*json); }; });
  add_measure(*labels, action);
  add_compare(*labels, action);
}

}  // namespace paq
