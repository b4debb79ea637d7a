// SPDX-License-Identifier: MIT
// paq label: outcomes of every variant for every prompt, into the store.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cli/code_option.h"
#include "cli/command.h"
#include "cli/engine_options.h"
#include "cli/estimate_text.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/machine.h"
#include "cli/prompt_selection.h"
#include "cli/remote_options.h"
#include "cli/terminal.h"
#include "engine/machine_memory.h"
#include "label/answer.h"
#include "label/label_estimate.h"
#include "label/label_order.h"
#include "label/labeler.h"
#include "label/shard.h"
#include "ladder/ladder_files.h"

namespace paq {
namespace {

struct LabelArguments {
  std::filesystem::path ladder, store;
  PromptSelection selection;
  EngineArguments engine;
  RemoteArguments remote;
  int concurrency = 0;  // 0: chosen from the memory
  int ahead = 0;
  std::string bits;  // Empty: all
  double lazy = 0;   // 0: every variant answers every prompt
  double lazy_sample = LazyWalk{}.full_share;
  std::string shard = "1/1";
  bool retime = false;
  bool replace = false;
  bool unsafe_code = false;
  bool dry_run = false;
  bool json = false;
};

// What answers, and how much memory that takes.
struct Answering {
  std::unique_ptr<Engine> engine;
  Ladder ladder;                 // All of it.
  std::vector<BitWidth> widths;  // Those that are asked.
  int64_t memory_bytes = 0;      // Predicted; 0 where servers hold the variants.
};

// Tokens of prompt and answer that every variant that is asked can hold.
int context_of(const Answering& answering) {
  int least = 0;
  for (const BitWidth bits : answering.widths) {
    const int tokens = answering.engine->context_tokens(bits);
    least = least == 0 ? tokens : std::min(least, tokens);
  }
  return least;
}

// What a run's record in the store says of it.
std::string config_json(const LabelArguments& arguments, const Answering& answering) {
  const Ladder& ladder = answering.ladder;
  return Json{{"ladder", arguments.ladder.string()},
              {"ladder_hash", ladder.hash()},
              {"base_model", ladder.base_model},
              {"tasks", arguments.selection.tasks},
              {"split", arguments.selection.split},
              {"limit", arguments.selection.limit},
              {"seed", arguments.selection.seed},
              {"shots", arguments.selection.shots},
              {"exemplars", arguments.selection.exemplars},
              {"formats", arguments.selection.formats.string()},
              {"raw", arguments.selection.raw},
              {"choices", arguments.selection.choices},
              {"unsafe_code", arguments.unsafe_code},
              {"bits", widths_json(answering.widths)},
              {"lazy", arguments.lazy > 0 ? Json(arguments.lazy) : Json(nullptr)},
              {"lazy_sample", arguments.lazy > 0 ? Json(arguments.lazy_sample) : Json(nullptr)},
              {"shard", arguments.shard},
              {"concurrency", arguments.concurrency},
              {"ahead", arguments.ahead},
              {"retime", arguments.retime},
              {"replace", arguments.replace},
              {"context", arguments.engine.context},
              {"context_loaded", context_of(answering)},
              {"threads", arguments.engine.threads},
              {"attention", arguments.engine.attention},
              {"share_prefixes", arguments.engine.share_prefixes},
              {"gpu_layers", arguments.engine.gpu_layers},
              {"engines", arguments.remote.endpoints},
              {"machine", machine_description()}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

// "4", "2,4" or "4,2"; empty: `all`. Throws Error(kUsage) for a width that is not there.
std::vector<BitWidth> chosen_widths(const std::string& text, const std::vector<BitWidth>& all) {
  if (text.empty()) return all;
  std::vector<BitWidth> widths;
  for (const auto part : std::views::split(text, ',')) {
    widths.push_back(parse_bit_width({part.begin(), part.end()}));
  }
  std::ranges::sort(widths);
  widths.erase(std::ranges::unique(widths).begin(), widths.end());
  if (std::ranges::includes(all, widths)) return widths;
  throw Error(ErrorCode::kUsage, "--bits " + text +
                                     " names a variant that is not there; there are " +
                                     to_string(all) + " bits");
}

// Settles context and concurrency too, where they are left to us.
Answering open_variants(LabelArguments& arguments, std::span<const Prompt> prompts) {
  if (arguments.remote.given()) {
    if (arguments.concurrency == 0) arguments.concurrency = RemoteOpening{}.concurrency;
    if (arguments.engine.context == 0) arguments.engine.context = kUsualContext;
    RemoteVariants remote =
        open_remote_variants(arguments.remote, {.ladder = arguments.ladder,
                                                .context_tokens = arguments.engine.context,
                                                .concurrency = arguments.concurrency});
    return {std::move(remote.engine), std::move(remote.ladder),
            chosen_widths(arguments.bits, remote.widths)};
  }
  if (arguments.ladder.empty()) {
    throw Error(ErrorCode::kUsage, "there is nothing to answer with; give --ladder or --engine");
  }
  Answering answering;
  answering.ladder = read_ladder(arguments.ladder);
  answering.widths = chosen_widths(arguments.bits, answering.ladder.bit_widths());
  const Ladder asked = only(answering.ladder, answering.widths);
  choose_sizes(asked, {.context = most_tokens(prompts)}, arguments.engine, arguments.concurrency);
  // Only alone, and not lazily, do variants take turns (label/labeler.h).
  const bool in_turns = arguments.concurrency == 1 && arguments.lazy == 0;
  OpenedEngine opened =
      open_fitting_engine(asked, arguments.engine, arguments.concurrency, in_turns);
  answering.engine = std::move(opened.engine);
  answering.memory_bytes = opened.memory_bytes;
  return answering;
}

void check(const LabelArguments& arguments) {
  if (arguments.lazy > 0 && arguments.remote.scores_only) {
    throw Error(ErrorCode::kUsage,
                "--lazy goes by perplexities, which --scores-only does without; leave out one");
  }
}

LabelOptions label_options(const LabelArguments& arguments, const Answering& answering) {
  LabelOptions options;
  options.bits = answering.widths;
  options.concurrency = arguments.concurrency;
  // Servers have queues of their own, and machines.
  options.window = arguments.remote.given() ? arguments.concurrency : arguments.ahead;
  options.side_by_side = arguments.remote.given();
  options.require_concurrency = arguments.retime;
  options.replace = arguments.replace;
  options.perplexities = !arguments.remote.scores_only;
  if (arguments.lazy > 0) {
    options.lazy = LazyWalk{.tau = arguments.lazy,
                            .full_share = arguments.lazy_sample,
                            .seed = arguments.selection.seed};
  }
  options.cancel = &interrupt_flag();
  set_prompt_form(arguments.selection, options);
  return options;
}

void print_count(int64_t count, const char* what) {
  if (count > 0) std::printf("%s %s\n", grouped(count).c_str(), what);
}

void print_summary(const LabelSummary& summary, int64_t prompts) {
  std::printf("%s prompts: %s outcomes added, %s were there, %s tokens in %s\n",
              grouped(prompts).c_str(), grouped(summary.added).c_str(),
              grouped(summary.already_there).c_str(), grouped(summary.tokens).c_str(),
              human_duration(summary.seconds).c_str());
  if (summary.reused_tokens > 0) {
    std::printf("%s tokens of prompts computed, %s shared with prompts that begin alike\n",
                grouped(summary.computed_tokens).c_str(), grouped(summary.reused_tokens).c_str());
  }
  print_count(summary.elsewhere, "were added by another run meanwhile");
  print_count(summary.spared,
              "answers were not asked for, since a smaller variant was good enough (--lazy)");
  print_count(summary.rescored,
              "stored answers were scored anew, for their task's scorer has changed");
  print_count(summary.too_long,
              "answers were not asked for: the prompt does not fit the context (--context)");
  if (summary.refused > 0) {
    std::printf("%s answers were not asked for: the model refuses the prompt, first %s\n",
                grouped(summary.refused).c_str(), one_line(summary.first_refused).c_str());
  }
}

// Opens nothing for writing.
int dry_run(LabelArguments arguments) {
  check(arguments);
  const Shard shard = parse_shard(arguments.shard);
  std::optional<Store> store;
  if (std::filesystem::exists(arguments.store)) {
    store = Store::open(arguments.store, Store::Mode::kRead);
  }
  const Store* known = store ? &*store : nullptr;
  const std::vector<Prompt> prompts = shard_of(select_prompts(arguments.selection, known), shard);
  const auto code_runner = open_code_runner(prompts, arguments.unsafe_code);
  arguments.engine.share_prefixes = begin_alike(prompts);
  const Answering answering = open_variants(arguments, prompts);
  ProgressLine progress;
  EstimateOptions options{.label = label_options(arguments, answering),
                          .seed = arguments.selection.seed};
  options.label.code_runner = code_runner.get();
  options.label.progress = progress.callback();
  LabelEstimate estimate;
  try {
    estimate = estimate_labels(*answering.engine, answering.ladder, known, prompts, options);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCancelled) throw;
    progress.clear();
    std::fputs("paq: interrupted before there was an estimate; nothing is kept of it\n", stderr);
    return kExitInterrupted;
  }
  progress.clear();
  const EstimateContext context{.store = arguments.store,
                                .prompts = static_cast<int64_t>(prompts.size()),
                                .memory_bytes = answering.memory_bytes,
                                .memory_seen_bytes = peak_memory() - program_memory(),
                                .memory_available_bytes = machine_memory().available,
                                .concurrency = arguments.concurrency,
                                .context = context_of(answering),
                                .lazy = arguments.lazy > 0};
  if (arguments.json) {
    print_json(estimate_json(estimate, context));
  } else {
    print_estimate(estimate, context);
  }
  return kExitDone;
}

int label(LabelArguments arguments) {
  check(arguments);
  const Shard shard = parse_shard(arguments.shard);
  // A store is made only once everything else is found to be as it should.
  std::optional<Store> store;
  const auto open_store = [&] { store = Store::open(arguments.store, Store::Mode::kWrite); };
  if (std::filesystem::exists(arguments.store)) open_store();
  const std::vector<Prompt> prompts =
      shard_of(select_prompts(arguments.selection, store ? &*store : nullptr), shard);
  const auto code_runner = open_code_runner(prompts, arguments.unsafe_code);
  arguments.engine.share_prefixes = begin_alike(prompts);
  const Answering answering = open_variants(arguments, prompts);
  if (!store) open_store();

  ProgressLine progress;
  LabelOptions options = label_options(arguments, answering);
  options.code_runner = code_runner.get();
  options.progress = progress.callback();
  const int64_t run = store->begin_run("label", config_json(arguments, answering));
  const LabelSummary summary =
      label_prompts(*answering.engine, answering.ladder, *store, prompts, options);
  progress.clear();

  const Json result = {{"prompts", prompts.size()},
                       {"already_there", summary.already_there},
                       {"added", summary.added},
                       {"elsewhere", summary.elsewhere},
                       {"spared", summary.spared},
                       {"rescored", summary.rescored},
                       {"too_long", summary.too_long},
                       {"refused", summary.refused},
                       {"tokens", summary.tokens},
                       {"prefill_tokens", summary.computed_tokens},
                       {"reused_tokens", summary.reused_tokens},
                       {"seconds", summary.seconds}};
  store->end_run(run, result.dump(-1, ' ', false, Json::error_handler_t::replace));
  if (arguments.json) {
    print_json(result);
    return kExitDone;
  }
  print_summary(summary, static_cast<int64_t>(prompts.size()));
  return kExitDone;
}

}  // namespace

void add_label_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("label", "Answer prompts with every variant and keep the outcomes");
  const auto arguments = std::make_shared<LabelArguments>();
  arguments->engine.context = 0;
  command->add_option("--ladder", arguments->ladder,
                      "Folder of the ladder; with --engine, of the files served");
  command->add_option("--store", arguments->store, "SQLite file; created where absent")->required();
  add_selection_options(*command, arguments->selection);
  command->add_option("--split", arguments->selection.split,
                      "Only prompts of this split: train, validation or test");
  command
      ->add_option(
          "--concurrency", arguments->concurrency,
          "Prompts answered at a time; 1 gives their latency on an idle machine. 0: 16, or what "
          "the memory allows")
      ->check(CLI::Range(0, 255));
  command
      ->add_option("--ahead", arguments->ahead,
                   "Prompts that the engine sees at a time, to share what they have in common; 0: "
                   "four times --concurrency")
      ->check(CLI::Range(0, 100000));
  CLI::Option* lazy =
      command
          ->add_option("--lazy", arguments->lazy,
                       "Ask the smallest variant first and go no further than the first whose "
                       "perplexity is at most TAU, the smallest threshold that you will want")
          ->expected(0, 1)
          ->default_str("1.07")
          ->check(CLI::Range(1.0, 1e6))
          ->type_name("TAU");
  command
      ->add_option("--lazy-sample", arguments->lazy_sample,
                   "Share of the prompts that every variant answers all the same")
      ->check(CLI::Range(0.0, 1.0))
      ->needs(lazy)
      ->capture_default_str();
  command
      ->add_option("--shard", arguments->shard,
                   "Only this machine's part of the prompts: 2/4 is the second of four")
      ->type_name("I/N");
  command->add_option("--bits", arguments->bits,
                      "Ask only these widths, such as 2,4; the others can follow at any time");
  command->add_flag("--dry-run", arguments->dry_run,
                    "Answer a sample, say what the whole would take, and store nothing");
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
  command->callback([=, &action] {
    action = [=] { return arguments->dry_run ? dry_run(*arguments) : label(*arguments); };
  });
}

}  // namespace paq
