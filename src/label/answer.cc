// SPDX-License-Identifier: MIT
#include "label/answer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/hash.h"
#include "tasks/task.h"

namespace paq {
namespace {

GenerateOptions greedy(const TaskSpec& task, const LabelOptions& how) {
  GenerateOptions options;
  options.form = how.form;
  options.max_tokens = task.max_tokens;
  if (const auto stop = how.stop.find(task.name); stop != how.stop.end()) {
    options.stop = stop->second;
  }
  return options;
}

double sum_of_logprobs(const std::vector<Token>& tokens) {
  double sum = 0;
  for (const Token& token : tokens) sum += token.logprob;
  return sum;
}

// Cancelled where not every choice was scored.
Completion chosen(const Prompt& prompt, const ScoredContinuations& scored) {
  Completion completion;
  completion.bits = scored.bits;
  completion.finish = FinishReason::kCancelled;
  completion.prompt_tokens = scored.prompt_tokens;
  completion.seconds = completion.seconds_to_first_token = scored.seconds;
  std::vector<double> logprobs;
  for (const auto& tokens : scored.continuations) {
    if (tokens.empty()) return completion;
    logprobs.push_back(sum_of_logprobs(tokens));
  }
  const auto choice = likeliest_option(prompt, logprobs);
  if (!choice) {
    throw Error(ErrorCode::kEngine, "the " + to_string(scored.bits) +
                                        "-bit variant gives no likelihood to any choice of " +
                                        prompt.task + "/" + prompt.id);
  }
  completion.finish = FinishReason::kEndOfTurn;
  completion.text = prompt.reference.choices[*choice];
  completion.tokens = scored.continuations[*choice];
  return completion;
}

RequestId ask_by_likelihood(Engine& engine, const Prompt& prompt, ScoreRequest request,
                            AnswerCallbacks callbacks) {
  for (const std::string& choice : prompt.reference.choices) {
    request.continuations.push_back({.text = choice});
  }
  request.on_done = [prompt, callbacks](const ScoredContinuations& scored) {
    Completion completion;
    try {
      completion = chosen(prompt, scored);
    } catch (const Error& error) {
      callbacks.on_error(error);
      return;
    }
    callbacks.on_done(completion);
  };
  request.on_error = std::move(callbacks.on_error);
  return engine.submit(std::move(request));
}

}  // namespace

RequestId ask(Engine& engine, const Prompt& prompt, BitWidth bits, const LabelOptions& how,
              AnswerCallbacks callbacks) {
  if (is_answered_by_likelihood(prompt)) {
    ScoreRequest request;
    request.bits = bits;
    request.messages = prompt.messages;
    request.form = how.form;
    return ask_by_likelihood(engine, prompt, std::move(request), std::move(callbacks));
  }
  Request request;
  request.bits = bits;
  request.messages = prompt.messages;
  request.options = greedy(task_spec(prompt.task), how);
  if (callbacks.on_token) {
    request.on_token = [on_token = std::move(callbacks.on_token)](const Token&) { on_token(); };
  }
  request.on_done = std::move(callbacks.on_done);
  request.on_error = std::move(callbacks.on_error);
  return engine.submit(std::move(request));
}

RequestId ask_warm_up(Engine& engine, BitWidth bits, AnswerCallbacks callbacks) {
  Request request;
  request.bits = bits;
  request.messages = {{"user", "Hello"}};
  request.options.max_tokens = 1;
  request.on_done = std::move(callbacks.on_done);
  request.on_error = std::move(callbacks.on_error);
  return engine.submit(std::move(request));
}

int longest_answer(const Prompt& prompt) {
  return is_answered_by_likelihood(prompt) ? 0 : task_spec(prompt.task).max_tokens;
}

int most_tokens(std::span<const Prompt> prompts) {
  constexpr size_t kTemplate = 256, kMessage = 32, kMost = size_t{1} << 20;
  size_t most = 0;
  for (const Prompt& prompt : prompts) {
    size_t tokens = kTemplate + static_cast<size_t>(longest_answer(prompt));
    for (const Message& message : prompt.messages) tokens += kMessage + message.content.size();
    size_t choice = 0;
    for (const std::string& text : prompt.reference.choices) choice = std::max(choice, text.size());
    most = std::max(most, tokens + choice);
  }
  return static_cast<int>(std::min(most, kMost));
}

std::string answer_settings(const Prompt& prompt, const LabelOptions& how) {
  if (!is_answered_by_likelihood(prompt)) {
    return settings_fingerprint(greedy(task_spec(prompt.task), how));
  }
  Sha256 hash;
  hash.update_field("likelihood/1");
  hash.update_field(how.form == PromptForm::kChat ? "chat" : "raw");
  hash.update_field(metric_of(prompt).name);
  return hash.finish();
}

Outcome outcome_of(const Prompt& prompt, const Completion& completion, const LabelOptions& how) {
  const MetricSpec& metric = metric_of(prompt);
  const bool generated = !is_answered_by_likelihood(prompt);
  Outcome outcome;
  outcome.bits = completion.bits;
  if (can_score(metric.metric, prompt.reference)) {
    outcome.score =
        score_response(metric.metric, completion.text, prompt.reference, how.code_runner);
    outcome.scorer = metric.scorer;
  }
  outcome.perplexity = perplexity(completion.tokens);
  outcome.seconds = completion.seconds;
  if (generated) {
    outcome.seconds_to_first_token = completion.seconds_to_first_token;
    outcome.finish = completion.finish;
  }
  outcome.prompt_tokens = completion.prompt_tokens;
  // Some servers tell neither tokens nor their ids.
  if (!completion.tokens.empty()) outcome.tokens = static_cast<int>(completion.tokens.size());
  outcome.response = completion.text;
  const bool has_ids = std::ranges::all_of(completion.tokens, [](auto& t) { return t.id >= 0; });
  for (const Token& token : completion.tokens) {
    outcome.logprobs.push_back(token.logprob);
    if (has_ids) outcome.token_ids.push_back(token.id);
  }
  outcome.concurrency = how.concurrency;
  return outcome;
}

}  // namespace paq
