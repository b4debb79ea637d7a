// SPDX-License-Identifier: MIT
#include "cli/prompt_selection.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "cli/validators.h"
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

// The file that a task reads, for messages.
std::string file_of(const TaskArgument& task) {
  const auto table = task_table();
  const size_t place = table_place(task.name);
  const bool official = place < table.size() && !table[place].file.empty();
  return official ? std::string(table[place].file) : "PROMPTS.jsonl";
}

int parse_count(std::string_view text) {
  int count = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc() && end == text.data() + text.size() && count >= 0 && count <= 100) {
    return count;
  }
  throw Error(ErrorCode::kUsage, "--shots takes a number from 0 to 100 or NAME=NUMBER, found \"" +
                                     std::string(text) + "\"");
}

// The number that --shots gives for the task. One given for all leaves alone the tasks that have no
// exemplars.
int shots_for(const PromptSelection& selection, const std::string& task) {
  const PromptFormat* format = find_prompt_format(prompt_formats(), task);
  const bool has_exemplars = format != nullptr && !format->answer.empty();
  int shots = 0;
  for (const std::string& argument : selection.shots) {
    const size_t equals = argument.find('=');
    if (equals == std::string::npos) {
      const int count = parse_count(argument);
      if (has_exemplars) shots = count;
      continue;
    }
    const int count = parse_count(std::string_view(argument).substr(equals + 1));
    if (task_spec(argument.substr(0, equals)).name == task) return count;
  }
  return shots;
}

// An option for tasks that are not asked would change nothing, without a word.
void check_per_task(const PromptSelection& selection) {
  std::set<std::string> names;
  for (const std::string& argument : selection.tasks) {
    if (const TaskArgument task = parse_task_argument(argument); task.file) names.insert(task.name);
  }
  const auto check = [&](const char* option, const std::string& argument) {
    const size_t equals = argument.find('=');
    if (equals == std::string::npos) return;
    const std::string name = argument.substr(0, equals);
    if (names.contains(std::string(task_spec(name).name))) return;
    throw Error(ErrorCode::kUsage, std::string(option) + " " + argument + ": no file of " + name +
                                       " is read; give it with --task " + name +
                                       "=PATH, or leave this out");
  };
  for (const std::string& argument : selection.shots) check("--shots", argument);
  for (const std::string& argument : selection.exemplars) check("--exemplars", argument);
}

std::vector<Prompt> prompts_of_task(const TaskArgument& task, const PromptSelection& selection,
                                    const Store* store) {
  if (task.file) {
    std::vector<Prompt> prompts =
        load_prompts(task.name, *task.file, load_options(selection, task));
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
                "--task " + task.name + " needs a file: --task " + task.name + "=" + file_of(task));
  }
  std::vector<Prompt> prompts = store->prompts({.tasks = {task.name}, .split = selection.split});
  if (prompts.empty()) {
    check_task_and_split(store, task.name, "");
    throw Error(ErrorCode::kUsage,
                "the store has no prompt of " + task.name +
                    (selection.split.empty() ? std::string()
                                             : " in the split \"" + selection.split + "\"") +
                    "; give its file: --task " + task.name + "=" + file_of(task));
  }
  return prompts;
}

// Leaves each prompt once. An id that stands for two texts would leave outcomes of one of them.
void keep_each_once(std::vector<Prompt>& prompts) {
  std::map<std::tuple<std::string, std::string, std::string>, std::string> seen;
  std::erase_if(prompts, [&](const Prompt& prompt) {
    const std::string hash = prompt_hash(prompt);
    const auto [known, is_new] = seen.try_emplace({prompt.task, prompt.split, prompt.id}, hash);
    if (!is_new && known->second != hash) {
      throw Error(ErrorCode::kUsage,
                  "two of the files given for " + prompt.task + " have a prompt \"" + prompt.id +
                      "\" of the split \"" + prompt.split +
                      "\", and their texts or references differ; give the second file a split of "
                      "its own (--task " +
                      prompt.task + "@SPLIT=PATH), or its prompts other ids");
    }
    return !is_new;
  });
}

const std::map<std::string, ChoiceScoring> kChoices = {
    {"letter", ChoiceScoring::kLetter},
    {"likelihood", ChoiceScoring::kLikelihood},
    {"likelihood-per-byte", ChoiceScoring::kLikelihoodPerByte}};

// Prompts of the store are as they were put there.
void check_choices(const std::vector<Prompt>& prompts, const std::string& choices) {
  if (kChoices.at(choices) == ChoiceScoring::kLetter) return;
  bool any = false;
  for (const Prompt& prompt : prompts) {
    any = any || is_answered_by_likelihood(prompt);
    if (task_spec(prompt.task).metric != Metric::kChoiceLetter ||
        metric_of(prompt).metric != Metric::kChoiceLetter) {
      continue;
    }
    throw Error(ErrorCode::kUsage, "the store's prompts of " + prompt.task +
                                       " are to be answered by letter, not by likelihood; give "
                                       "their file (--task " +
                                       prompt.task + "=FILE) and another store");
  }
  if (any) return;
  throw Error(ErrorCode::kUsage,
              "--choices is for questions with options, and none of the tasks has some; leave it "
              "out");
}

}  // namespace

TaskArgument parse_task_argument(std::string_view text) {
  const size_t equals = text.find('=');
  TaskArgument task;
  std::string_view name = text.substr(0, equals);
  if (equals != std::string_view::npos) {
    task.file = std::filesystem::path(text.substr(equals + 1));
    if (task.file->empty()) {
      throw Error(ErrorCode::kUsage,
                  "--task " + std::string(text) + " names no file after the =; expected NAME=PATH");
    }
    if (const size_t at = name.find('@'); at != name.npos) {
      task.split = name.substr(at + 1);
      name = name.substr(0, at);
      if (task.split.empty()) {
        throw Error(ErrorCode::kUsage, "--task " + std::string(text) +
                                           " names no split after the @; expected train, "
                                           "validation or test");
      }
    }
    task_spec(name);  // the prompts of a file need a scorer
  }
  task.name = name;
  return task;
}

LoadOptions load_options(const PromptSelection& selection, const TaskArgument& task) {
  LoadOptions options;
  options.split = task.split;
  options.shots = shots_for(selection, task.name);
  options.seed = selection.seed;
  options.style = selection.raw ? PromptStyle::kRaw : PromptStyle::kChat;
  options.formats = selection.formats;
  options.choices = kChoices.at(selection.choices);
  for (const std::string& argument : selection.exemplars) {
    const size_t equals = argument.find('=');
    if (equals == std::string::npos || equals + 1 == argument.size()) {
      throw Error(
          ErrorCode::kUsage,
          "--exemplars takes NAME=PATH, for example gsm8k=train.jsonl; found \"" + argument + "\"");
    }
    if (task_spec(argument.substr(0, equals)).name == task.name) {
      options.exemplars = argument.substr(equals + 1);
    }
  }
  return options;
}

void add_selection_options(CLI::App& command, PromptSelection& selection) {
  command
      .add_option("--task", selection.tasks,
                  "Task and its file, official or your own; repeat for several (paq tasks lists "
                  "the names). NAME@SPLIT=PATH says which split it is; NAME alone: the task's "
                  "prompts in the store")
      ->type_name("NAME=PATH")
      ->take_all()
      ->allow_extra_args(false);
  command
      .add_option("--limit", selection.limit,
                  "Prompts of each task and split, a seeded sample; 0: all")
      ->check(not_negative());
  command.add_option("--seed", selection.seed, "Seed of every random choice")
      ->check(not_negative())
      ->capture_default_str();
  command
      .add_option("--shots", selection.shots,
                  "Solved examples before each question: N for every task that has some, NAME=N "
                  "for one")
      ->type_name("N")
      ->take_all()
      ->allow_extra_args(false);
  command
      .add_option("--exemplars", selection.exemplars,
                  "Where a task's solved examples come from; else the training file beside its own")
      ->type_name("NAME=PATH")
      ->take_all()
      ->allow_extra_args(false);
  command
      .add_option("--prompts", selection.formats,
                  "YAML file with prompt formats of your own (paq tasks show NAME)")
      ->type_name("FILE.yaml");
  command.add_flag("--raw", selection.raw,
                   "For base models: one text to be continued, without a chat template");
  command
      .add_option("--choices", selection.choices,
                  "How questions with options are answered: letter (generate it), likelihood (the "
                  "likeliest option, nothing generated) or likelihood-per-byte")
      ->check(CLI::IsMember(kChoices))
      ->type_name("WAY")
      ->capture_default_str();
}

std::vector<NamedFile> selected_files(const PromptSelection& selection) {
  std::vector<NamedFile> files = {{"--prompts", selection.formats}};
  for (const std::string& argument : selection.tasks) {
    const TaskArgument task = parse_task_argument(argument);
    if (task.file) files.push_back({"--task", *task.file});
  }
  for (const std::string& argument : selection.exemplars) {
    const size_t equals = argument.find('=');
    if (equals != std::string::npos) files.push_back({"--exemplars", argument.substr(equals + 1)});
  }
  return files;
}

void set_prompt_form(const PromptSelection& selection, LabelOptions& options) {
  if (!selection.raw) return;
  options.form = PromptForm::kRaw;
  std::vector<PromptFormat> overridden;
  if (!selection.formats.empty()) overridden = read_prompt_formats(selection.formats);
  for (const PromptFormat& format : selection.formats.empty() ? prompt_formats() : overridden) {
    options.stop[format.task] = format.stop;
  }
}

void check_task_and_split(const Store* store, std::string_view task, std::string_view split) {
  if (!split.empty() && split != "train" && split != "validation" && split != "test") {
    throw Error(ErrorCode::kUsage, "there is no split \"" + std::string(split) +
                                       "\"; expected train, validation or test");
  }
  if (task.empty()) return;
  const bool is_stored =
      store != nullptr && !store->prompts({.tasks = {std::string(task)}, .split = ""}).empty();
  if (!is_stored) task_spec(task);
}

std::vector<Prompt> select_prompts(const PromptSelection& selection, const Store* store) {
  check_task_and_split(nullptr, "", selection.split);
  check_per_task(selection);
  std::vector<Prompt> prompts;
  for (const std::string& argument : selection.tasks) {
    std::vector<Prompt> more = prompts_of_task(parse_task_argument(argument), selection, store);
    std::move(more.begin(), more.end(), std::back_inserter(prompts));
  }
  if (selection.tasks.size() > 1) keep_each_once(prompts);
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
  check_choices(prompts, selection.choices);
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
