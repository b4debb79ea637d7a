// SPDX-License-Identifier: MIT
// An engine for tests: answers follow from prompt and width alone, a token a step for every
// request, so that several in flight finish in another order than they began.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "engine/engine.h"

namespace paq {

class FakeEngine : public Engine {
 public:
  int context = 1000;             ///< Bytes of a prompt's last message beyond which it is too long.
  size_t most_in_flight = 0;      ///< Seen so far.
  int answered = 0;               ///< Requests that came to their end.
  std::vector<BitWidth> order;    ///< Widths in the order that their first request was answered.
  bool all_loaded = false;        ///< What keeps_all_loaded() says.
  std::string refused;            ///< A prompt whose last message is this is refused.
  std::vector<BitWidth> answers;  ///< Width of every request that was answered, in order.
  std::function<void()> on_step;  ///< Called before every step.
  std::function<void(BitWidth)> on_width;  ///< May throw Error: the width can't be loaded.

  /// What it answers. Wider variants are right more often; lengths differ.
  static std::string answer(BitWidth bits, const std::string& prompt) {
    const size_t seed = prompt.size() * 7 + static_cast<unsigned char>(prompt.back());
    const bool right = seed % 5 * 3 <= static_cast<size_t>(bits.bits);
    return (right ? "#### 42" : "#### 41") + std::string(seed % 4, '!');
  }

  std::vector<BitWidth> bit_widths() const override { return {{2}, {4}}; }
  int context_tokens(BitWidth) override { return context; }
  bool keeps_all_loaded() const override { return all_loaded; }

  RequestId submit(Request request) override {
    Job job;
    job.request = std::move(request);
    job.left = answer(job.request.bits, job.request.messages.back().content);
    jobs_.emplace(++last_, std::move(job));
    most_in_flight = std::max(most_in_flight, jobs_.size());
    return last_;
  }

  /// Scored in the next step: a token a byte where text is given, logits over 256 tokens.
  RequestId submit(ScoreRequest request) override {
    scores_.emplace(++last_, std::move(request));
    most_in_flight = std::max(most_in_flight, jobs_.size() + scores_.size());
    return last_;
  }

  /// Of the token after `before`; they differ between widths, prompts and everything before.
  static std::vector<float> logits(BitWidth bits, const std::string& prompt,
                                   std::span<const int32_t> before) {
    uint32_t state = static_cast<uint32_t>(prompt.size());
    for (const int32_t token : before) state = state * 31 + static_cast<uint32_t>(token);
    std::vector<float> values(256);
    for (uint32_t token = 0; token < values.size(); ++token) {
      const uint32_t mixed = (token + 1) * (state % 97 + 1) * static_cast<uint32_t>(bits.bits);
      values[token] = static_cast<float>(mixed % 101) / 25.0f;
    }
    return values;
  }

  void cancel(RequestId id) override {
    cancelled_scores_.insert(id);
    if (jobs_.contains(id)) jobs_.at(id).cancelled = true;
  }

  bool step() override {
    if (on_step) on_step();
    std::vector<RequestId> ids;
    for (const auto& [id, job] : jobs_) ids.push_back(id);
    for (const RequestId id : ids) advance(id);
    ids.clear();
    for (const auto& [id, request] : scores_) ids.push_back(id);
    for (const RequestId id : ids) score(id);
    return !jobs_.empty() || !scores_.empty();
  }

 private:
  struct Job {
    Request request;
    std::string left;
    Completion completion;
    bool cancelled = false;
  };

  void advance(RequestId id) {
    Job& job = jobs_.at(id);
    const std::string& prompt = job.request.messages.back().content;
    if (static_cast<int>(prompt.size()) > context) {
      return fail(id, Error(ErrorCode::kTooLong, "too long"));
    }
    if (!refused.empty() && prompt == refused) {
      return fail(id, Error(ErrorCode::kUsage, "the template refuses it"));
    }
    try {
      if (on_width) on_width(job.request.bits);
    } catch (const Error& error) {
      return fail(id, error);
    }
    if (job.cancelled) return finish(id, FinishReason::kCancelled);
    const auto step = static_cast<float>(job.completion.tokens.size() + 1);
    Token token{job.left.front(), job.left.substr(0, 1),
                -step / (64.0f * static_cast<float>(job.request.bits.bits))};
    job.left.erase(0, 1);
    job.completion.text += token.text;
    job.completion.tokens.push_back(token);
    if (job.request.on_token) job.request.on_token(token);
    const auto most = std::min(static_cast<size_t>(job.request.options.max_tokens),
                               static_cast<size_t>(context) - prompt.size());
    if (job.left.empty()) return finish(id, FinishReason::kEndOfTurn);
    if (job.completion.tokens.size() == most) finish(id, FinishReason::kLength);
  }

  void score(RequestId id) {
    const ScoreRequest request = std::move(scores_.at(id));
    scores_.erase(id);
    const std::string& prompt = request.messages.back().content;
    ScoredContinuations result;
    result.bits = request.bits;
    result.prompt_tokens = static_cast<int>(prompt.size());
    result.continuations.resize(request.continuations.size());
    try {
      if (on_width) on_width(request.bits);
      for (size_t i = 0; i < request.continuations.size(); ++i) {
        if (cancelled_scores_.contains(id)) break;
        result.continuations[i] = score(request, i, prompt);
      }
    } catch (const Error& error) {
      if (!request.on_error) throw;
      return request.on_error(error);
    }
    result.seconds = 0.5;
    if (request.on_done) request.on_done(result);
  }

  std::vector<Token> score(const ScoreRequest& request, size_t index, const std::string& prompt) {
    std::vector<int32_t> ids = request.continuations[index].tokens;
    if (ids.empty()) {
      for (const char byte : request.continuations[index].text) {
        ids.push_back(static_cast<unsigned char>(byte));
      }
    }
    if (static_cast<int>(prompt.size() + ids.size()) > context) {
      throw Error(ErrorCode::kTooLong, "too long");
    }
    std::vector<Token> tokens;
    for (size_t at = 0; at < ids.size(); ++at) {
      const std::vector<float> scores = logits(request.bits, prompt, std::span(ids).subspan(0, at));
      double sum = 0;
      for (const float score : scores) sum += std::exp(score);
      if (request.on_logits) request.on_logits(index, at, scores);
      const double logprob = scores.at(static_cast<size_t>(ids[at])) - std::log(sum);
      tokens.push_back(
          {ids[at], std::string(1, static_cast<char>(ids[at])), static_cast<float>(logprob)});
    }
    return tokens;
  }

  void fail(RequestId id, const Error& error) {
    const auto on_error = jobs_.at(id).request.on_error;
    jobs_.erase(id);
    if (!on_error) throw Error(error);
    on_error(error);
  }

  void finish(RequestId id, FinishReason reason) {
    Job job = std::move(jobs_.at(id));
    jobs_.erase(id);
    job.completion.bits = job.request.bits;
    job.completion.finish = reason;
    job.completion.prompt_tokens = static_cast<int>(job.request.messages.back().content.size());
    job.completion.seconds = 0.5;
    job.completion.seconds_to_first_token = 0.25;
    ++answered;
    answers.push_back(job.request.bits);
    if (order.empty() || order.back() != job.request.bits) order.push_back(job.request.bits);
    if (job.request.on_done) job.request.on_done(job.completion);
  }

  std::map<RequestId, Job> jobs_;
  std::map<RequestId, ScoreRequest> scores_;
  std::set<RequestId> cancelled_scores_;
  RequestId last_ = 0;
};

/// Different prompts of two tasks; those of mini-gsm8k can be scored.
inline std::vector<Prompt> fake_prompts(int count) {
  std::vector<Prompt> prompts;
  for (int i = 0; i < count; ++i) {
    Prompt prompt;
    prompt.task = i % 3 == 0 ? "prompts" : "mini-gsm8k";
    prompt.split = "train";
    prompt.id = "p" + std::to_string(i);
    prompt.messages = {{"user", "question " + std::to_string(i * i)}};
    if (i % 3 != 0) prompt.reference.answers = {"42"};
    prompts.push_back(prompt);
  }
  return prompts;
}

/// Two variants, 2 and 4 bits.
inline Ladder fake_ladder() {
  Ladder ladder;
  ladder.base_model = "fake";
  ladder.architecture = "fake";
  for (const int bits : {2, 4}) {
    Variant variant;
    variant.bits = {bits};
    variant.sha256 = "sha-" + std::to_string(bits);
    variant.type = "F";
    ladder.variants.push_back(variant);
  }
  return ladder;
}

}  // namespace paq
