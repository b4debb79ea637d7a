// SPDX-License-Identifier: MIT
#include <map>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "tasks/extract.h"
#include "tasks/json_line.h"
#include "tasks/program.h"
#include "tasks/task.h"

namespace paq {
namespace {

// A reference that the metric can't use would score every answer as wrong, silently.
void check_reference(const TaskSpec& task, const Reference& reference, const JsonLine& line) {
  if (task.needs_reference && !can_score(task.metric, reference)) {
    line.fail(task.metric == Metric::kProgram ? "tests" : "answers",
              "is missing or empty, and " + std::string(task.name) + " is scored with it");
  }
  for (size_t i = 0; i < reference.answers.size(); ++i) {
    const std::string field = "answers[" + std::to_string(i) + "]";
    const std::string& answer = reference.answers[i];
    if (task.metric == Metric::kFinalNumber && !final_number(answer)) {
      line.fail(field, "must contain a number, found " + in_quotes(answer));
    }
    if (task.metric == Metric::kChoiceLetter && !choice_letter(answer)) {
      line.fail(field, "must name an option from A to H, found " + in_quotes(answer));
    }
  }
  if (task.metric != Metric::kProgram) return;
  for (size_t i = 0; i < reference.tests.size(); ++i) {
    if (!run_program("", reference.tests[i].expected)) {
      line.fail("tests[" + std::to_string(i) + "]",
                "expects " + in_quotes(reference.tests[i].expected) + "; that is no whole number");
    }
  }
}

}  // namespace

std::vector<Prompt> parse_prompts(std::string_view task, std::string_view bytes,
                                  std::string_view name) {
  const TaskSpec& spec = task_spec(task);
  std::vector<Prompt> prompts;
  std::map<std::pair<std::string, std::string>, int64_t> lines;
  for_each_json_line(name, bytes, [&](const JsonLine& line) {
    Prompt prompt;
    prompt.id = line.required_id("id");
    prompt.task = spec.name;
    prompt.split = line.split();
    prompt.messages = line.messages();
    prompt.reference = line.reference();
    check_reference(spec, prompt.reference, line);
    const auto [known, added] = lines.try_emplace({prompt.split, prompt.id}, line.line());
    if (!added) {
      line.fail("id", in_quotes(prompt.id) + " is in line " + std::to_string(known->second) +
                          " too; ids must be unique within the " + prompt.split + " split");
    }
    prompts.push_back(std::move(prompt));
  });
  if (prompts.empty()) {
    throw Error(ErrorCode::kBadFile, std::string(name) +
                                         ": there is no prompt in it; expected one JSON object "
                                         "a line, {\"id\": ..., \"prompt\": ...}");
  }
  return prompts;
}

std::vector<Prompt> load_prompts(std::string_view task, const std::filesystem::path& path) {
  task_spec(task);  // An unknown name is told before a file that may be large is read.
  return parse_prompts(task, read_file(path), path.string());
}

std::string prompt_line(const Prompt& prompt) {
  nlohmann::ordered_json object;
  object["id"] = prompt.id;
  object["split"] = prompt.split;
  put_prompt_fields(prompt, object);
  try {
    return object.dump();
  } catch (const nlohmann::json::type_error&) {
    throw Error(ErrorCode::kUsage, "prompt " + in_quotes(prompt.id) + " of " + prompt.task +
                                       " holds text that is not UTF-8; a prompts file can't");
  }
}

}  // namespace paq
