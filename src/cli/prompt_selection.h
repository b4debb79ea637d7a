// SPDX-License-Identifier: MIT
// Which prompts a command works on, and in which words: --task, --split, --limit, --seed, --shots,
// --exemplars, --prompts, --raw, --choices.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/outputs.h"
#include "core/prompt.h"
#include "label/labeler.h"
#include "store/store.h"
#include "tasks/task.h"

namespace CLI {
class App;
}

namespace paq {

struct TaskArgument {
  std::string name;
  std::string split;  ///< What the file's prompts count as; empty: what the file says.
  std::optional<std::filesystem::path> file;  ///< Absent: the task's prompts that the store has.
};

/// "NAME=PATH", "NAME@SPLIT=PATH" or "NAME". Throws Error(kUsage) that lists the tasks there are.
TaskArgument parse_task_argument(std::string_view text);

struct PromptSelection {
  std::vector<std::string> tasks;  ///< As given; empty: every task of the store.
  std::string split;               ///< Empty: every split.
  int64_t limit = 0;               ///< Prompts of each task and split, drawn with `seed`; 0: all.
  uint64_t seed = 0;
  std::vector<std::string> shots;      ///< "5" for every task that has exemplars, "NAME=5" for one.
  std::vector<std::string> exemplars;  ///< "NAME=PATH".
  std::filesystem::path formats;       ///< YAML file of prompt formats; empty: the built-in ones.
  bool raw = false;                    ///< Prompts to be continued, without a chat template.
  std::string choices = "letter";      ///< Or "likelihood" or "likelihood-per-byte".
};

/// Declares the options that fill `selection`.
void add_selection_options(CLI::App& command, PromptSelection& selection);

/// The files that `selection` names, with the options that do.
std::vector<NamedFile> selected_files(const PromptSelection& selection);

/// How the file of a task is to be loaded under `selection`. Throws Error(kUsage) for --shots and
/// --exemplars that make no sense.
LoadOptions load_options(const PromptSelection& selection, const TaskArgument& task);

/// Has the labeler ask as the prompts were rendered: with --raw without a chat template, ended by
/// what the prompt formats name.
void set_prompt_form(const PromptSelection& selection, LabelOptions& options);

/// Throws Error(kUsage) for a `split` that is none, and for a `task` that neither the table of
/// tasks nor the store has, which lists those there are. Either may be empty, `store` null.
void check_task_and_split(const Store* store, std::string_view task, std::string_view split);

/// The selected prompts in the order of the task table. Prompts of files are not in the store yet.
/// `store` may be null where every task has a file. A prompt that two arguments give comes once.
/// Throws Error(kUsage) where a split has no prompt or an id stands for two texts, and what reading
/// files throws.
std::vector<Prompt> select_prompts(const PromptSelection& selection, const Store* store);

/// At most `limit` prompts of each task and split, in their old order. With the same seed a larger
/// limit takes a superset, so that raising it does not waste what was done.
std::vector<Prompt> sample_per_task(std::vector<Prompt> prompts, int64_t limit, uint64_t seed);

}  // namespace paq
