// SPDX-License-Identifier: MIT
// Which prompts a command works on: --task, --split, --limit, --seed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/prompt.h"
#include "store/store.h"

namespace CLI {
class App;
}

namespace paq {

struct TaskArgument {
  std::string name;
  std::optional<std::filesystem::path> file;  ///< Absent: the task's prompts that the store has.
};

/// "NAME=PATH" or "NAME". Throws Error(kUsage) that lists the tasks there are.
TaskArgument parse_task_argument(std::string_view text);

struct PromptSelection {
  std::vector<std::string> tasks;  ///< As given; empty: every task of the store.
  std::string split;               ///< Empty: every split.
  int64_t limit = 0;               ///< Prompts per task, drawn with `seed`; 0: all.
  uint64_t seed = 0;
};

/// Declares the options that fill `selection`.
void add_selection_options(CLI::App& command, PromptSelection& selection);

/// The selected prompts in the order of the task table. Prompts of files are not in the store yet.
/// `store` may be null where every task has a file. Throws Error(kUsage) where a split has no
/// prompt, and what reading files throws.
std::vector<Prompt> select_prompts(const PromptSelection& selection, const Store* store);

/// At most `limit` prompts of each task and split, in their old order. With the same seed a larger
/// limit takes a superset, so that raising it does not waste what was done.
std::vector<Prompt> sample_per_task(std::vector<Prompt> prompts, int64_t limit, uint64_t seed);

}  // namespace paq
