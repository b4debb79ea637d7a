// SPDX-License-Identifier: MIT
// paq tasks
#include "cli/tasks_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>

namespace paq {
namespace {

constexpr size_t kColumns = 4;
using Row = std::array<std::string, kColumns>;

int list_tasks(bool json) {
  if (json) {
    Json tasks = Json::array();
    for (const TaskSpec& task : task_table()) tasks.push_back(task_json(task));
    print_json({{"tasks", tasks}});
    return kExitDone;
  }
  std::vector<Row> rows = {{"task", "file", "scorer", "what it asks"}};
  for (const TaskSpec& task : task_table()) {
    rows.push_back({std::string(task.name), std::string(task.file.empty() ? "your own" : task.file),
                    std::string(metric_spec(task.metric).scorer), std::string(task.description)});
  }
  std::array<size_t, kColumns> width = {};
  for (const Row& row : rows) {
    for (size_t i = 0; i < kColumns; ++i) width[i] = std::max(width[i], row[i].size());
  }
  for (const Row& row : rows) {
    for (size_t i = 0; i + 1 < kColumns; ++i) {
      std::printf("%-*s  ", static_cast<int>(width[i]), row[i].c_str());
    }
    std::printf("%s\n", row.back().c_str());
  }
  std::printf("\npaq tasks show NAME has a task's file format and prompt.\n");
  return kExitDone;
}

}  // namespace

Json task_json(const TaskSpec& task) {
  return {{"name", task.name},
          {"description", task.description},
          {"mirrors", task.mirrors},
          {"file", task.file},
          {"metric", metric_spec(task.metric).name},
          {"max_tokens", task.max_tokens},
          {"scorer", metric_spec(task.metric).scorer}};
}

void add_tasks_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("tasks", "The benchmarks there are");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Machine-readable result on standard output");
  command->footer("Example: paq tasks");
  command->require_subcommand(0, 1);
  add_tasks_show_command(*command, action);
  add_tasks_fetch_command(*command, action);
  command->callback([=, &action] {
    if (command->get_subcommands().empty()) action = [=] { return list_tasks(*json); };
  });
}

}  // namespace paq
