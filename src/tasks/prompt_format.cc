// SPDX-License-Identifier: MIT
#include "tasks/prompt_format.h"

#include <algorithm>

#include "core/error.h"
#include "tasks/json_line.h"

namespace paq {
namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::kUsage, what); }

std::string names(const PromptFields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) text += (text.empty() ? "{" : ", {") + name + "}";
  return text;
}

std::vector<Message> render_chat(const PromptFormat& format,
                                 std::span<const PromptFields> exemplars,
                                 const PromptFields& question) {
  std::vector<Message> messages;
  if (!format.system.empty())
    messages.push_back({"system", fill_template(format.system, question)});
  for (const PromptFields& exemplar : exemplars) {
    messages.push_back({"user", fill_template(format.chat, exemplar)});
    messages.push_back({"assistant", fill_template(format.answer, exemplar)});
  }
  messages.push_back({"user", fill_template(format.chat, question)});
  return messages;
}

// Raw questions end on what answers begin with ("Answer:"); it is not said twice.
std::string raw_answer(const PromptFormat& format, const PromptFields& fields) {
  const std::string question = fill_template(format.raw, fields);
  const std::string opening = question.substr(question.rfind('\n') + 1);
  std::string answer = fill_template(format.answer, fields);
  if (!opening.empty() && answer.starts_with(opening)) {
    answer.erase(0, std::min(answer.find_first_not_of(' ', opening.size()), answer.size()));
  }
  return " " + answer;
}

std::string render_raw(const PromptFormat& format, std::span<const PromptFields> exemplars,
                       const PromptFields& question) {
  std::string text = fill_template(format.raw_opening, question);
  for (const PromptFields& exemplar : exemplars) {
    text += fill_template(format.raw, exemplar) + raw_answer(format, exemplar) + "\n\n";
  }
  return text + fill_template(format.raw, question);
}

}  // namespace

const PromptFormat* find_prompt_format(std::span<const PromptFormat> formats,
                                       std::string_view task) {
  const auto found = std::find_if(formats.begin(), formats.end(),
                                  [&](const PromptFormat& format) { return format.task == task; });
  return found == formats.end() ? nullptr : &*found;
}

std::vector<Message> render_prompt(const PromptFormat& format, PromptStyle style,
                                   std::span<const PromptFields> exemplars,
                                   const PromptFields& question) {
  if (!exemplars.empty() && format.answer.empty()) {
    fail(format.task + " is zero-shot: its prompt format has no text for an exemplar's answer");
  }
  if (style == PromptStyle::kChat) return render_chat(format, exemplars, question);
  return {{"user", render_raw(format, exemplars, question)}};
}

std::string render_answer(const PromptFormat& format, PromptStyle style,
                          const PromptFields& question) {
  return style == PromptStyle::kChat ? fill_template(format.answer, question)
                                     : raw_answer(format, question);
}

PromptFormat likelihood_format(PromptFormat format) {
  if (format.cloze.empty()) return format;
  format.chat = format.raw = format.cloze;
  format.answer = format.cloze_answer;
  return format;
}

std::string fill_template(std::string_view text, const PromptFields& fields) {
  std::string filled;
  while (!text.empty()) {
    const size_t brace = std::min(text.find_first_of("{}"), text.size());
    filled += text.substr(0, brace);
    text.remove_prefix(brace);
    if (text.empty()) break;
    if (text.size() > 1 && text[1] == text[0]) {
      filled += text[0];
      text.remove_prefix(2);
      continue;
    }
    const size_t end = text.find('}');
    if (text[0] == '}' || end == text.npos) {
      fail("a prompt format has a brace without its partner; write {{ or }} for the character");
    }
    const std::string name(text.substr(1, end - 1));
    const auto value = fields.find(name);
    if (value == fields.end()) {
      fail("a prompt format has the placeholder " + in_quotes(name) + "; there are " +
           names(fields));
    }
    filled += value->second;
    text.remove_prefix(end + 1);
  }
  return filled;
}

}  // namespace paq
