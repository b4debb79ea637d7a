// SPDX-License-Identifier: MIT
#include "store/rows.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "store/numbers.h"

namespace paq {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& value, const Prompt& prompt) {
  try {
    return value.dump();
  } catch (const nlohmann::json::type_error&) {
    throw Error(ErrorCode::kUsage, "the prompt " + prompt.task + "/" + prompt.split + "/" +
                                       prompt.id + " holds text that is not UTF-8; convert it");
  }
}

template <typename T>
void bind_optional(SQLite::Statement& statement, int index, const std::optional<T>& value) {
  if (value) {
    statement.bind(index, *value);
  } else {
    statement.bind(index);
  }
}

std::optional<double> optional_double(const SQLite::Column& column) {
  return column.isNull() ? std::nullopt : std::optional(column.getDouble());
}

std::optional<int> optional_int(const SQLite::Column& column) {
  return column.isNull() ? std::nullopt : std::optional(column.getInt());
}

void bind_blob(SQLite::Statement& statement, int index, const std::string& bytes) {
  statement.bind(index, bytes.data(), static_cast<int>(bytes.size()));
}

std::string_view blob(const SQLite::Column& column) {
  // The bytes must be asked for before their number.
  const char* bytes = static_cast<const char*>(column.getBlob());
  return {bytes, static_cast<size_t>(column.getBytes())};
}

}  // namespace

std::string messages_column(const Prompt& prompt) {
  Json list = Json::array();
  for (const Message& message : prompt.messages) {
    list.push_back({{"role", message.role}, {"content", message.content}});
  }
  return dumped(list, prompt);
}

std::string reference_column(const Prompt& prompt) {
  Json tests = Json::array();
  for (const ProgramTest& test : prompt.reference.tests) {
    tests.push_back({{"call", test.call}, {"expected", test.expected}});
  }
  const Reference& reference = prompt.reference;
  Json object = {{"answers", reference.answers}, {"tests", tests}};
  if (!reference.span_answers.empty()) object["span_answers"] = reference.span_answers;
  if (!reference.choices.empty()) object["choices"] = reference.choices;
  if (!reference.metric.empty()) object["metric"] = reference.metric;
  if (reference.code != CodeReference{}) {
    object["code"] = {{"prompt", reference.code.prompt},
                      {"test", reference.code.test},
                      {"entry_point", reference.code.entry_point}};
  }
  return dumped(object, prompt);
}

Prompt read_prompt(SQLite::Statement& row, int first) {
  Prompt prompt;
  prompt.task = row.getColumn(first).getString();
  prompt.split = row.getColumn(first + 1).getString();
  prompt.id = row.getColumn(first + 2).getString();
  for (const Json& message : Json::parse(row.getColumn(first + 3).getString())) {
    prompt.messages.push_back({message.at("role").get<std::string>(), message.at("content")});
  }
  const Json reference = Json::parse(row.getColumn(first + 4).getString());
  prompt.reference.answers = reference.at("answers").get<std::vector<std::string>>();
  for (const Json& test : reference.at("tests")) {
    prompt.reference.tests.push_back({test.at("call").get<std::string>(), test.at("expected")});
  }
  if (reference.contains("span_answers")) {
    prompt.reference.span_answers =
        reference["span_answers"].get<std::vector<std::vector<std::string>>>();
  }
  if (reference.contains("choices")) {
    prompt.reference.choices = reference["choices"].get<std::vector<std::string>>();
  }
  prompt.reference.metric = reference.value("metric", "");
  if (const auto code = reference.find("code"); code != reference.end()) {
    prompt.reference.code = {code->at("prompt").get<std::string>(),
                             code->at("test").get<std::string>(),
                             code->at("entry_point").get<std::string>()};
  }
  return prompt;
}

void bind_outcome(SQLite::Statement& statement, int first, const Outcome& outcome) {
  bind_optional(statement, first, outcome.score);
  bind_optional(statement, first + 1, outcome.perplexity);
  bind_optional(statement, first + 2, outcome.seconds);
  bind_optional(statement, first + 3, outcome.seconds_to_first_token);
  bind_optional(statement, first + 4, outcome.prompt_tokens);
  bind_optional(statement, first + 5, outcome.tokens);
  if (outcome.finish) {
    statement.bind(first + 6, std::string(to_string(*outcome.finish)));
  } else {
    statement.bind(first + 6);
  }
  bind_optional(statement, first + 7, outcome.response);
  if (outcome.logprobs.empty()) {
    statement.bind(first + 8);
  } else {
    bind_blob(statement, first + 8, encode_halves(outcome.logprobs));
  }
  if (outcome.token_ids.empty()) {
    statement.bind(first + 9);
  } else {
    bind_blob(statement, first + 9, encode_ids(outcome.token_ids));
  }
  statement.bind(first + 10, outcome.concurrency);
  statement.bind(first + 11, outcome.scorer);
}

Outcome read_outcome(SQLite::Statement& row, int first, BitWidth bits) {
  Outcome outcome;
  outcome.bits = bits;
  outcome.score = optional_double(row.getColumn(first));
  outcome.perplexity = optional_double(row.getColumn(first + 1));
  outcome.seconds = optional_double(row.getColumn(first + 2));
  outcome.seconds_to_first_token = optional_double(row.getColumn(first + 3));
  outcome.prompt_tokens = optional_int(row.getColumn(first + 4));
  outcome.tokens = optional_int(row.getColumn(first + 5));
  if (const auto finish = row.getColumn(first + 6); !finish.isNull()) {
    outcome.finish = parse_finish_reason(finish.getString());
  }
  if (const auto response = row.getColumn(first + 7); !response.isNull()) {
    outcome.response = response.getString();
  }
  outcome.logprobs = decode_halves(blob(row.getColumn(first + 8)));
  outcome.token_ids = decode_ids(blob(row.getColumn(first + 9)));
  outcome.concurrency = row.getColumn(first + 10).getInt();
  outcome.scorer = row.getColumn(first + 11).getString();
  return outcome;
}

std::optional<OutcomeState> find_outcome_state(SQLite::Statement& find, int64_t prompt_id,
                                               const OutcomeSource& source) {
  find.reset();
  find.bind(1, prompt_id);
  find.bind(2, source.variant_hash);
  find.bind(3, source.bits.bits);
  find.bind(4, source.settings);
  if (!find.executeStep()) return std::nullopt;
  const auto count = [&](int column) {
    const SQLite::Column value = find.getColumn(column);
    return value.isNull() ? std::nullopt : std::optional(value.getInt());
  };
  OutcomeState state;
  state.concurrency = find.getColumn(0).getInt();
  if (const auto finish = find.getColumn(1); !finish.isNull()) {
    state.finish = parse_finish_reason(finish.getString());
  }
  state.prompt_tokens = count(2);
  state.tokens = count(3);
  if (const auto perplexity = find.getColumn(4); !perplexity.isNull()) {
    state.perplexity = perplexity.getDouble();
  }
  return state;
}

}  // namespace paq
