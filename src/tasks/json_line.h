// SPDX-License-Identifier: MIT
// Reading files of one JSON object a line, with errors that name file, line and field.
//
// No public header: it includes nlohmann/json, so only .cc files (of tasks/ and label/) include it.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/prompt.h"
#include "tasks/json_cursor.h"

namespace paq {

/// One object and where it stands. Every accessor throws Error(kBadFile) that says "FILE:LINE:
/// field ...".
class JsonLine {
 public:
  JsonLine(std::string_view file, int64_t line, nlohmann::json object);

  const nlohmann::json& object() const { return object_; }
  int64_t line() const { return line_; }

  /// The object with its place, for fields within fields.
  JsonCursor root() const;

  /// nullptr where the field is absent or null.
  const nlohmann::json* find(std::string_view field) const;

  /// A string that is not empty.
  std::string required_text(std::string_view field) const;

  /// A string or whole number as text, not empty: how files write ids.
  std::string required_id(std::string_view field) const;

  /// "train" where absent; otherwise "train", "validation" or "test".
  std::string split() const;

  /// `messages`, or `prompt` as one user message; exactly one of them must be there, and the last
  /// message must be the user's.
  std::vector<Message> messages() const;

  /// `answers`, `tests`, `span_answers`, `choices`, `code` and `metric`; empty where absent. A
  /// metric that there is not is an error.
  Reference reference() const;

  /// The metric's name; empty where absent. Throws for one that there is not.
  std::string metric() const;

  /// Throws. `expected` goes on after the field's name: "must be ...".
  [[noreturn]] void fail(std::string_view field, std::string_view expected) const;

 private:
  std::string file_;
  int64_t line_;
  nlohmann::json object_;
};

/// A short description of what was found, for messages: "a number", "an empty string".
std::string json_kind(const nlohmann::json& value);

/// `text` in double quotes, on one line and cut where it is long.
std::string in_quotes(std::string_view text);

/// Calls `visit` for each line of `bytes` that is not blank. A byte order mark at the start and CR
/// before LF are dropped. Throws Error(kBadFile) for what is not UTF-8 or not an object.
void for_each_json_line(std::string_view file, std::string_view bytes,
                        const std::function<void(const JsonLine&)>& visit);

/// {"prompt": ...} or {"messages": ...}, then the fields of the reference that are not empty, into
/// `object`.
void put_prompt_fields(const Prompt& prompt, nlohmann::ordered_json& object);

}  // namespace paq
