// SPDX-License-Identifier: MIT
// paq thresholds: what each tau would mean.
#include "label/thresholds.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/prompt_selection.h"
#include "cli/terminal.h"
#include "cli/threshold_table.h"
#include "label/lazy_sample.h"
#include "label/threshold_sweep.h"
#include "ladder/ladder_files.h"
#include "report/format.h"
#include "store/ladder_choice.h"

namespace paq {
namespace {

struct ThresholdArguments {
  std::filesystem::path store;
  std::vector<std::string> tasks;
  std::string split, ladder, bits;
  std::string mode = "perplexity";
  std::vector<double> taus;
  bool reject_loops = false;
  int sweep = 0;
  bool json = false;
};

constexpr int kFinePoints = 200;

std::vector<double> thresholds_of(const ThresholdArguments& arguments, const LabelModeSpec& spec) {
  if (!arguments.taus.empty()) return arguments.taus;
  if (spec.mode != LabelMode::kPerplexity) return {spec.threshold};
  return {std::begin(kPaperTaus), std::end(kPaperTaus)};
}

std::vector<LabelRule> rules_of(const LabelModeSpec& spec, const std::vector<double>& thresholds,
                                bool reject_loops) {
  std::vector<LabelRule> rules;
  for (const double threshold : thresholds) {
    rules.push_back({.mode = spec.mode, .threshold = threshold, .reject_loops = reject_loops});
  }
  return rules;
}

// "1.07, 1.13 and 1.21 admit 61.0, 78.2 and 88.1 % of the measures."
std::string positions_text(const ThresholdSweep& sweep, const std::vector<double>& thresholds) {
  std::string values, shares;
  for (size_t i = 0; i < thresholds.size(); ++i) {
    const auto point =
        std::find_if(sweep.points.begin(), sweep.points.end(),
                     [&](const ThresholdPoint& p) { return p.threshold == thresholds[i]; });
    if (point == sweep.points.end()) return "";
    const char* glue = i == 0 ? "" : i + 1 == thresholds.size() ? " and " : ", ";
    values += glue + tau_text(thresholds[i]);
    shares += glue + percent(point->position);
  }
  return values + (thresholds.size() == 1 ? " admits " : " admit ") + shares +
         " % of the measures of all widths but the largest.\n";
}

std::string proposal_text(const std::optional<ThresholdProposal>& proposal) {
  if (!proposal) {
    return "There are no thresholds to propose: at none is every width used and the score within "
           "a point of the largest width's.\n";
  }
  std::string text =
      "Proposed: " + tau_text(proposal->conservative) + " (conservative), " +
      tau_text(proposal->medium) + " (medium), " + tau_text(proposal->aggressive) +
      " (aggressive). Between them every width is the label of " +
      (proposal->least_share > 0 ? percent(proposal->least_share) + " % of the prompts or more"
                                 : std::string("some prompt"));
  if (proposal->least_score) {
    text += " and the score " + percent(*proposal->least_score) + " % or more";
  }
  return text + ".\n";
}

int thresholds(const ThresholdArguments& arguments) {
  const LabelModeSpec& spec = label_mode_spec(arguments.mode);
  const std::vector<double> taus = thresholds_of(arguments, spec);
  const std::vector<LabelRule> rules = rules_of(spec, taus, arguments.reject_loops);
  for (const LabelRule& rule : rules) check_rule(rule);
  const std::string wanted = ladder_hash_or_text(arguments.ladder);
  const Store store = Store::open(arguments.store, Store::Mode::kRead);
  const PromptQuery query{.tasks = arguments.tasks, .split = arguments.split};
  check_task_and_split(&store, "", arguments.split);
  for (const std::string& task : arguments.tasks) check_task_and_split(&store, task, "");
  const StoredLadder ladder = choose_ladder(store, query, wanted);
  const std::vector<BitWidth> widths = choose_widths(ladder, arguments.bits);
  const std::vector<PromptOutcomes> prompts = store.outcomes(query, ladder);
  const auto summaries = summarise_thresholds(prompts, widths, rules);
  SweepOptions fine{.mode = spec.mode, .reject_loops = arguments.reject_loops};
  fine.points = kFinePoints;
  fine.also = taus;
  const FairPrompts fair = without_walked(prompts, widths, lazy_walks(store));
  const ThresholdSweep sweep = sweep_thresholds(fair.prompts, widths, fine);
  const auto proposal = propose_thresholds(sweep);
  const auto missing = spec.mode == LabelMode::kPerplexity ? missing_perplexities(prompts, widths)
                                                           : std::map<BitWidth, int64_t>{};
  if (arguments.json) {
    print_json({{"base_model", ladder.ladder.base_model},
                {"ladder_hash", ladder.ladder.hash},
                {"widths", widths_json(widths)},
                {"label_mode", spec.name},
                {"reject_loops", arguments.reject_loops},
                {"without_perplexity", by_width_json(missing)},
                {"thresholds", thresholds_json(summaries)},
                {"proposal", proposal_json(proposal)},
                {"left_out_as_walked", fair.walked},
                {"sweep", sweep_json(sweep)}});
    return kExitDone;
  }
  std::fputs(threshold_table(summaries, widths, spec.needs).c_str(), stdout);
  if (sweep.prompts > 0) {
    std::printf("Over the %s of %s prompts that have all that is compared:\n",
                grouped(sweep.prompts).c_str(),
                grouped(static_cast<int64_t>(prompts.size())).c_str());
    std::fputs(positions_text(sweep, taus).c_str(), stdout);
    std::fputs(proposal_text(proposal).c_str(), stdout);
  }
  if (arguments.sweep > 0) {
    fine.points = arguments.sweep;
    std::printf("\n%s", sweep_table(sweep_thresholds(fair.prompts, widths, fine)).c_str());
  }
  if (fair.walked > 0) std::fputs(walked_text(fair).c_str(), stdout);
  std::printf("Outcomes of %s\n", describe(ladder).c_str());
  for (const auto& [width, count] : missing) {
    std::printf("%s of %s prompts have no perplexity at %s bits\n", grouped(count).c_str(),
                grouped(static_cast<int64_t>(prompts.size())).c_str(), to_string(width).c_str());
  }
  return kExitDone;
}

}  // namespace

void add_thresholds_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "thresholds", "What each tau would mean: use of each width, score and time of the labels");
  const auto arguments = std::make_shared<ThresholdArguments>();
  command->add_option("--store", arguments->store, "SQLite file")->required();
  command
      ->add_option("--tau", arguments->taus,
                   "Thresholds (default: the paper's 1.07,1.13,1.21; of another mode its usual "
                   "one)")
      ->delimiter(',')
      ->check(CLI::Range(0.0, 1e6));
  command
      ->add_option("--label-mode", arguments->mode,
                   "What labels are made of; `paq labels modes` lists them")
      ->capture_default_str();
  command->add_flag("--reject-loops", arguments->reject_loops,
                    "A response that ends in a loop is never good enough");
  command
      ->add_option("--sweep", arguments->sweep,
                   "Show this many thresholds besides, spread over the measures that occur")
      ->check(CLI::Range(2, 10000));
  command->add_option("--ladder", arguments->ladder,
                      "Outcomes of this ladder: its folder, its hash, or imported (default: the "
                      "only one there is)");
  command->add_option("--bits", arguments->bits,
                      "Widths to choose among (default: all that the ladder has outcomes at)");
  command->add_option("--task", arguments->tasks, "Only this task; may repeat")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--split", arguments->split, "Only this split");
  command->add_flag("--json", arguments->json, "Machine-readable result on standard output");
  command->footer("Example: paq thresholds --store paq.db --tau 1.07,1.13,1.21");
  command->callback([=, &action] { action = [=] { return thresholds(*arguments); }; });
}

}  // namespace paq
