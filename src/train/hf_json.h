// SPDX-License-Identifier: MIT
// JSON files of a published model, with errors that name the file and the field. Internal to the
// readers of such files.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace paq {

/// One object of such a file, or a part of one.
class HfJson {
 public:
  using Json = nlohmann::json;

  /// Parses a whole file, which must be an object without names that stand twice. `where` stands
  /// for the file in messages. Throws Error(kBadFile), as everything here does.
  static HfJson parse(std::string_view bytes, std::string where);

  const Json& json() const { return json_; }

  /// Null and absent are the same to Hugging Face's own readers.
  bool has(const char* key) const;

  /// Values of a kind; the default where the field is absent or null.
  int64_t integer(const char* key, int64_t otherwise) const;
  double number(const char* key, double otherwise) const;
  bool boolean(const char* key, bool otherwise) const;
  std::string text(const char* key, const std::string& otherwise) const;

  /// A part that must be there; `name` leads from the file to it ("model.vocab").
  HfJson object(const char* key) const;
  const Json& array(const char* key) const;

  /// A part that was found otherwise, such as an element of array().
  HfJson part(const Json& json, const std::string& name) const;

  /// The path of a field in this file.
  std::string name_of(const char* key) const;

  /// Throws Error(kBadFile): "FILE: WHAT".
  [[noreturn]] void fail(const std::string& what) const;

 private:
  HfJson(Json json, std::string where, std::string name);
  [[noreturn]] void wrong_kind(const char* key, const char* expected) const;

  Json json_;
  std::string where_;
  std::string name_;  // Empty for the file itself.
};

/// Text from such a file, quoted and on one line.
std::string in_quotes(std::string_view text);

}  // namespace paq
