// SPDX-License-Identifier: MIT
#include <array>

#include "core/error.h"
#include "tasks/task.h"

namespace paq {
namespace {

constexpr std::array<TaskSpec, 16> kTasks = {{
    {.name = "mini-squad2",
     .description = "Look up a value in a passage, or say that it is unanswerable.",
     .mirrors = "SQuAD v2",
     .metric = Metric::kExactMatch,
     .max_tokens = 48,
     .needs_reference = true},
    {.name = "mini-drop",
     .description = "Count and subtract over a passage.",
     .mirrors = "DROP",
     .metric = Metric::kFinalNumber,
     .max_tokens = 48,
     .needs_reference = true},
    {.name = "mini-gsm8k",
     .description = "Arithmetic in several steps that are written out.",
     .mirrors = "GSM8K",
     .metric = Metric::kFinalNumber,
     .max_tokens = 256,
     .needs_reference = true},
    {.name = "mini-mmlu",
     .description = "Multiple choice over memorised facts of many subjects.",
     .mirrors = "MMLU",
     .metric = Metric::kChoiceLetter,
     .max_tokens = 32,
     .needs_reference = true},
    {.name = "mini-humaneval",
     .description = "Small programs, run against tests.",
     .mirrors = "HumanEval",
     .metric = Metric::kProgram,
     .max_tokens = 128,
     .needs_reference = true},
    {.name = "mini-arc-easy",
     .description = "Multiple choice over common facts.",
     .mirrors = "ARC-Easy",
     .metric = Metric::kChoiceLetter,
     .max_tokens = 32,
     .needs_reference = true},
    {.name = "mini-arc-challenge",
     .description = "Multiple choice over rare facts.",
     .mirrors = "ARC-Challenge",
     .metric = Metric::kChoiceLetter,
     .max_tokens = 32,
     .needs_reference = true},
    {.name = "squad2",
     .description = "Find the span of a passage that answers a question, or say that none does.",
     .mirrors = "SQuAD v2",
     .metric = Metric::kSquad2,
     .max_tokens = 64,
     .needs_reference = true,
     .format = FileFormat::kSquad2,
     .file = "dev-v2.0.json"},
    {.name = "drop",
     .description = "Count, compare and calculate over a passage.",
     .mirrors = "DROP",
     .metric = Metric::kDrop,
     .max_tokens = 512,
     .needs_reference = true,
     .format = FileFormat::kDrop,
     .file = "drop_dataset_dev.json"},
    {.name = "gsm8k",
     .description = "Word problems of school mathematics, solved step by step.",
     .mirrors = "GSM8K",
     .metric = Metric::kFinalNumber,
     .max_tokens = 512,
     .needs_reference = true,
     .format = FileFormat::kGsm8k,
     .file = "test.jsonl"},
    {.name = "mmlu",
     .description = "Multiple choice over 57 subjects.",
     .mirrors = "MMLU",
     .metric = Metric::kChoiceLetter,
     .max_tokens = 128,
     .needs_reference = true,
     .format = FileFormat::kMmlu,
     .file = "test/"},
    {.name = "humaneval",
     .description = "Python functions from their docstrings, run against tests.",
     .mirrors = "HumanEval",
     .metric = Metric::kPythonTests,
     .max_tokens = 768,
     .needs_reference = true,
     .format = FileFormat::kHumanEval,
     .file = "HumanEval.jsonl.gz"},
    {.name = "arc-easy",
     .description = "Science questions of school exams.",
     .mirrors = "ARC-Easy",
     .metric = Metric::kChoiceLetter,
     .max_tokens = 128,
     .needs_reference = true,
     .format = FileFormat::kArc,
     .file = "ARC-Easy-Test.jsonl"},
    {.name = "arc-challenge",
     .description = "Those of them that simple methods get wrong.",
     .mirrors = "ARC-Challenge",
     .metric = Metric::kChoiceLetter,
     .max_tokens = 128,
     .needs_reference = true,
     .format = FileFormat::kArc,
     .file = "ARC-Challenge-Test.jsonl"},
    {.name = "prompts",
     .description = "Your own prompts; exact match where they come with answers.",
     .mirrors = "",
     .metric = Metric::kExactMatch,
     .max_tokens = 512,
     .needs_reference = false},
    {.name = "chat",
     .description = "Your own conversations, as OpenAI's files have them.",
     .mirrors = "",
     .metric = Metric::kExactMatch,
     .max_tokens = 512,
     .needs_reference = false,
     .format = FileFormat::kChat},
}};

// Tasks that have the letters of `name` in their own, or the other way round; joined with "or".
std::string names_near(std::string_view name) {
  std::string near;
  const auto letters = [](std::string_view text) {
    std::string kept;
    for (const char c : text) {
      if (c >= 'a' && c <= 'z') kept += c;
      if (c >= 'A' && c <= 'Z') kept += static_cast<char>(c - 'A' + 'a');
    }
    return kept;
  };
  const std::string wanted = letters(name);
  if (wanted.size() < 3) return near;
  for (const TaskSpec& task : kTasks) {
    const std::string known = letters(task.name);
    if (known.find(wanted) == known.npos && wanted.find(known) == wanted.npos) continue;
    near += (near.empty() ? "" : " or ") + std::string(task.name);
  }
  return near;
}

}  // namespace

std::span<const TaskSpec> task_table() { return kTasks; }

const TaskSpec& task_spec(std::string_view name) {
  std::string names;
  for (const TaskSpec& task : kTasks) {
    if (task.name == name) return task;
    if (!names.empty()) names += ", ";
    names += task.name;
  }
  const std::string near = names_near(name);
  throw Error(ErrorCode::kUsage, "there is no task \"" + std::string(name) + "\"" +
                                     (near.empty() ? "" : ", did you mean " + near + "?") +
                                     "; the tasks are " + names);
}

}  // namespace paq
