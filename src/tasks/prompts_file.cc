// SPDX-License-Identifier: MIT
#include "tasks/prompts_file.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/error.h"
#include "tasks/chat_line.h"
#include "tasks/choice_prompt.h"
#include "tasks/extract.h"
#include "tasks/json_line.h"
#include "tasks/program.h"

namespace paq {
namespace {

// What a metric compares with, for messages.
const char* reference_field(Metric metric) {
  switch (metric) {
    case Metric::kProgram:
      return "tests";
    case Metric::kPythonTests:
      return "code";
    case Metric::kChoiceLikelihood:
    case Metric::kChoiceLikelihoodPerByte:
      return "choices";
    default:
      return "answers";
  }
}

// A reference that the metric can't use would score every answer as wrong, silently.
void check_reference(const TaskSpec& task, const Prompt& prompt, const JsonLine& line) {
  const Reference& reference = prompt.reference;
  const Metric metric = metric_of(prompt).metric;
  if (!can_score(metric, reference) && (task.needs_reference || !reference.metric.empty())) {
    const std::string scored = reference.metric.empty() ? std::string(task.name) : "this prompt";
    line.fail(reference_field(metric),
              is_likelihood(metric) ? "must be two or more continuations, with the letter "
                                      "of the right one in \"answers\""
                                    : "is missing or empty, and " + scored + " is scored with it");
  }
  for (size_t i = 0; i < reference.answers.size(); ++i) {
    const std::string field = "answers[" + std::to_string(i) + "]";
    const std::string& answer = reference.answers[i];
    if (metric == Metric::kFinalNumber && !final_number(answer)) {
      line.fail(field, "must contain a number, found " + in_quotes(answer));
    }
    if (metric == Metric::kChoiceLetter && !choice_letter(answer)) {
      line.fail(field, "must name an option from A to H, found " + in_quotes(answer));
    }
    if (is_likelihood(metric) && !choice_letter(answer, reference.choices.size())) {
      line.fail(field, "must name one of the " + std::to_string(reference.choices.size()) +
                           " choices by its letter, found " + in_quotes(answer));
    }
  }
  if (metric != Metric::kProgram) return;
  for (size_t i = 0; i < reference.tests.size(); ++i) {
    if (!run_program("", reference.tests[i].expected)) {
      line.fail("tests[" + std::to_string(i) + "]",
                "expects " + in_quotes(reference.tests[i].expected) + "; that is no whole number");
    }
  }
}

class PromptsReader {
 public:
  explicit PromptsReader(const TaskSpec& task) : task_(task) {}

  void read(const JsonLine& line) {
    if (prompts_.empty() && !settings_seen_ && is_settings(line)) {
      settings_seen_ = true;
      metric_ = line.metric();
      if (line.find("split") != nullptr) split_ = line.split();
      return;
    }
    Prompt prompt;
    prompt.task = task_.name;
    prompt.split = line.find("split") != nullptr ? line.split() : split_;
    prompt.reference = line.reference();
    if (task_.format == FileFormat::kChat) {
      read_chat(line, prompt);
    } else {
      prompt.id = line.required_id("id");
      prompt.messages = line.messages();
    }
    choose_metric(prompt);
    check_reference(task_, prompt, line);
    check_id(prompt, line);
    prompts_.push_back(std::move(prompt));
  }

  std::vector<Prompt> take() { return std::move(prompts_); }

 private:
  // A first line with a metric or a split and nothing else speaks for the whole file.
  static bool is_settings(const JsonLine& line) {
    const auto& object = line.object();
    return !object.empty() &&
           std::all_of(object.items().begin(), object.items().end(), [](const auto& item) {
             return item.key() == "metric" || item.key() == "split";
           });
  }

  void read_chat(const JsonLine& line, Prompt& prompt) const {
    ChatLine chat = read_chat_line(line);
    prompt.id = std::move(chat.id);
    prompt.messages = std::move(chat.messages);
    // An answer once given is a reference only for those who say what to compare.
    const bool scored = !prompt.reference.metric.empty() || !metric_.empty();
    if (scored && prompt.reference.answers.empty() && !chat.reply.empty()) {
      prompt.reference.answers = {std::move(chat.reply)};
    }
  }

  // The file's metric holds for the prompts that have what it compares with.
  void choose_metric(Prompt& prompt) const {
    if (!prompt.reference.metric.empty() || metric_.empty()) return;
    if (can_score(metric_spec(metric_).metric, prompt.reference)) prompt.reference.metric = metric_;
  }

  void check_id(const Prompt& prompt, const JsonLine& line) {
    const auto [known, added] = lines_.try_emplace({prompt.split, prompt.id}, line.line());
    if (added) return;
    line.fail("id", in_quotes(prompt.id) + " is in line " + std::to_string(known->second) +
                        " too; ids must be unique within the " + prompt.split + " split");
  }

  const TaskSpec& task_;
  bool settings_seen_ = false;
  std::string metric_, split_ = "train";
  std::vector<Prompt> prompts_;
  std::map<std::pair<std::string, std::string>, int64_t> lines_;
};

}  // namespace

std::vector<Prompt> parse_prompts_file(const TaskSpec& task, std::string_view bytes,
                                       std::string_view name) {
  PromptsReader reader(task);
  for_each_json_line(name, bytes, [&](const JsonLine& line) { reader.read(line); });
  std::vector<Prompt> prompts = reader.take();
  if (!prompts.empty()) return prompts;
  const char* expected =
      task.format == FileFormat::kChat ? "{\"messages\": [...]}" : "{\"id\": ..., \"prompt\": ...}";
  throw Error(ErrorCode::kBadFile, std::string(name) +
                                       ": there is no prompt in it; expected one JSON object a "
                                       "line, " +
                                       expected);
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
