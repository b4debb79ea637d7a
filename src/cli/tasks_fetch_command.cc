// SPDX-License-Identifier: MIT
// paq tasks fetch: the benchmarks' official files, from their homes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/interrupt.h"
#include "cli/tasks_command.h"
#include "cli/terminal.h"
#include "core/error.h"
#include "fetch/fetch.h"
#include "tasks/task.h"

namespace paq {
namespace {

struct FetchArguments {
  std::vector<std::string> tasks;
  std::filesystem::path folder;
  bool force = false;
  bool json = false;
};

// The rows of the tasks that were named, in the order of the table.
std::vector<DatasetFile> files_of(const std::vector<std::string>& names) {
  const auto table = dataset_table();
  for (const std::string& name : names) {
    if (name == "all") return {table.begin(), table.end()};
    const bool known = std::any_of(table.begin(), table.end(),
                                   [&](const DatasetFile& file) { return file.task == name; });
    if (known) continue;
    std::string tasks;
    for (const DatasetFile& file : table) {
      if (!tasks.ends_with(file.task)) tasks.append(tasks.empty() ? "" : ", ").append(file.task);
    }
    throw Error(ErrorCode::kUsage, "there are no official files to fetch for \"" + name +
                                       "\"; there are for " + tasks + ", or all");
  }
  std::vector<DatasetFile> files;
  std::copy_if(table.begin(), table.end(), std::back_inserter(files), [&](const DatasetFile& file) {
    return std::find(names.begin(), names.end(), file.task) != names.end();
  });
  return files;
}

int64_t count_records(std::string_view task, std::string_view bytes, std::string_view name) {
  return static_cast<int64_t>(parse_prompts(task, bytes, name).size());
}

std::string how_checked(const FetchedFile& file) {
  if (file.verified) return "checksum right";
  if (file.records == 0) return "not checked";
  return grouped(file.records) + " records, as there should be; no checksum known";
}

int fetch(const FetchArguments& arguments) {
  ProgressLine progress;
  FetchOptions options;
  options.count_records = count_records;
  options.force = arguments.force;
  options.progress = progress.callback();
  options.cancel = &interrupt_flag();
  const std::vector<FetchedFile> fetched =
      fetch_datasets(files_of(arguments.tasks), arguments.folder, options);
  progress.clear();
  if (arguments.json) {
    Json files = Json::array();
    for (const FetchedFile& file : fetched) {
      files.push_back({{"path", file.path.string()},
                       {"was_there", file.was_there},
                       {"verified", file.verified},
                       {"records", file.records > 0 ? Json(file.records) : Json()}});
    }
    print_json({{"files", files}});
    return kExitDone;
  }
  for (const FetchedFile& file : fetched) {
    std::printf("%s  %s, %s\n", file.path.c_str(), file.was_there ? "was there" : "fetched",
                how_checked(file).c_str());
  }
  return kExitDone;
}

}  // namespace

void add_tasks_fetch_command(CLI::App& tasks, Action& action) {
  CLI::App* command =
      tasks.add_subcommand("fetch", "Download the benchmarks' official files from their homes");
  const auto arguments = std::make_shared<FetchArguments>();
  command->add_option("NAME", arguments->tasks, "Tasks, or all")->required();
  command->add_option("--out", arguments->folder, "Folder for them; created where absent")
      ->required();
  command->add_flag("--force", arguments->force, "Fetch again what is there and right");
  command->add_flag("--json", arguments->json, "Machine-readable result on standard output");
  command->footer(
      "Files that are there and right (by checksum, else by their number of records) are not "
      "fetched again. Each file has its authors' licence (docs/tasks.md). Proxies come from "
      "https_proxy and no_proxy.\n"
      "Example: paq tasks fetch gsm8k humaneval --out data");
  command->callback([=, &action] { action = [=] { return fetch(*arguments); }; });
}

}  // namespace paq
