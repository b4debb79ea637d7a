// SPDX-License-Identifier: MIT
#include "train/hf_json.h"

#include <set>
#include <utility>
#include <vector>

#include "core/error.h"

namespace paq {
namespace {

using Json = nlohmann::json;

// Far deeper than any of these files; what is deeper is no such file.
constexpr int kDeepest = 24;

}  // namespace

std::string in_quotes(std::string_view text) {
  constexpr size_t kMost = 80;
  return Json(std::string(text.substr(0, kMost)))
      .dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

HfJson::HfJson(Json json, std::string where, std::string name)
    : json_(std::move(json)), where_(std::move(where)), name_(std::move(name)) {
  if (!json_.is_object()) {
    fail((name_.empty() ? "the file" : name_) + " must be a JSON object, found " +
         json_.type_name());
  }
}

HfJson HfJson::parse(std::string_view bytes, std::string where) {
  const auto fail = [&](const std::string& what) -> void {
    throw Error(ErrorCode::kBadFile, where + ": " + what + "; fetch it again");
  };
  // Which of two values of one name counts would be anyone's guess.
  std::vector<std::set<std::string>> names;
  const auto check = [&](int depth, Json::parse_event_t event, const Json& value) {
    if (depth > kDeepest) fail("it is nested too deeply");
    if (event == Json::parse_event_t::object_start) names.emplace_back();
    if (event == Json::parse_event_t::object_end) names.pop_back();
    if (event == Json::parse_event_t::key &&
        !names.back().insert(value.get<std::string>()).second) {
      fail(in_quotes(value.get<std::string>()) + " stands twice in one object");
    }
    return true;
  };
  Json json;
  try {
    json = Json::parse(bytes, check);
  } catch (const Json::parse_error& error) {
    fail("it is no JSON (byte " + std::to_string(error.byte) + ")");
  } catch (const Json::exception&) {
    fail("it is no JSON that can be read");
  }
  return HfJson(std::move(json), std::move(where), "");
}

bool HfJson::has(const char* key) const {
  const auto found = json_.find(key);
  return found != json_.end() && !found->is_null();
}

int64_t HfJson::integer(const char* key, int64_t otherwise) const {
  if (!has(key)) return otherwise;
  const Json& value = json_[key];
  constexpr uint64_t kMost = uint64_t{1} << 53;
  if (!value.is_number_unsigned() || value.get<uint64_t>() > kMost) {
    wrong_kind(key, "a whole number from 0 to 2^53");
  }
  return static_cast<int64_t>(value.get<uint64_t>());
}

double HfJson::number(const char* key, double otherwise) const {
  if (!has(key)) return otherwise;
  if (!json_[key].is_number()) wrong_kind(key, "a number");
  return json_[key].get<double>();
}

bool HfJson::boolean(const char* key, bool otherwise) const {
  if (!has(key)) return otherwise;
  if (!json_[key].is_boolean()) wrong_kind(key, "true or false");
  return json_[key].get<bool>();
}

std::string HfJson::text(const char* key, const std::string& otherwise) const {
  if (!has(key)) return otherwise;
  if (!json_[key].is_string()) wrong_kind(key, "a text");
  return json_[key].get<std::string>();
}

HfJson HfJson::object(const char* key) const {
  if (!has(key)) wrong_kind(key, "an object");
  return part(json_[key], name_of(key));
}

const Json& HfJson::array(const char* key) const {
  if (!has(key) || !json_[key].is_array()) wrong_kind(key, "a list");
  return json_[key];
}

HfJson HfJson::part(const Json& json, const std::string& name) const {
  return HfJson(json, where_, name);
}

std::string HfJson::name_of(const char* key) const {
  return name_.empty() ? key : name_ + "." + key;
}

void HfJson::fail(const std::string& what) const {
  throw Error(ErrorCode::kBadFile, where_ + ": " + what);
}

void HfJson::wrong_kind(const char* key, const char* expected) const {
  const auto found = json_.find(key);
  fail(name_of(key) + " must be " + expected + ", found " +
       (found == json_.end()
            ? "nothing"
            : found->dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace)
                  .substr(0, 60)));
}

}  // namespace paq
