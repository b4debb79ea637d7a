// SPDX-License-Identifier: MIT
#include "cli/leave_one_out.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/process.h"
#include "cli/timed_routing.h"
#include "core/error.h"
#include "core/label_rule.h"
#include "report/format.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

// Settings in a router's file, and the options of paq-train that set them.
constexpr std::pair<const char*, const char*> kSettings[] = {
    {"size", "--size"},
    {"epochs", "--epochs"},
    {"batch", "--batch"},
    {"learning_rate", "--lr"},
    {"dropout", "--dropout"},
    {"vocabulary", "--vocabulary"},
    {"context_tokens", "--context"},
    {"validation_share", "--validation-share"},
    {"max_per_task", "--max-per-task"},
    {"keep_per_label", "--keep-per-label"},
    {"prior", "--prior"},
    {"seed", "--seed"},
};

// Empty where the file says nothing.
Json settings_of(const RouterInfo& info) {
  const Json training = Json::parse(info.training, nullptr, false);
  if (!training.is_object() || !training.contains("settings")) return Json::object();
  return training.at("settings");
}

void check_is_without(const RouterInfo& info, const RouterInfo& whole, const std::string& task,
                      const fs::path& file) {
  check_router_fits(info, whole.bit_widths);
  const Json settings = settings_of(info);
  const Json without = settings.value("without_tasks", Json::array());
  if (std::find(without.begin(), without.end(), Json(task)) == without.end()) {
    throw Error(ErrorCode::kMismatch, file.string() + " was not trained without " + task +
                                          "; train it with paq train --without-task " + task +
                                          ", or remove it");
  }
  if (info.tau != whole.tau) {
    throw Error(ErrorCode::kMismatch, file.string() + " has tau " + tau_text(info.tau) +
                                          ", expected the other router's " + tau_text(whole.tau) +
                                          "; remove it to have it trained anew");
  }
}

void train_without(const RouterInfo& info, const std::string& task, const fs::path& file,
                   const LeaveOneOutOptions& options) {
  std::vector<std::string> arguments = training_arguments_without(info, task);
  arguments.insert(arguments.end(),
                   {"--store", options.store.string(), "--out", file.string(), "--json"});
  const ProcessResult result = run_process(find_paq_train(), arguments);
  throw_if_interrupted();
  if (result.exit_code != 0) {
    throw Error(ErrorCode::kEngine, "paq-train ended with code " +
                                        std::to_string(result.exit_code) + " for " + file.string() +
                                        "; its own message stands above");
  }
}

}  // namespace

std::vector<std::string> training_arguments_without(const RouterInfo& info,
                                                    const std::string& task) {
  std::vector<std::string> arguments = {"--without-task", task, "--tau", tau_text(info.tau)};
  if (!info.label_mode.empty()) {
    const LabelRule rule = rule_of_router(info.label_mode, info.tau);
    if (rule.mode != LabelMode::kPerplexity) {
      arguments.insert(arguments.end(),
                       {"--label-mode", std::string(label_mode_spec(rule.mode).name)});
    }
    if (rule.reject_loops) arguments.emplace_back("--reject-loops");
  }
  if (!info.bit_widths.empty()) {
    arguments.insert(arguments.end(), {"--bits", to_string(std::span(info.bit_widths))});
  }
  if (!info.ladder_hash.empty()) {
    arguments.insert(arguments.end(), {"--ladder", info.ladder_hash});
  }
  const Json settings = settings_of(info);
  for (const auto& [name, option] : kSettings) {
    if (!settings.contains(name)) continue;
    const Json& value = settings.at(name);
    arguments.emplace_back(option);
    arguments.push_back(value.is_string() ? value.get<std::string>() : value.dump());
  }
  return arguments;
}

std::vector<RoutedPrompt> route_leave_one_out(Router& router, const Store& store,
                                              std::span<const Prompt> prompts,
                                              const LeaveOneOutOptions& options) {
  std::map<std::string, std::vector<size_t>> of_task;
  for (size_t p = 0; p < prompts.size(); ++p) of_task[prompts[p].task].push_back(p);
  std::vector<RoutedPrompt> routed(prompts.size());
  for (const auto& [task, members] : of_task) {
    std::vector<Prompt> chosen;
    for (size_t p : members) chosen.push_back(prompts[p]);
    std::unique_ptr<Router> without;
    if (!store.prompts({.tasks = {task}, .split = "train"}).empty()) {
      const fs::path file = options.prefix + task + ".gguf";
      if (!fs::exists(file)) train_without(router.info(), task, file, options);
      without = Router::load(file, {.threads = options.threads});
      check_is_without(without->info(), router.info(), task, file);
    }
    std::vector<RoutedPrompt> choices =
        route_prompts(without ? *without : router, chosen,
                      {.progress = options.progress, .cancel = options.cancel});
    for (size_t i = 0; i < members.size(); ++i) routed[members[i]] = std::move(choices[i]);
  }
  return routed;
}

}  // namespace paq
