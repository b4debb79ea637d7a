// SPDX-License-Identifier: MIT
// paq tasks
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/json.h"
#include "tasks/task.h"

namespace paq {
namespace {

int list_tasks(bool json) {
  if (json) {
    Json tasks = Json::array();
    for (const TaskSpec& task : task_table()) {
      tasks.push_back({{"name", task.name},
                       {"description", task.description},
                       {"mirrors", task.mirrors},
                       {"max_tokens", task.max_tokens},
                       {"scorer", task.scorer}});
    }
    print_json({{"tasks", tasks}});
    return kExitDone;
  }
  size_t name = 4, scorer = 6;
  for (const TaskSpec& task : task_table()) {
    name = std::max(name, task.name.size());
    scorer = std::max(scorer, task.scorer.size());
  }
  const auto row = [&](std::string_view a, std::string_view b, std::string_view c) {
    std::printf("%-*s  %-*s  %s\n", static_cast<int>(name), std::string(a).c_str(),
                static_cast<int>(scorer), std::string(b).c_str(), std::string(c).c_str());
  };
  row("task", "scorer", "what it asks");
  for (const TaskSpec& task : task_table()) row(task.name, task.scorer, task.description);
  return kExitDone;
}

}  // namespace

void add_tasks_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("tasks", "The benchmarks there are");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Machine-readable result on standard output");
  command->footer("Example: paq tasks");
  command->callback([=, &action] { action = [=] { return list_tasks(*json); }; });
}

}  // namespace paq
