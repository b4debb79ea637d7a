// SPDX-License-Identifier: MIT
// paq thresholds: what each tau would mean.
#include "label/thresholds.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/threshold_table.h"
#include "core/error.h"
#include "store/store.h"

namespace paq {
namespace {

struct ThresholdArguments {
  std::filesystem::path store;
  std::vector<std::string> tasks;
  std::string split;
  std::vector<double> taus{std::begin(kPaperTaus), std::end(kPaperTaus)};
  bool save = false;
  bool json = false;
};

void save_labels(const ThresholdArguments& arguments, std::span<const PromptOutcomes> prompts,
                 std::span<const BitWidth> widths) {
  Store store = Store::open(arguments.store, Store::Mode::kWrite);
  for (double tau : arguments.taus) {
    std::vector<LabelRow> labels;
    for (const PromptOutcomes& prompt : prompts) {
      if (const auto bits = perplexity_label(prompt, widths, tau)) {
        labels.push_back({prompt.prompt.task, prompt.prompt.split, prompt.prompt.id, *bits});
      }
    }
    store.put_labels(tau, "response-perplexity", labels);
  }
}

int thresholds(const ThresholdArguments& arguments) {
  std::vector<PromptOutcomes> prompts;
  std::vector<BitWidth> widths;
  {
    const Store store = Store::open(arguments.store, Store::Mode::kRead);
    prompts = store.outcomes({.tasks = arguments.tasks, .split = arguments.split});
    widths = store.bit_widths();
  }
  if (prompts.empty() || widths.size() < 2) {
    throw Error(ErrorCode::kUsage, arguments.store.string() +
                                       " has no outcomes of two or more bit widths for these "
                                       "prompts; run paq label first");
  }
  const auto summaries = summarise_thresholds(prompts, widths, arguments.taus);
  if (arguments.save) save_labels(arguments, prompts, widths);
  if (arguments.json) {
    print_json({{"widths", widths_json(widths)}, {"thresholds", thresholds_json(summaries)}});
  } else {
    std::fputs(threshold_table(summaries, widths).c_str(), stdout);
  }
  return kExitDone;
}

}  // namespace

void add_thresholds_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "thresholds", "What each tau would mean: use of each width, score and time of the labels");
  const auto arguments = std::make_shared<ThresholdArguments>();
  command->add_option("--store", arguments->store, "SQLite file")->required();
  command->add_option("--tau", arguments->taus, "Perplexity thresholds, 1 or more")
      ->delimiter(',')
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  command->add_option("--task", arguments->tasks, "Only this task; may repeat")->take_all();
  command->add_option("--split", arguments->split, "Only this split");
  command->add_flag("--save", arguments->save, "Also write the labels of each tau to the store");
  command->add_flag("--json", arguments->json, "Machine-readable result on standard output");
  command->footer("Example: paq thresholds --store paq.db --tau 1.07,1.13,1.21");
  command->callback([=, &action] { action = [=] { return thresholds(*arguments); }; });
}

}  // namespace paq
