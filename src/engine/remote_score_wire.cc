// SPDX-License-Identifier: MIT
#include "engine/remote_score_wire.h"

#include "core/error.h"
#include "engine/remote_json.h"

namespace paq {
namespace {

// vLLM lists each prompt token's log-probability under its id, the likeliest one's beside it.
Token token_of(const Json& position, int32_t id) {
  const Json* entry = find(position, std::to_string(id).c_str());
  if (entry == nullptr) {
    throw Error(ErrorCode::kEngine, "the answer lacks the log-probability of a token");
  }
  Token token;
  token.id = id;
  token.text = text_of(find(*entry, "decoded_token")).value_or("");
  token.logprob = logprob_of(find(*entry, "logprob"));
  return token;
}

}  // namespace

std::string tokenize_prompt_body(const ScoreRequest& request, const std::string& model) {
  Json body = {{"model", model}};
  if (request.form == PromptForm::kChat) {
    Json& messages = body["messages"] = Json::array();
    for (const Message& message : request.messages) {
      messages.push_back({{"role", message.role}, {"content", message.content}});
    }
    body["add_generation_prompt"] = true;
    body["chat_template_kwargs"] = template_arguments();
  } else {
    std::string prompt;
    for (const Message& message : request.messages) prompt += message.content;
    body["prompt"] = std::move(prompt);
    body["add_special_tokens"] = true;
  }
  return dump_json(body);
}

std::string tokenize_text_body(const std::string& text, const std::string& model) {
  return dump_json({{"model", model}, {"prompt", text}, {"add_special_tokens", false}});
}

std::vector<int32_t> read_tokens(std::string_view body) {
  const Json document = parse_json(body);
  const Json* list = find(document, "tokens");
  if (list == nullptr || !list->is_array()) {
    throw Error(ErrorCode::kEngine, "the answer is no list of tokens");
  }
  std::vector<int32_t> tokens;
  for (const Json& entry : *list) {
    const std::optional<int32_t> id = count_of<int32_t>(&entry);
    if (!id) throw Error(ErrorCode::kEngine, "the answer has a token that is none");
    tokens.push_back(*id);
  }
  return tokens;
}

std::string prompt_logprobs_body(std::span<const int32_t> tokens, const std::string& model) {
  Json body = {{"model", model}, {"max_tokens", 1}, {"temperature", 0}, {"prompt_logprobs", 1}};
  body["prompt"] = std::vector<int32_t>(tokens.begin(), tokens.end());
  return dump_json(body);
}

std::vector<Token> read_prompt_logprobs(std::string_view body, std::span<const int32_t> expected) {
  const Json document = parse_json(body);
  const Json* choices = find(document, "choices");
  const Json* list = choices && choices->is_array() && !choices->empty()
                         ? find(choices->front(), "prompt_logprobs")
                         : nullptr;
  if (list == nullptr || !list->is_array() || list->size() < expected.size()) {
    throw Error(ErrorCode::kEngine, "the answer has no log-probabilities of the prompt");
  }
  std::vector<Token> tokens;
  for (size_t i = 0; i < expected.size(); ++i) {
    tokens.push_back(token_of((*list)[list->size() - expected.size() + i], expected[i]));
  }
  return tokens;
}

}  // namespace paq
