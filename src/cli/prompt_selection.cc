// SPDX-License-Identifier: MIT
#include "cli/prompt_selection.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "tasks/task.h"

namespace paq {
namespace {

// Place in the task table; tasks of the user's own come after it.
size_t table_place(const std::string& task) {
  const auto table = task_table();
  return static_cast<size_t>(
      std::find_if(table.begin(), table.end(), [&](const TaskSpec& s) { return s.name == task; }) -
      table.begin());
}

std::vector<Prompt> prompts_of_task(const TaskArgument& task, const PromptSelection& selection,
                                    const Store* store) {
  if (task.file) {
    std::vector<Prompt> prompts = load_prompts(task.name, *task.file);
    if (!selection.split.empty()) {
      std::erase_if(prompts, [&](const Prompt& p) { return p.split != selection.split; });
    }
    if (prompts.empty()) {
      throw Error(ErrorCode::kUsage,
                  task.file->string() + " has no prompt" +
                      (selection.split.empty() ? std::string()
                                               : " of the split \"" + selection.split + "\"") +
                      " for " + task.name);
    }
    return prompts;
  }
  if (store == nullptr) {
    throw Error(ErrorCode::kUsage,
                "--task " + task.name + " needs a file: --task " + task.name + "=PROMPTS.jsonl");
  }
  std::vector<Prompt> prompts = store->prompts({.tasks = {task.name}, .split = selection.split});
  if (prompts.empty()) {
    throw Error(ErrorCode::kUsage,
                "the store has no prompt of " + task.name +
                    (selection.split.empty() ? std::string()
                                             : " in the split \"" + selection.split + "\"") +
                    "; give its file: --task " + task.name + "=PROMPTS.jsonl");
  }
  return prompts;
}

}  // namespace

TaskArgument parse_task_argument(std::string_view text) {
  const size_t equals = text.find('=');
  TaskArgument task;
  task.name = text.substr(0, equals);
  if (equals != std::string_view::npos) {
    task.file = std::filesystem::path(text.substr(equals + 1));
    task_spec(task.name);  // the prompts of a file need a scorer
  }
  return task;
}

void add_selection_options(CLI::App& command, PromptSelection& selection) {
  command
      .add_option("--task", selection.tasks,
                  "Task and its prompts file; repeat for several (paq tasks lists the names). "
                  "NAME alone: its prompts in the store")
      ->type_name("NAME=PATH")
      ->take_all();
  command.add_option("--limit", selection.limit, "Prompts per task, a seeded sample; 0: all")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--seed", selection.seed, "Seed of every random choice")
      ->capture_default_str();
}

std::vector<Prompt> select_prompts(const PromptSelection& selection, const Store* store) {
  std::vector<Prompt> prompts;
  for (const std::string& argument : selection.tasks) {
    std::vector<Prompt> more = prompts_of_task(parse_task_argument(argument), selection, store);
    std::move(more.begin(), more.end(), std::back_inserter(prompts));
  }
  if (selection.tasks.empty() && store != nullptr) {
    prompts = store->prompts({.tasks = {}, .split = selection.split});
    if (prompts.empty()) {
      throw Error(ErrorCode::kUsage,
                  "the store has no prompts" +
                      (selection.split.empty() ? std::string()
                                               : " of the split \"" + selection.split + "\"") +
                      "; add some with --task NAME=PROMPTS.jsonl");
    }
  }
  std::stable_sort(prompts.begin(), prompts.end(), [](const Prompt& a, const Prompt& b) {
    return std::pair(table_place(a.task), a.task) < std::pair(table_place(b.task), b.task);
  });
  return sample_per_task(std::move(prompts), selection.limit, selection.seed);
}

std::vector<Prompt> sample_per_task(std::vector<Prompt> prompts, int64_t limit, uint64_t seed) {
  if (limit <= 0) return prompts;
  std::map<std::pair<std::string, std::string>, std::vector<size_t>> groups;
  for (size_t i = 0; i < prompts.size(); ++i) {
    groups[{prompts[i].task, prompts[i].split}].push_back(i);
  }
  std::vector<size_t> chosen;
  for (auto& [key, members] : groups) {
    Random random(seed, "limit/" + key.first + "/" + key.second);
    random.shuffle(members);
    members.resize(std::min(members.size(), static_cast<size_t>(limit)));
    chosen.insert(chosen.end(), members.begin(), members.end());
  }
  std::sort(chosen.begin(), chosen.end());
  std::vector<Prompt> sample;
  for (size_t i : chosen) sample.push_back(std::move(prompts[i]));
  return sample;
}

}  // namespace paq
