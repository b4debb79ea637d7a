// SPDX-License-Identifier: MIT
#include "tasks/json_line.h"

#include <algorithm>

#include "core/error.h"
#include "core/utf8.h"
#include "tasks/task.h"

namespace paq {
namespace {

using Json = nlohmann::json;

std::string place(std::string_view file, int64_t line) {
  return std::string(file) + ":" + std::to_string(line) + ": ";
}

Json parse_object(std::string_view file, int64_t number, std::string_view line) {
  if (const size_t bad = find_invalid_utf8(line); bad != line.npos) {
    throw Error(ErrorCode::kBadFile, place(file, number) + "byte " + std::to_string(bad + 1) +
                                         " of the line is not UTF-8; convert the file to UTF-8");
  }
  Json object;
  try {
    object = Json::parse(line);
  } catch (const Json::parse_error& error) {
    throw Error(ErrorCode::kBadFile, place(file, number) + "not valid JSON at byte " +
                                         std::to_string(error.byte) +
                                         " of the line; expected one object a line");
  } catch (const Json::out_of_range&) {
    throw Error(ErrorCode::kBadFile,
                place(file, number) +
                    "has a number too large for a double; expected one object a "
                    "line with numbers up to 1.8e308");
  }
  if (!object.is_object()) {
    throw Error(ErrorCode::kBadFile, place(file, number) +
                                         "expected a JSON object such as {\"id\": ...}, found " +
                                         json_kind(object));
  }
  return object;
}

bool is_text(const Json& value) { return value.is_string() || value.is_number_integer(); }

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// A list of strings and whole numbers.
std::vector<std::string> read_texts(const JsonCursor& list) {
  std::vector<std::string> texts;
  for (const JsonCursor& item : list.items()) {
    if (!is_text(item.value())) {
      item.fail("must be a string or a whole number, found " + json_kind(item.value()));
    }
    texts.push_back(text_of(item.value()));
  }
  return texts;
}

}  // namespace

std::string json_kind(const Json& value) {
  if (value.is_string())
    return value.get_ref<const std::string&>().empty() ? "an empty string" : "a string";
  if (value.is_array()) return value.empty() ? "an empty list" : "a list";
  if (value.is_object()) return "an object";
  if (value.is_number()) return "a number";
  return value.is_boolean() ? "true or false" : "null";
}

std::string in_quotes(std::string_view text) {
  constexpr size_t kLongest = 60;
  std::string shown(text.substr(0, kLongest));
  // A character that the cut went through goes whole.
  if (text.size() > kLongest) shown = shown.substr(0, find_invalid_utf8(shown)) + "...";
  return Json(shown).dump(-1, ' ', false, Json::error_handler_t::replace);
}

JsonLine::JsonLine(std::string_view file, int64_t line, Json object)
    : file_(file), line_(line), object_(std::move(object)) {}

JsonCursor JsonLine::root() const {
  return JsonCursor(file_ + ":" + std::to_string(line_), object_);
}

void JsonLine::fail(std::string_view field, std::string_view expected) const {
  throw Error(ErrorCode::kBadFile, place(file_, line_) + "field \"" + std::string(field) + "\" " +
                                       std::string(expected));
}

const Json* JsonLine::find(std::string_view field) const {
  const auto found = object_.find(field);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::string JsonLine::required_text(std::string_view field) const {
  const Json* value = find(field);
  if (value == nullptr) fail(field, "is missing; expected a string");
  if (!value->is_string() || value->get_ref<const std::string&>().empty()) {
    fail(field, "must be a string that is not empty, found " + json_kind(*value));
  }
  return value->get<std::string>();
}

std::string JsonLine::required_id(std::string_view field) const {
  const Json* value = find(field);
  if (value != nullptr && value->is_number_integer()) return value->dump();
  constexpr size_t kLongest = 1024;
  if (value != nullptr && value->is_number()) {
    fail(field, "must be a string or a whole number, found " + value->dump());
  }
  std::string id = required_text(field);
  if (id.size() > kLongest) {
    fail(field, "has " + std::to_string(id.size()) + " bytes; ids have " +
                    std::to_string(kLongest) + " at most");
  }
  return id;
}

std::string JsonLine::split() const {
  if (find("split") == nullptr) return "train";
  const std::string split = required_text("split");
  if (split != "train" && split != "validation" && split != "test") {
    fail("split", "must be \"train\", \"validation\" or \"test\", found " + in_quotes(split));
  }
  return split;
}

std::vector<Message> JsonLine::messages() const {
  const Json* list = find("messages");
  if (list != nullptr && find("prompt") != nullptr) {
    fail("messages", "stands beside \"prompt\"; leave one of them out");
  }
  if (list == nullptr) {
    if (find("prompt") == nullptr) fail("prompt", "is missing; expected it or \"messages\"");
    return {{"user", required_text("prompt")}};
  }
  if (!list->is_array() || list->empty()) {
    fail("messages", "must be a list of {\"role\", \"content\"}, found " + json_kind(*list));
  }
  std::vector<Message> messages;
  for (const Json& item : *list) {
    const std::string name = "messages[" + std::to_string(messages.size()) + "]";
    if (!item.is_object() || !item.contains("role") || !item["role"].is_string() ||
        !item.contains("content") || !item["content"].is_string()) {
      fail(name, "must be {\"role\": \"...\", \"content\": \"...\"}");
    }
    Message message{item["role"].get<std::string>(), item["content"].get<std::string>()};
    if (message.role != "system" && message.role != "user" && message.role != "assistant") {
      fail(name,
           "has the role " + in_quotes(message.role) + "; expected system, user or assistant");
    }
    messages.push_back(std::move(message));
  }
  if (messages.back().role != "user" || messages.back().content.empty()) {
    fail("messages", "must end with a message of the user that is not empty");
  }
  return messages;
}

Reference JsonLine::reference() const {
  Reference reference;
  if (const auto answers = root().find("answers")) reference.answers = read_texts(*answers);
  if (const auto tests = root().find("tests")) {
    for (const JsonCursor& test : tests->items()) {
      const Json& value = test.value();
      if (!value.is_object() || !value.contains("call") || !value["call"].is_string() ||
          !value.contains("expected") || !is_text(value["expected"])) {
        test.fail("must be {\"call\": \"f(3)\", \"expected\": \"9\"}");
      }
      reference.tests.push_back({value["call"].get<std::string>(), text_of(value["expected"])});
    }
  }
  if (const auto answers = root().find("span_answers")) {
    for (const JsonCursor& answer : answers->items()) {
      reference.span_answers.push_back(read_texts(answer));
      if (reference.span_answers.back().empty()) answer.fail("must have a span, found none");
    }
  }
  if (const auto choices = root().find("choices")) reference.choices = read_texts(*choices);
  if (const auto code = root().find("code")) {
    reference.code = {.prompt = code->member("prompt").text(),
                      .test = code->member("test").text(),
                      .entry_point = code->member("entry_point").text()};
  }
  reference.metric = metric();
  return reference;
}

std::string JsonLine::metric() const {
  const auto field = root().find("metric");
  if (!field) return "";
  const std::string name = field->text();
  std::string names;
  for (const MetricSpec& metric : metric_table()) {
    if (metric.name == name) return name;
    names += (names.empty() ? "" : ", ") + std::string(metric.name);
  }
  field->fail("is " + in_quotes(name) + "; the metrics are " + names);
}

void for_each_json_line(std::string_view file, std::string_view bytes,
                        const std::function<void(const JsonLine&)>& visit) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  for (int64_t number = 1; !bytes.empty(); ++number) {
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    visit(JsonLine(file, number, parse_object(file, number, line)));
  }
}

void put_prompt_fields(const Prompt& prompt, nlohmann::ordered_json& object) {
  if (prompt.messages.size() == 1 && prompt.messages[0].role == "user") {
    object["prompt"] = prompt.messages[0].content;
  } else {
    auto& messages = object["messages"] = nlohmann::ordered_json::array();
    for (const Message& message : prompt.messages) {
      messages.push_back({{"role", message.role}, {"content", message.content}});
    }
  }
  const Reference& reference = prompt.reference;
  if (!reference.answers.empty()) object["answers"] = reference.answers;
  if (!reference.tests.empty()) {
    auto& tests = object["tests"] = nlohmann::ordered_json::array();
    for (const ProgramTest& test : reference.tests) {
      tests.push_back({{"call", test.call}, {"expected", test.expected}});
    }
  }
  if (!reference.span_answers.empty()) object["span_answers"] = reference.span_answers;
  if (!reference.choices.empty()) object["choices"] = reference.choices;
  if (const CodeReference& code = reference.code; code != CodeReference{}) {
    object["code"] = {
        {"prompt", code.prompt}, {"test", code.test}, {"entry_point", code.entry_point}};
  }
  if (!reference.metric.empty()) object["metric"] = reference.metric;
}

}  // namespace paq
