// SPDX-License-Identifier: MIT
#include "engine/remote_wire.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <utility>

#include "core/error.h"
#include "engine/remote_json.h"

namespace paq {
namespace {

constexpr size_t kLongestMessage = 300;

std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  if (text.size() > kLongestMessage) text = text.substr(0, kLongestMessage) + "...";
  return text;
}

RemoteServer server_of(const std::string& owner) {
  if (owner == "llamacpp") return RemoteServer::kLlamaServer;
  if (owner == "vllm") return RemoteServer::kVllm;
  if (owner == "sglang") return RemoteServer::kSglang;
  return RemoteServer::kOther;
}

// What servers understand beyond OpenAI's own parameters, which refuses others.
void add_extensions(Json& body, const Request& request, RemoteServer server) {
  if (server == RemoteServer::kOther) return;
  const SamplingOptions& sampling = request.options.sampling;
  if (sampling.temperature > 0) {
    const bool zero_is_off = server == RemoteServer::kLlamaServer;
    body["top_k"] = sampling.top_k > 0 || zero_is_off ? sampling.top_k : -1;
    body["min_p"] = sampling.min_p;
  }
  if (request.options.form == PromptForm::kChat) {
    body["chat_template_kwargs"] = template_arguments();
    if (server == RemoteServer::kLlamaServer) body["reasoning_format"] = "none";
  }
  if (server == RemoteServer::kVllm) body["return_token_ids"] = true;
}

// The bytes of a token where they are given, else its text.
std::string bytes_of(const Json& entry) {
  const Json* bytes = find(entry, "bytes");
  if (bytes == nullptr || !bytes->is_array()) return text_of(find(entry, "token")).value_or("");
  std::string text;
  for (const Json& byte : *bytes) {
    const std::optional<int> value = count_of<int>(&byte);
    if (!value || *value > 255) return text_of(find(entry, "token")).value_or("");
    text += static_cast<char>(*value);
  }
  return text;
}

// Of chat answers, and of llama-server's for raw prompts.
std::vector<Token> tokens_of_content(const Json& content, RemoteServer server) {
  std::vector<Token> tokens;
  for (const Json& entry : content) {
    Token token;
    token.id = count_of<int32_t>(find(entry, "id")).value_or(-1);
    token.text = bytes_of(entry);
    token.logprob = logprob_of(find(entry, "logprob"));
    if (server == RemoteServer::kLlamaServer) {
      // Its "bytes" are the text that was sent on with the token; among the likeliest ones stands
      // the token's own.
      const Json* top = find(entry, "top_logprobs");
      for (const Json& likely : top && top->is_array() ? *top : Json::array()) {
        if (count_of<int32_t>(find(likely, "id")) == token.id) token.text = bytes_of(likely);
      }
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

// Of the classic completions.
std::vector<Token> tokens_of_lists(const Json& logprobs, const Json& list) {
  std::vector<Token> tokens;
  const Json* texts = find(logprobs, "tokens");
  for (size_t i = 0; i < list.size(); ++i) {
    Token token;
    token.id = -1;
    if (texts && texts->is_array() && i < texts->size()) {
      token.text = text_of(&(*texts)[i]).value_or("");
    }
    token.logprob = logprob_of(&list[i]);
    tokens.push_back(std::move(token));
  }
  return tokens;
}

std::vector<Token> tokens_of(const Json& choice, RemoteServer server) {
  const Json* logprobs = find(choice, "logprobs");
  if (logprobs == nullptr) return {};
  std::vector<Token> tokens;
  if (const Json* content = find(*logprobs, "content"); content && content->is_array()) {
    tokens = tokens_of_content(*content, server);
  } else if (const Json* list = find(*logprobs, "token_logprobs"); list && list->is_array()) {
    tokens = tokens_of_lists(*logprobs, *list);
  }
  const Json* ids = find(choice, "token_ids");
  if (ids && ids->is_array() && ids->size() == tokens.size()) {
    for (size_t i = 0; i < tokens.size(); ++i) {
      tokens[i].id = count_of<int32_t>(&(*ids)[i]).value_or(-1);
    }
  }
  return tokens;
}

// The number that stands right before `phrase`, where there is one: "(4500 in the messages".
std::optional<int> number_before(std::string_view text, std::string_view phrase) {
  const size_t end = text.find(phrase);
  if (end == std::string_view::npos) return std::nullopt;
  size_t begin = end;
  while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9') --begin;
  int number = 0;
  const auto [rest, error] = std::from_chars(text.data() + begin, text.data() + end, number);
  if (error != std::errc() || rest != text.data() + end) return std::nullopt;
  return number;
}

// The first number after `phrase`, which words may stand between.
std::optional<int> number_after(std::string_view text, std::string_view phrase) {
  const size_t at = text.find(phrase);
  if (at == std::string_view::npos) return std::nullopt;
  const size_t begin = text.find_first_of("0123456789", at + phrase.size());
  if (begin == std::string_view::npos) return std::nullopt;
  int number = 0;
  const auto [rest, error] =
      std::from_chars(text.data() + begin, text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

// What servers call a prompt that is too long, in their own words.
void find_lengths(RemoteFault& fault, std::string_view message) {
  constexpr std::string_view kContext[] = {"maximum context length is", "context length is only",
                                           "maximum context length of", "model's context length",
                                           "available context size"};
  for (const std::string_view phrase : kContext) {
    if (message.find(phrase) == std::string_view::npos) continue;
    fault.too_long = true;
    if (!fault.context_tokens) fault.context_tokens = number_after(message, phrase);
  }
  constexpr std::string_view kPrompt[] = {" in the messages", " in the prompt", " input tokens",
                                          " tokens from the input messages"};
  for (const std::string_view phrase : kPrompt) {
    if (!fault.prompt_tokens) fault.prompt_tokens = number_before(message, phrase);
  }
  for (const std::string_view phrase : {"The input (", "request ("}) {
    if (!fault.prompt_tokens) fault.prompt_tokens = number_after(message, phrase);
  }
}

std::string status_text(long status) {
  switch (status) {
    case 401:
      return "401 Unauthorized";
    case 403:
      return "403 Forbidden";
    case 404:
      return "404 Not Found";
    case 429:
      return "429 Too Many Requests";
    case 500:
      return "500 Internal Server Error";
    case 502:
      return "502 Bad Gateway";
    case 503:
      return "503 Service Unavailable";
    case 504:
      return "504 Gateway Timeout";
    default:
      return "status " + std::to_string(status);
  }
}

// {"error": {"message"}}, {"error": "..."}, {"message"} or {"detail"}.
std::optional<std::string> message_of(const Json& body) {
  const Json* error = find(body, "error");
  if (error != nullptr) {
    if (auto message = text_of(find(*error, "message"))) return message;
    if (auto message = text_of(error)) return message;
  }
  if (auto message = text_of(find(body, "message"))) return message;
  return text_of(find(body, "detail"));
}

}  // namespace

std::optional<std::vector<RemoteModel>> read_models(std::string_view body) {
  const Json list = parse_json(body);
  const Json* data = find(list, "data");
  if (data == nullptr || !data->is_array()) return std::nullopt;
  std::vector<RemoteModel> models;
  for (const Json& entry : *data) {
    const std::optional<std::string> name = text_of(find(entry, "id"));
    if (!name) return std::nullopt;
    RemoteModel model;
    model.name = *name;
    model.server = server_of(text_of(find(entry, "owned_by")).value_or(""));
    model.parameters = count_of<int64_t>(find(entry, "meta", "n_params"));
    model.bytes = count_of<int64_t>(find(entry, "meta", "size"));
    model.context_tokens = count_of<int>(find(entry, "max_model_len"));
    if (!model.context_tokens) model.context_tokens = count_of<int>(find(entry, "meta", "n_ctx"));
    models.push_back(std::move(model));
  }
  return models;
}

std::optional<int> read_props_context(std::string_view body) {
  const Json props = parse_json(body);
  const std::optional<int> tokens =
      count_of<int>(find(props, "default_generation_settings", "n_ctx"));
  return tokens && *tokens > 0 ? tokens : std::nullopt;
}

std::string_view path_of(PromptForm form) {
  return form == PromptForm::kChat ? "/chat/completions" : "/completions";
}

bool streams(RemoteServer server, PromptForm form) {
  return server != RemoteServer::kLlamaServer || form == PromptForm::kRaw;
}

std::string request_body(const Request& request, const BodyOptions& options) {
  const GenerateOptions& how = request.options;
  const bool chat = how.form == PromptForm::kChat;
  Json body = {{"max_tokens", options.max_tokens},
               {"temperature", how.sampling.temperature},
               {"seed", how.sampling.seed}};
  if (!options.model.empty()) body["model"] = options.model;
  if (chat) {
    Json& messages = body["messages"] = Json::array();
    for (const Message& message : request.messages) {
      messages.push_back({{"role", message.role}, {"content", message.content}});
    }
  } else {
    std::string prompt;
    for (const Message& message : request.messages) prompt += message.content;
    body["prompt"] = std::move(prompt);
  }
  if (how.sampling.temperature > 0) body["top_p"] = how.sampling.top_p;
  if (!how.stop.empty()) body["stop"] = how.stop;
  if (options.logprobs) {
    // One alternative: with none, llama-server gives no log-probabilities at all.
    if (chat) {
      body["logprobs"] = true;
      body["top_logprobs"] = 1;
    } else {
      body["logprobs"] = 1;
    }
  }
  if (streams(options.server, how.form)) {
    body["stream"] = true;
    body["stream_options"] = {{"include_usage", true}};
  }
  add_extensions(body, request, options.server);
  return dump_json(body);
}

void AnswerReader::read(std::string_view json) {
  if (json == "[DONE]") return;
  const Json document = parse_json(json);
  if (!document.is_object()) throw Error(ErrorCode::kEngine, "the answer is no JSON");
  const Json* choices = find(document, "choices");
  if (choices == nullptr || !choices->is_array()) {
    const std::optional<std::string> said = message_of(document);
    throw Error(ErrorCode::kEngine, said ? "the server says: " + one_line(*said)
                                         : "the answer is no completion: it has no choices");
  }
  const Json* usage = find(document, "usage");
  if (usage != nullptr) {
    prompt_tokens_ = count_of<int>(find(*usage, "prompt_tokens")).value_or(prompt_tokens_);
    if (const auto count = count_of<int>(find(*usage, "completion_tokens"))) {
      generated_tokens_ = count;
    }
  }
  if (const auto ms = number_of(find(document, "timings", "predicted_ms"));
      ms && std::isfinite(*ms) && *ms >= 0) {
    generation_seconds_ = *ms / 1000;
  }
  if (choices->empty()) return;
  const Json& choice = choices->front();
  for (const Json* text : {find(choice, "message", "content"), find(choice, "delta", "content"),
                           find(choice, "text")}) {
    text_ += text_of(text).value_or("");
  }
  std::ranges::move(tokens_of(choice, server_), std::back_inserter(tokens_));
  if (const Json* reason = find(choice, "stop_reason"); reason && !reason->is_null()) {
    ended_by_string_ = reason->is_string();
  }
  if (const Json* matched = find(choice, "matched_stop"); matched && !matched->is_null()) {
    ended_by_string_ = matched->is_string();
  }
  if (const auto reason = text_of(find(choice, "finish_reason"))) finish_ = reason;
  if (finish_ == "abort" || finish_ == "error") {
    throw Error(ErrorCode::kEngine, "the server has given the answer up");
  }
}

Completion AnswerReader::completion() const {
  Completion completion;
  completion.text = text_;
  completion.tokens = tokens_;
  completion.prompt_tokens = prompt_tokens_;
  // llama-server leaves tokens out that end within a character: with the others alone, the answer
  // could not be scored as it was made.
  const bool all_told =
      !generated_tokens_ || static_cast<size_t>(*generated_tokens_) <= tokens_.size();
  if (!all_told) {
    for (Token& token : completion.tokens) token.id = -1;
  }
  completion.finish = finish_ == "length" ? FinishReason::kLength : finish_of_stop();
  if (completion.finish == FinishReason::kEndOfTurn && !tokens_.empty()) {
    // vLLM writes control tokens out.
    Token& last = completion.tokens.back();
    if (!completion.text.ends_with(last.text)) last.text.clear();
  }
  return completion;
}

// Servers say "stop" for both.
FinishReason AnswerReader::finish_of_stop() const {
  bool string = false;
  if (ended_by_string_) {
    string = *ended_by_string_;
  } else if (has_stop_ && server_ == RemoteServer::kLlamaServer && !tokens_.empty()) {
    string = !tokens_.back().text.empty();  // The end of turn is a token without a text.
  }
  return string ? FinishReason::kStopString : FinishReason::kEndOfTurn;
}

RemoteFault read_fault(long status, std::string_view body) {
  const Json document = parse_json(body);
  RemoteFault fault;
  const std::string said = message_of(document).value_or("");
  fault.message = one_line(said.empty() ? status_text(status) : said);
  const Json* error = find(document, "error");
  const Json& about = error != nullptr && error->is_object() ? *error : document;
  find_lengths(fault, said);
  if (text_of(find(about, "type")) == "exceed_context_size_error" ||
      text_of(find(about, "code")) == "context_length_exceeded" || status == 413) {
    fault.too_long = true;
  }
  if (const auto tokens = count_of<int>(find(about, "n_prompt_tokens")))
    fault.prompt_tokens = tokens;
  if (const auto tokens = count_of<int>(find(about, "n_ctx"))) fault.context_tokens = tokens;
  if (!fault.too_long) fault.prompt_tokens = fault.context_tokens = std::nullopt;
  return fault;
}

}  // namespace paq
