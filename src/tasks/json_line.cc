// SPDX-License-Identifier: MIT
#include "tasks/json_line.h"

#include <algorithm>

#include "core/error.h"

namespace paq {
namespace {

using Json = nlohmann::json;

std::string place(std::string_view file, int64_t line) {
  return std::string(file) + ":" + std::to_string(line) + ": ";
}

// Length of the sequence that a lead byte opens and the range its second byte must lie in (table
// 3-7 of the Unicode standard); length 0 for a byte that can open none.
struct Sequence {
  size_t length;
  unsigned char low, high;
};

Sequence sequence_of(unsigned char lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead >= 0xC2 && lead <= 0xDF) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
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
  }
  if (!object.is_object()) {
    throw Error(ErrorCode::kBadFile, place(file, number) +
                                         "expected a JSON object such as {\"id\": ...}, found " +
                                         json_kind(object));
  }
  return object;
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

size_t find_invalid_utf8(std::string_view bytes) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  for (size_t i = 0; i < bytes.size();) {
    const Sequence sequence = sequence_of(at(i));
    if (sequence.length == 0 || i + sequence.length > bytes.size()) return i;
    for (size_t k = 1; k < sequence.length; ++k) {
      const unsigned char low = k == 1 ? sequence.low : 0x80, high = k == 1 ? sequence.high : 0xBF;
      if (at(i + k) < low || at(i + k) > high) return i;
    }
    i += sequence.length;
  }
  return std::string_view::npos;
}

JsonLine::JsonLine(std::string_view file, int64_t line, Json object)
    : file_(file), line_(line), object_(std::move(object)) {}

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
  return required_text(field);
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
  if (const Json* answers = find("answers")) {
    if (!answers->is_array()) fail("answers", "must be a list, found " + json_kind(*answers));
    for (const Json& answer : *answers) {
      const std::string name = "answers[" + std::to_string(reference.answers.size()) + "]";
      if (!answer.is_string() && !answer.is_number_integer()) {
        fail(name, "must be a string or a whole number, found " + json_kind(answer));
      }
      reference.answers.push_back(answer.is_string() ? answer.get<std::string>() : answer.dump());
    }
  }
  if (const Json* tests = find("tests")) {
    if (!tests->is_array()) fail("tests", "must be a list, found " + json_kind(*tests));
    for (const Json& test : *tests) {
      const std::string name = "tests[" + std::to_string(reference.tests.size()) + "]";
      if (!test.is_object() || !test.contains("call") || !test["call"].is_string() ||
          !test.contains("expected") ||
          !(test["expected"].is_string() || test["expected"].is_number_integer())) {
        fail(name, "must be {\"call\": \"f(3)\", \"expected\": \"9\"}");
      }
      const Json& expected = test["expected"];
      reference.tests.push_back({test["call"].get<std::string>(), expected.is_string()
                                                                      ? expected.get<std::string>()
                                                                      : expected.dump()});
    }
  }
  return reference;
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
  if (!prompt.reference.answers.empty()) object["answers"] = prompt.reference.answers;
  if (!prompt.reference.tests.empty()) {
    auto& tests = object["tests"] = nlohmann::ordered_json::array();
    for (const ProgramTest& test : prompt.reference.tests) {
      tests.push_back({{"call", test.call}, {"expected", test.expected}});
    }
  }
}

}  // namespace paq
