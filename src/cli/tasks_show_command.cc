// SPDX-License-Identifier: MIT
// paq tasks show: how a task's prompts are made, with an example.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/json.h"
#include "cli/tasks_command.h"
#include "tasks/task.h"

namespace paq {
namespace {

struct ShowArguments {
  std::string task;
  std::filesystem::path formats;
  bool json = false;
};

std::string metric_name(const TaskSpec& task) { return std::string(metric_spec(task.metric).name); }

// A text of several lines, set off from what is around it.
void print_block(const char* title, std::string_view text) {
  std::printf("\n%s\n", title);
  while (true) {
    const size_t end = text.find('\n');
    const std::string line(text.substr(0, end));
    std::printf(line.empty() ? "%s\n" : "  %s\n", line.c_str());
    if (end == text.npos || end + 1 == text.size()) return;
    text.remove_prefix(end + 1);
  }
}

// The example under the format that is shown, which may not be the built-in one.
std::vector<Message> example_messages(const TaskSpec& task, const PromptFormat& format,
                                      PromptStyle style) {
  return render_prompt(format, style, {}, sample_fields(task));
}

Json messages_json(const std::vector<Message>& messages) {
  Json list = Json::array();
  for (const Message& message : messages) {
    list.push_back({{"role", message.role}, {"content", message.content}});
  }
  return list;
}

int show_json(const TaskSpec& task, const PromptFormat* format) {
  Json json = task_json(task);
  json["sample"] = sample_file(task);
  if (format == nullptr) {
    json["format"] = nullptr;
    print_json(json);
    return kExitDone;
  }
  json["format"] = {{"source", format->source},
                    {"fields", format->fields},
                    {"system", format->system},
                    {"chat", format->chat},
                    {"answer", format->answer},
                    {"raw_opening", format->raw_opening},
                    {"raw", format->raw},
                    {"cloze", format->cloze},
                    {"cloze_answer", format->cloze_answer},
                    {"stop", format->stop}};
  json["example"] = {{"chat", messages_json(example_messages(task, *format, PromptStyle::kChat))},
                     {"raw", example_messages(task, *format, PromptStyle::kRaw)[0].content}};
  print_json(json);
  return kExitDone;
}

void print_head(const TaskSpec& task) {
  std::printf("%s: %s\n", std::string(task.name).c_str(), std::string(task.description).c_str());
  if (!task.mirrors.empty()) {
    std::printf("%s %s\n", task.file.empty() ? "stands for" : "benchmark ",
                std::string(task.mirrors).c_str());
  }
  std::printf("file       %s\n", task.file.empty() ? "a file of your own, one JSON object a line"
                                                   : std::string(task.file).c_str());
  std::printf("metric     %s (%s)\nanswer     at most %d tokens\n", metric_name(task).c_str(),
              std::string(metric_spec(task.metric).scorer).c_str(), task.max_tokens);
}

void print_messages(const char* title, const std::vector<Message>& messages) {
  std::string text;
  for (const Message& message : messages) {
    text += (text.empty() ? "[" : "\n[") + message.role + "]\n" + message.content;
  }
  print_block(title, text);
}

int show(const ShowArguments& arguments) {
  const TaskSpec& task = task_spec(arguments.task);
  std::vector<PromptFormat> overridden;
  if (!arguments.formats.empty()) overridden = read_prompt_formats(arguments.formats);
  const PromptFormat* format =
      find_prompt_format(arguments.formats.empty() ? prompt_formats() : overridden, task.name);
  if (arguments.json) return show_json(task, format);
  print_head(task);
  print_block("A file looks like this:", sample_file(task));
  if (format == nullptr) {
    std::printf("\nIts prompts are used as they are.\n");
    return kExitDone;
  }
  print_block("Source of the prompt format:", format->source);
  if (!format->system.empty()) print_block("system:", format->system);
  print_block("chat:", format->chat);
  print_block("answer (of an exemplar):",
              format->answer.empty() ? "none: zero-shot only" : format->answer);
  if (!format->raw_opening.empty()) print_block("raw_opening:", format->raw_opening);
  print_block("raw:", format->raw);
  if (!format->cloze.empty()) {
    print_block("cloze (by likelihood):", format->cloze);
    print_block("cloze_answer:", format->cloze_answer);
  }
  print_messages("Example, chat:", example_messages(task, *format, PromptStyle::kChat));
  print_block("Example, raw:", example_messages(task, *format, PromptStyle::kRaw)[0].content);
  return kExitDone;
}

}  // namespace

void add_tasks_show_command(CLI::App& tasks, Action& action) {
  CLI::App* command = tasks.add_subcommand("show", "A task's file, prompt format and an example");
  const auto arguments = std::make_shared<ShowArguments>();
  command->add_option("NAME", arguments->task, "Task")->required();
  command
      ->add_option("--prompts", arguments->formats,
                   "YAML file with prompt formats of your own (docs/tasks.md)")
      ->type_name("FILE.yaml");
  command->add_flag("--json", arguments->json, "Machine-readable result on standard output");
  command->footer("Example: paq tasks show gsm8k");
  command->callback([=, &action] { action = [=] { return show(*arguments); }; });
}

}  // namespace paq
