// SPDX-License-Identifier: MIT
#include "tasks/json_cursor.h"

#include <algorithm>

#include "core/error.h"
#include "core/utf8.h"
#include "tasks/json_line.h"

namespace paq {
namespace {

using Json = nlohmann::json;

// Names of members come from the file: shown short, and on one line.
std::string step_to(std::string_view name) {
  const bool plain = !name.empty() && name.size() <= 60 &&
                     std::all_of(name.begin(), name.end(), [](unsigned char c) {
                       return c > ' ' && c < 127 && c != '.' && c != '"' && c != '[';
                     });
  return plain ? "." + std::string(name) : "[" + in_quotes(name) + "]";
}

std::string line_at(std::string_view bytes, size_t offset) {
  offset = std::min(offset, bytes.size());
  const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(offset);
  const auto line = std::count(bytes.begin(), end, '\n') + 1;
  const size_t begin = bytes.substr(0, offset).rfind('\n') + 1;  // npos + 1 is 0
  return ":" + std::to_string(line) + ": byte " + std::to_string(offset - begin + 1) +
         " of the line ";
}

}  // namespace

JsonCursor::JsonCursor(const JsonCursor& parent, const Json& value, const std::string& step)
    : place_(parent.place_), path_(parent.path_ + step), value_(&value) {
  if (path_.starts_with('.')) path_.erase(0, 1);
}

void JsonCursor::fail(std::string_view expected) const {
  throw Error(ErrorCode::kBadFile,
              place_ + ": " + (path_.empty() ? "the document" : "field \"" + path_ + "\"") + " " +
                  std::string(expected));
}

std::optional<JsonCursor> JsonCursor::find(std::string_view name) const {
  if (!value_->is_object()) fail("must be an object, found " + json_kind(*value_));
  const auto found = value_->find(name);
  if (found == value_->end() || found->is_null()) return std::nullopt;
  return JsonCursor(*this, *found, step_to(name));
}

JsonCursor JsonCursor::member(std::string_view name) const {
  if (auto found = find(name)) return *found;
  const Json none;
  JsonCursor(*this, none, step_to(name)).fail("is missing");
}

std::vector<JsonCursor> JsonCursor::items() const {
  if (!value_->is_array()) fail("must be a list, found " + json_kind(*value_));
  std::vector<JsonCursor> list;
  for (const Json& item : *value_) {
    list.push_back(JsonCursor(*this, item, "[" + std::to_string(list.size()) + "]"));
  }
  return list;
}

std::vector<std::pair<std::string, JsonCursor>> JsonCursor::members() const {
  if (!value_->is_object()) fail("must be an object, found " + json_kind(*value_));
  std::vector<std::pair<std::string, JsonCursor>> list;
  for (const auto& [name, item] : value_->items()) {
    list.emplace_back(name, JsonCursor(*this, item, step_to(name)));
  }
  return list;
}

std::string JsonCursor::text() const {
  std::string text = any_text();
  if (text.empty()) fail("must be a string that is not empty");
  return text;
}

std::string JsonCursor::any_text() const {
  if (!value_->is_string()) fail("must be a string, found " + json_kind(*value_));
  return value_->get<std::string>();
}

std::string JsonCursor::scalar_text() const {
  if (value_->is_string()) return value_->get<std::string>();
  if (!value_->is_number()) fail("must be a string or a number, found " + json_kind(*value_));
  return value_->dump();
}

bool JsonCursor::boolean() const {
  if (!value_->is_boolean()) fail("must be true or false, found " + json_kind(*value_));
  return value_->get<bool>();
}

Json parse_json_document(std::string_view file, std::string_view bytes) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  if (const size_t bad = find_invalid_utf8(bytes); bad != bytes.npos) {
    throw Error(ErrorCode::kBadFile, std::string(file) + line_at(bytes, bad) +
                                         "is not UTF-8; convert the file to UTF-8");
  }
  try {
    return Json::parse(bytes);
  } catch (const Json::parse_error& error) {
    throw Error(ErrorCode::kBadFile, std::string(file) +
                                         line_at(bytes, error.byte > 0 ? error.byte - 1 : 0) +
                                         "is not valid JSON; expected one JSON document");
  } catch (const Json::out_of_range&) {
    throw Error(ErrorCode::kBadFile, std::string(file) +
                                         ": has a number too large for a double; expected numbers "
                                         "up to 1.8e308");
  }
}

}  // namespace paq
