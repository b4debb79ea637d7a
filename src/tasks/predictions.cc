// SPDX-License-Identifier: MIT
#include "tasks/predictions.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/error.h"
#include "core/files.h"
#include "tasks/json_line.h"

namespace paq {
namespace {

using Json = nlohmann::json;

constexpr auto kIds = std::to_array<const char*>({"id", "task_id", "query_id", "question_id"});
constexpr auto kTexts = std::to_array<const char*>({"prediction", "response", "completion"});
// Without such a text. Beside one, harnesses keep the right answer under "answer".
constexpr auto kElse = std::to_array<const char*>({"logprobs", "answer"});

[[noreturn]] void fail(const std::string& place, const std::string& what) {
  throw Error(ErrorCode::kBadFile, place + ": " + what);
}

Prediction prediction_of(const Json& value, const std::string& place) {
  const auto all = [&](bool (Json::*kind)() const noexcept) {
    return std::all_of(value.begin(), value.end(),
                       [&](const Json& item) { return (item.*kind)(); });
  };
  if (value.is_string()) return {{value.get<std::string>()}, {}};
  if (value.is_number()) return {{value.dump()}, {}};
  if (value.is_array() && all(&Json::is_string)) {
    return {value.get<std::vector<std::string>>(), {}};
  }
  if (value.is_array() && all(&Json::is_number)) return {{}, value.get<std::vector<double>>()};
  fail(place, "an answer must be a string, a number or a list of either, found " +
                  (value.is_array() ? "a mixed list" : json_kind(value)));
}

// The first of `names` that the object has.
template <size_t N>
const Json* member(const Json& object, const std::array<const char*, N>& names) {
  for (const char* name : names) {
    const auto found = object.find(name);
    if (found != object.end()) return &*found;
  }
  return nullptr;
}

// What a record predicts; null where it predicts nothing.
const Json* answer_of(const Json& object, const std::string& place) {
  const char* found = nullptr;
  for (const char* name : kTexts) {
    if (!object.contains(name)) continue;
    if (found != nullptr && object[found] != object[name]) {
      fail(place, std::string("\"") + found + "\" and \"" + name +
                      "\" differ; keep the one that is to be scored");
    }
    if (found == nullptr) found = name;
  }
  return found != nullptr ? &object[found] : member(object, kElse);
}

class Reader {
 public:
  void add(const std::string& id, const Json& value, const std::string& place) {
    // The official DROP script takes {"answer": ...} in place of the answer.
    const Json* answer = value.is_object() ? answer_of(value, place) : &value;
    if (answer == nullptr) answer = &value;
    predictions_.by_id[id].push_back(
        prediction_of(*answer, place + ": the answer to " + in_quotes(id)));
  }

  // A record, or {id: answer} for each of its members.
  void add_object(const Json& object, const std::string& place) {
    const Json* id = member(object, kIds);
    const Json* answer = answer_of(object, place);
    if (id != nullptr && answer != nullptr && (id->is_string() || id->is_number_integer())) {
      return add(id->is_string() ? id->get<std::string>() : id->dump(), *answer, place);
    }
    for (const auto& [key, value] : object.items()) add(key, value, place);
  }

  Predictions take(std::string_view name) {
    if (predictions_.by_id.empty()) {
      fail(std::string(name), "there is no prediction in it; expected {\"ID\": \"ANSWER\", ...}");
    }
    return std::move(predictions_);
  }

 private:
  Predictions predictions_;
};

// The whole file as one document; nullopt where it is something else, or none that is valid. Keys
// that come again at the top are kept in `again` with their earlier values, which JSON would lose.
std::optional<Json> one_document(std::string_view bytes,
                                 std::vector<std::pair<std::string, Json>>& earlier) {
  std::string key;
  std::map<std::string, Json> values;
  const auto callback = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key && depth == 1) key = parsed.get<std::string>();
    const bool ended = event == Json::parse_event_t::value ||
                       event == Json::parse_event_t::object_end ||
                       event == Json::parse_event_t::array_end;
    if (ended && depth == 1 && !key.empty()) {
      const auto [known, added] = values.try_emplace(key, parsed);
      if (!added) {
        earlier.emplace_back(key, known->second);
        known->second = parsed;
      }
      key.clear();
    }
    return true;
  };
  Json document = Json::parse(bytes, callback, /*allow_exceptions=*/false);
  if (document.is_discarded() || (!document.is_object() && !document.is_array())) {
    return std::nullopt;
  }
  return document;
}

}  // namespace

Predictions parse_predictions(std::string_view bytes, std::string_view name) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  Reader reader;
  const std::string place(name);
  std::vector<std::pair<std::string, Json>> earlier;
  if (const auto document = one_document(bytes, earlier)) {
    if (document->is_object()) {
      for (const auto& [id, value] : earlier) reader.add(id, value, place);
      reader.add_object(*document, place);
      return reader.take(name);
    }
    for (size_t i = 0; i < document->size(); ++i) {
      const std::string item = place + ": [" + std::to_string(i) + "]";
      if (!(*document)[i].is_object()) fail(item, "expected {\"id\", \"answer\"}");
      reader.add_object((*document)[i], item);
    }
    return reader.take(name);
  }
  for_each_json_line(name, bytes, [&](const JsonLine& line) {
    reader.add_object(line.object(), place + ":" + std::to_string(line.line()));
  });
  return reader.take(name);
}

Predictions read_predictions(const std::filesystem::path& path) {
  return parse_predictions(read_file(path), path.string());
}

}  // namespace paq
