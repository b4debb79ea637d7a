// SPDX-License-Identifier: MIT
#include "label/outcomes_file.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "core/error.h"
#include "core/files.h"
#include "tasks/json_line.h"

namespace paq {
namespace {

using Json = nlohmann::json;

// What outcomes from a file carry in place of an engine's settings and, without one, a scorer.
constexpr const char* kImported = "imported";

using Key = std::tuple<std::string, std::string, std::string>;

Key key_of(const Prompt& prompt) { return {prompt.task, prompt.split, prompt.id}; }

// One outcome of a line, with errors that name "outcomes.4.score".
class OutcomeReader {
 public:
  OutcomeReader(const JsonLine& line, const std::string& width, const Json& object)
      : line_(line), prefix_("outcomes." + width), object_(object) {
    if (!object.is_object()) {
      line.fail(prefix_, "must be an object such as {\"score\": 1}, found " + json_kind(object));
    }
  }

  Outcome read(BitWidth bits) const {
    Outcome outcome;
    outcome.bits = bits;
    outcome.score = number("score", 0, 1);
    // A hair below 1 is rounding in the sum of log-probabilities near 0.
    outcome.perplexity = number("perplexity", 1 - 1e-6, kLargest);
    if (!outcome.score && !outcome.perplexity) {
      line_.fail(prefix_, "has neither \"score\" nor \"perplexity\"; one of them is needed");
    }
    outcome.seconds = number("seconds", 0, kLargest);
    outcome.seconds_to_first_token = number("seconds_to_first_token", 0, kLargest);
    outcome.prompt_tokens = whole("prompt_tokens", 0);
    outcome.tokens = whole("tokens", 0);
    outcome.concurrency = whole("concurrency", 1).value_or(1);
    outcome.response = text("response");
    if (outcome.score) outcome.scorer = text("scorer").value_or(kImported);
    if (const auto finish = text("finish")) {
      outcome.finish = parse_finish_reason(*finish);
      if (!outcome.finish) {
        fail("finish", "must be \"end_of_turn\", \"stop_string\", \"length\" or \"cancelled\"");
      }
    }
    outcome.logprobs = logprobs();
    outcome.token_ids = token_ids();
    return outcome;
  }

 private:
  static constexpr double kLargest = std::numeric_limits<double>::max();

  const Json* find(const char* field) const {
    const auto found = object_.find(field);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  [[noreturn]] void fail(const char* field, const std::string& expected) const {
    line_.fail(prefix_ + "." + field, expected);
  }

  std::optional<double> number(const char* field, double low, double high) const {
    const Json* value = find(field);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number()) fail(field, "must be a number, found " + json_kind(*value));
    const double read = value->get<double>();
    if (read >= low && read <= high) return read;
    fail(field, "is " + value->dump() + "; expected " +
                    (high == kLargest ? (low > 0 ? "1 or more" : "0 or more") : "0 to 1"));
  }

  std::optional<int> whole(const char* field, int low) const {
    const Json* value = find(field);
    if (value == nullptr) return std::nullopt;
    const bool fits =
        value->is_number_integer() && *value >= low && *value <= std::numeric_limits<int>::max();
    if (!fits) fail(field, "must be a whole number from " + std::to_string(low) + " on");
    return value->get<int>();
  }

  std::optional<std::string> text(const char* field) const {
    const Json* value = find(field);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) fail(field, "must be a string, found " + json_kind(*value));
    return value->get<std::string>();
  }

  std::vector<float> logprobs() const {
    std::vector<float> values;
    const Json* list = find("logprobs");
    if (list == nullptr) return values;
    const auto is_number = [](const Json& item) { return item.is_number(); };
    if (!list->is_array() || !std::all_of(list->begin(), list->end(), is_number)) {
      fail("logprobs", "must be a list of numbers");
    }
    for (const Json& item : *list) values.push_back(item.get<float>());
    return values;
  }

  std::vector<int32_t> token_ids() const {
    std::vector<int32_t> ids;
    const Json* list = find("token_ids");
    if (list == nullptr) return ids;
    const auto is_id = [](const Json& item) {
      return item.is_number_integer() && item >= 0 && item <= std::numeric_limits<int32_t>::max();
    };
    if (!list->is_array() || !std::all_of(list->begin(), list->end(), is_id)) {
      fail("token_ids", "must be a list of whole numbers from 0 on");
    }
    for (const Json& item : *list) ids.push_back(item.get<int32_t>());
    return ids;
  }

  const JsonLine& line_;
  std::string prefix_;
  const Json& object_;
};

BitWidth read_width(const JsonLine& line, const std::string& text) {
  try {
    return parse_bit_width(text);
  } catch (const Error&) {
    line.fail("outcomes", "has the key " + in_quotes(text) +
                              "; expected a bit width, a whole number from 1 to 32");
  }
}

PromptOutcomes read_line(const JsonLine& line) {
  PromptOutcomes item;
  item.prompt.id = line.required_id("id");
  item.prompt.task = line.required_text("task");
  item.prompt.split = line.split();
  item.prompt.messages = line.messages();
  item.prompt.reference = line.reference();
  const Json* outcomes = line.find("outcomes");
  if (outcomes == nullptr || !outcomes->is_object() || outcomes->empty()) {
    line.fail("outcomes", "must be an object of bit widths, such as {\"4\": {\"score\": 1}}");
  }
  for (const auto& [width, object] : outcomes->items()) {
    const BitWidth bits = read_width(line, width);
    if (item.outcomes.contains(bits)) line.fail("outcomes", "names " + width + " bits twice");
    item.outcomes[bits] = OutcomeReader(line, width, object).read(bits);
  }
  return item;
}

nlohmann::ordered_json outcome_json(const Outcome& outcome) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  const auto put = [&](const char* field, const auto& value) {
    if (value) object[field] = *value;
  };
  put("score", outcome.score);
  // JSON has no infinity; a perplexity that overflowed stays as large as can be.
  if (outcome.perplexity && !std::isnan(*outcome.perplexity)) {
    object["perplexity"] = std::min(*outcome.perplexity, std::numeric_limits<double>::max());
  }
  put("seconds", outcome.seconds);
  put("seconds_to_first_token", outcome.seconds_to_first_token);
  put("prompt_tokens", outcome.prompt_tokens);
  put("tokens", outcome.tokens);
  if (outcome.finish) object["finish"] = std::string(to_string(*outcome.finish));
  put("response", outcome.response);
  if (!outcome.logprobs.empty()) object["logprobs"] = outcome.logprobs;
  if (!outcome.token_ids.empty()) object["token_ids"] = outcome.token_ids;
  object["concurrency"] = outcome.concurrency;
  if (!outcome.scorer.empty()) object["scorer"] = outcome.scorer;
  return object;
}

std::string display_name(const Prompt& prompt) {
  return prompt.task + "/" + prompt.split + "/" + prompt.id;
}

// Lets known prompts keep their answers; refuses what would replace them.
void reconcile(std::vector<PromptOutcomes>& items, const Store& store, const std::string& file) {
  std::set<std::string> tasks;
  for (const PromptOutcomes& item : items) tasks.insert(item.prompt.task);
  std::map<Key, Prompt> known;
  for (Prompt& prompt : store.prompts({.tasks = {tasks.begin(), tasks.end()}, .split = ""})) {
    Key key = key_of(prompt);
    known.emplace(std::move(key), std::move(prompt));
  }
  for (PromptOutcomes& item : items) {
    const auto there = known.find(key_of(item.prompt));
    if (there == known.end()) continue;
    if (item.prompt.reference == Reference{}) item.prompt.reference = there->second.reference;
    if (item.prompt == there->second) continue;
    const bool text = item.prompt.messages != there->second.messages;
    throw Error(ErrorCode::kMismatch, file + ": the store has the prompt " +
                                          display_name(item.prompt) + " with " +
                                          (text ? "another text" : "other answers") +
                                          "; import into another --store, or give it another id");
  }
}

}  // namespace

std::vector<PromptOutcomes> parse_outcomes(std::string_view bytes, std::string_view name) {
  std::vector<PromptOutcomes> items;
  std::map<Key, int64_t> lines;
  for_each_json_line(name, bytes, [&](const JsonLine& line) {
    PromptOutcomes item = read_line(line);
    const auto [first, added] = lines.try_emplace(key_of(item.prompt), line.line());
    if (!added) {
      line.fail("id", in_quotes(item.prompt.id) + " is in line " + std::to_string(first->second) +
                          " too; ids must be unique within a task and split");
    }
    items.push_back(std::move(item));
  });
  if (items.empty()) {
    throw Error(ErrorCode::kBadFile,
                std::string(name) +
                    ": there is no outcome in it; expected one JSON object a line, "
                    "{\"id\", \"task\", \"prompt\", \"outcomes\"}");
  }
  return items;
}

std::string outcomes_line(const PromptOutcomes& prompt) {
  nlohmann::ordered_json object;
  object["id"] = prompt.prompt.id;
  object["task"] = prompt.prompt.task;
  object["split"] = prompt.prompt.split;
  put_prompt_fields(prompt.prompt, object);
  auto& outcomes = object["outcomes"] = nlohmann::ordered_json::object();
  for (const auto& [bits, outcome] : prompt.outcomes) {
    outcomes[to_string(bits)] = outcome_json(outcome);
  }
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

ImportSummary import_outcomes(const std::filesystem::path& path, Store& store) {
  std::vector<PromptOutcomes> items = parse_outcomes(read_file(path), path.string());
  reconcile(items, store, path.string());
  store.put_outcomes(items, kImportedVariant, kImported);
  ImportSummary summary;
  for (const PromptOutcomes& item : items) {
    ++summary.prompts;
    summary.outcomes += static_cast<int64_t>(item.outcomes.size());
  }
  return summary;
}

}  // namespace paq
