// SPDX-License-Identifier: MIT
// paq calibrate: gives a router what its policies need, from outcomes of prompts that it has not
// learnt from.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "cli/command.h"
#include "cli/costs_file.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/policy_options.h"
#include "cli/prompt_selection.h"
#include "cli/router_options.h"
#include "cli/terminal.h"
#include "cli/validators.h"
#include "core/error.h"
#include "core/label_rule.h"
#include "core/outputs.h"
#include "core/passage.h"
#include "ladder/ladder_files.h"
#include "report/format.h"
#include "router/adequacy.h"
#include "router/policy_file.h"
#include "store/ladder_choice.h"

namespace paq {
namespace {

struct CalibrateArguments {
  std::filesystem::path router, store, out;
  std::vector<std::string> tasks;
  std::string ladder;
  std::string split = "validation";
  PolicyArguments policy;
  bool any_ladder = false;
  int threads = 0;
  bool json = false;
};

// Shares of inadequate answers that the table shows thresholds for.
constexpr double kShownShares[] = {0.01, 0.02, 0.05, 0.1, 0.2};

// What the source of costs begins with that are of stored outcomes.
constexpr const char* kStoredCosts = "mean of ";

// Prompts that may calibrate, and why others may not.
struct Held {
  std::vector<PromptOutcomes> prompts;
  std::vector<int> labels;  // parallel to prompts
  int64_t unlabelled = 0;
  int64_t trained_on = 0;    // their text or passage is in the train split as well
  int64_t same_passage = 0;  // of another one that is taken
};

// Prompts about one passage fare alike, and a bound counts prompts that do not.
void keep_one_per_passage(Held& held, const PassageKeys& keys) {
  std::vector<std::string_view> texts;
  for (const PromptOutcomes& prompt : held.prompts) texts.push_back(request_text(prompt.prompt));
  const std::vector<size_t> kept = draw_one_per_passage(texts, keys, /*seed=*/0);
  held.same_passage = static_cast<int64_t>(held.prompts.size() - kept.size());
  std::vector<PromptOutcomes> prompts;
  std::vector<int> labels;
  for (const size_t i : kept) {
    prompts.push_back(std::move(held.prompts[i]));
    labels.push_back(held.labels[i]);
  }
  held.prompts = std::move(prompts);
  held.labels = std::move(labels);
}

Held held_out(const Store& store, const StoredLadder& ladder, const PromptQuery& query,
              const RouterInfo& info) {
  const std::vector<Prompt> trained = store.prompts({.tasks = {}, .split = "train"});
  std::vector<PromptOutcomes> stored = store.outcomes(query, ladder);
  std::vector<TaskText> all;
  for (const Prompt& prompt : trained) all.push_back({prompt.task, request_text(prompt)});
  for (const auto& of : stored) all.push_back({of.prompt.task, request_text(of.prompt)});
  const PassageKeys keys(all);
  std::unordered_set<std::string_view> training;
  for (const Prompt& prompt : trained) training.insert(keys.key(request_text(prompt)));
  const LabelRule rule = rule_of_router(info.label_mode, info.tau);
  Held held;
  for (PromptOutcomes& outcomes : stored) {
    const auto label = label_of(outcomes, info.bit_widths, rule);
    if (!label) {
      ++held.unlabelled;
    } else if (training.contains(keys.key(request_text(outcomes.prompt)))) {
      ++held.trained_on;
    } else {
      const auto place = std::find(info.bit_widths.begin(), info.bit_widths.end(), *label);
      held.labels.push_back(static_cast<int>(place - info.bit_widths.begin()));
      held.prompts.push_back(std::move(outcomes));
    }
  }
  keep_one_per_passage(held, keys);
  if (held.prompts.empty()) {
    throw Error(ErrorCode::kUsage,
                "none of the " + grouped(held.unlabelled + held.trained_on) +
                    " prompts can calibrate: " + grouped(held.unlabelled) + " have no label, " +
                    grouped(held.trained_on) +
                    " share a text or a passage with the train split; label prompts of their own "
                    "for it");
  }
  return held;
}

CalibrationTable route_all(Router& router, const Held& held, ProgressLine& progress) {
  const auto start = std::chrono::steady_clock::now();
  CalibrationTable table{.labels = held.labels};
  std::vector<std::string_view> texts;
  for (const PromptOutcomes& outcomes : held.prompts) {
    texts.push_back(request_text(outcomes.prompt));
  }
  table.adequate = adequacy_of(router, texts, [&](size_t done) {
    throw_if_interrupted();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    progress.show({.stage = "routing",
                   .done = static_cast<int64_t>(done),
                   .total = static_cast<int64_t>(texts.size()),
                   .unit = "prompts",
                   .seconds = seconds.count(),
                   .detail = ""});
  });
  progress.clear();
  return table;
}

// Mean seconds of the prompts that have a time at every width; nullopt where none has.
std::optional<WidthCosts> stored_costs(const Held& held, std::span<const BitWidth> widths) {
  std::vector<double> sums(widths.size());
  int64_t timed = 0;
  int most = 1;
  for (const PromptOutcomes& prompt : held.prompts) {
    const bool complete = std::all_of(widths.begin(), widths.end(), [&](BitWidth width) {
      const auto outcome = prompt.outcomes.find(width);
      return outcome != prompt.outcomes.end() && outcome->second.seconds;
    });
    if (!complete) continue;
    ++timed;
    for (size_t k = 0; k < widths.size(); ++k) {
      const Outcome& outcome = prompt.outcomes.at(widths[k]);
      sums[k] += *outcome.seconds;
      most = std::max(most, outcome.concurrency);
    }
  }
  if (timed == 0) return std::nullopt;
  for (double& sum : sums) sum /= static_cast<double>(timed);
  std::string source = kStoredCosts + counted(timed, "stored outcome") + " a width";
  if (most > 1) source += ", up to " + std::to_string(most) + " answers in flight";
  return WidthCosts{.values = std::move(sums), .unit = "seconds", .source = std::move(source)};
}

// What a bound would mean for the calibration prompts themselves.
struct Shown {
  RiskBound bound;
  std::optional<Policy> policy = {};  // absent where they are too few
  std::vector<double> shares = {};    // [K] of the prompts sent to each width
};

std::vector<Shown> shown_bounds(const PolicyData& data, std::span<const BitWidth> widths) {
  std::vector<Shown> all;
  for (const double alpha : kShownShares) {
    Shown shown{.bound = {.alpha = alpha}};
    const CalibrationTable& table = *data.calibration;
    if (failures_allowed(table.prompts(), shown.bound)) {
      shown.policy = Policy::make({.kind = PolicyKind::kFloor, .bound = shown.bound}, data, widths);
      shown.shares.resize(widths.size());
      for (size_t i = 0; i < table.labels.size(); ++i) {
        const std::span<const float> row(&table.adequate[i * widths.size()], widths.size());
        const BitWidth bits = shown.policy->choose(row);
        const auto place = std::find(widths.begin(), widths.end(), bits) - widths.begin();
        shown.shares[static_cast<size_t>(place)] += 1 / static_cast<double>(table.prompts());
      }
    }
    all.push_back(std::move(shown));
  }
  return all;
}

Json result_json(const CalibrateArguments& arguments, const PolicyData& data, const Held& held,
                 std::span<const BitWidth> widths) {
  Json floors = Json::array();
  for (const Shown& shown : shown_bounds(data, widths)) {
    Json shares = Json::object();
    for (size_t k = 0; k < shown.shares.size(); ++k) shares[to_string(widths[k])] = shown.shares[k];
    const auto* floor = shown.policy ? &*shown.policy->floor() : nullptr;
    floors.push_back({{"alpha", shown.bound.alpha},
                      {"confidence", shown.bound.confidence},
                      {"needed", prompts_needed(shown.bound)},
                      {"allowed", floor ? Json(floor->allowed) : Json(nullptr)},
                      {"failures", floor ? Json(floor->failures) : Json(nullptr)},
                      {"threshold", floor ? Json(floor->threshold) : Json(nullptr)},
                      {"shares", shares}});
  }
  Json costs = nullptr;
  if (data.costs) {
    costs = {{"unit", data.costs->unit}, {"source", data.costs->source}, {"costs", Json::object()}};
    for (size_t k = 0; k < widths.size(); ++k) {
      costs["costs"][to_string(widths[k])] = data.costs->values[k];
    }
  }
  return {{"router", arguments.out.string()},
          {"prompts", data.calibration->prompts()},
          {"unlabelled", held.unlabelled},
          {"left_out_as_training_prompts", held.trained_on},
          {"left_out_as_same_passage", held.same_passage},
          {"policy", to_string(data.preferred)},
          {"costs", costs},
          {"floor", floors}};
}

void print_result(const CalibrateArguments& arguments, const PolicyData& data, const Held& held,
                  std::span<const BitWidth> widths) {
  std::string names;
  for (const BitWidth width : widths) names += (names.empty() ? "" : "/") + to_string(width);
  TextTable table;
  table.add({"floor", "prompts below label", "of which allowed", "threshold", names + "-bit %"});
  table.rule();
  for (const Shown& shown : shown_bounds(data, widths)) {
    const std::string name =
        to_string(PolicySpec{.kind = PolicyKind::kFloor, .bound = shown.bound});
    if (!shown.policy) {
      table.add({name, "takes " + std::to_string(prompts_needed(shown.bound)) + " prompts", "-",
                 "-", "-"});
      continue;
    }
    const FloorThreshold& floor = *shown.policy->floor();
    std::string shares;
    for (const double share : shown.shares) {
      shares += (shares.empty() ? "" : "/") + fixed_point(100 * share, 0);
    }
    table.add({name, std::to_string(floor.failures), std::to_string(floor.allowed),
               fixed_point(std::max(0.0f, floor.threshold), 3), shares});
  }
  std::printf("%s, confidence %s %%\n\n%s",
              counted(data.calibration->prompts(), "calibration prompt").c_str(),
              percent(RiskBound{}.confidence).c_str(), table.str().c_str());
  if (held.unlabelled + held.trained_on + held.same_passage > 0) {
    std::printf(
        "Left out: %s without a label, %s that share a text or a passage with the train split, %s "
        "with another one of these.\n",
        counted(held.unlabelled, "prompt").c_str(), grouped(held.trained_on).c_str(),
        grouped(held.same_passage).c_str());
  }
  if (data.costs) {
    std::printf("Costs in %s (%s):", data.costs->unit.c_str(), data.costs->source.c_str());
    for (size_t k = 0; k < widths.size(); ++k) {
      std::printf("%s %s-bit %.4g", k == 0 ? "" : ",", to_string(widths[k]).c_str(),
                  data.costs->values[k]);
    }
    std::printf("\n");
  } else {
    std::printf("No costs: the outcomes have no times. paq bench measures them.\n");
  }
  std::printf("%s prefers %s\n", arguments.out.c_str(), to_string(data.preferred).c_str());
}

int calibrate(const CalibrateArguments& arguments) {
  check_apart(std::vector<NamedFile>{{"--out", arguments.out}},
              std::vector<NamedFile>{{"--router", arguments.router},
                                     {"--store", arguments.store},
                                     {"--costs", arguments.policy.costs}});
  if (arguments.split == "train") {
    throw Error(ErrorCode::kUsage,
                "the split train is what routers learn from, and what they have seen can't "
                "calibrate them; label prompts as --task NAME@validation=FILE and take --split "
                "validation");
  }
  const std::string wanted = ladder_hash_or_text(arguments.ladder);
  const auto router = Router::load(arguments.router, {.threads = arguments.threads});
  const RouterInfo& info = router->info();
  PolicyData data = policy_data(arguments.policy, info);
  if (!arguments.policy.policies.empty()) {
    data.preferred = parse_policy(arguments.policy.policies.front());
  }
  const Store store = Store::open(arguments.store, Store::Mode::kRead);
  check_task_and_split(&store, "", arguments.split);
  for (const std::string& task : arguments.tasks) check_task_and_split(&store, task, "");
  const PromptQuery query{.tasks = arguments.tasks, .split = arguments.split};
  if (store.prompts(query).empty()) {
    throw Error(ErrorCode::kUsage, arguments.store.string() + " has no prompts of the split " +
                                       arguments.split + "; label some as --task NAME@" +
                                       arguments.split +
                                       "=FILE, or name another split with --split");
  }
  StoredLadder ladder = choose_ladder(store, query, wanted);
  require_fit(*router, ladder.ladder, arguments.any_ladder);
  const Held held = held_out(store, ladder, query, info);
  ProgressLine progress;
  data.calibration = route_all(*router, held, progress);
  data.calibration->split = arguments.split;
  // What paq bench has measured stays; means of outcomes are taken anew.
  const bool measured = data.costs && !data.costs->source.starts_with(kStoredCosts);
  if (arguments.policy.costs.empty() && !measured) {
    if (auto costs = stored_costs(held, info.bit_widths)) data.costs = std::move(costs);
  }
  Policy::make(data.preferred, data,
               info.bit_widths);  // says what it lacks before anything is left
  rewrite_router(arguments.router, arguments.out, data);
  if (arguments.json) {
    print_json(result_json(arguments, data, held, info.bit_widths));
  } else {
    print_result(arguments, data, held, info.bit_widths);
  }
  return kExitDone;
}

}  // namespace

void add_calibrate_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "calibrate", "Give a router's policies what they need, from prompts it has not learnt from");
  const auto arguments = std::make_shared<CalibrateArguments>();
  command->add_option("--router", arguments->router, "Router (GGUF)")->required();
  command->add_option("--store", arguments->store, "SQLite file with outcomes")->required();
  command->add_option("--out", arguments->out, "The router with calibration prompts, costs, policy")
      ->required();
  command->add_option("--split", arguments->split, "Calibrate with prompts of this split")
      ->capture_default_str();
  command->add_option("--task", arguments->tasks, "Only this task; may repeat")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--ladder", arguments->ladder,
                      "Outcomes of this ladder: its folder, its hash, or imported (default: the "
                      "only one there is)");
  add_any_ladder_option(*command, arguments->any_ladder);
  command
      ->add_option("--policy", arguments->policy.policies,
                   "What the new file prefers: argmax, expected-cost:PRICE or "
                   "floor:ALPHA[:CONFIDENCE] (default: as the old one)")
      ->expected(1);
  command->add_option("--costs", arguments->policy.costs,
                      "What a prompt costs at each width: a file of paq bench (default: mean "
                      "seconds of the outcomes)");
  command->add_option("--threads", arguments->threads, "0: physical cores")->check(not_negative());
  command->add_flag("--json", arguments->json, "Machine-readable result on standard output");
  command->footer(
      "Example: paq calibrate --router router.gguf --store paq.db --out calibrated.gguf "
      "--policy floor:0.05");
  command->callback([=, &action] { action = [=] { return calibrate(*arguments); }; });
}

}  // namespace paq
