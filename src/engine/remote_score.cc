// SPDX-License-Identifier: MIT
// Scoring of given text, which vLLM alone can do: the tokens of the prompt and of each continuation
// are asked for, then the log-probabilities of both together.
#include <chrono>
#include <utility>

#include "engine/remote_score_wire.h"
#include "engine/remote_task.h"

namespace paq {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kLongestBody = size_t{256} << 20;

class ScoreTask : public RemoteTask {
 public:
  ScoreTask(ScoreRequest request, const RemoteTarget& target)
      : request_(std::move(request)), target_(target) {
    for (const Continuation& continuation : request_.continuations) {
      continuations_.push_back(continuation.tokens);
    }
    scored_.bits = request_.bits;
    scored_.continuations.resize(continuations_.size());
  }

  RemoteExchange begin() override {
    body_.clear();
    const std::string& model = target_.model.name;
    const std::string root = target_.url.substr(0, target_.url.rfind("/v1"));
    if (prompt_.empty()) return {root + "/tokenize", tokenize_prompt_body(request_, model)};
    if (const size_t i = untokenized(); i < continuations_.size()) {
      return {root + "/tokenize", tokenize_text_body(request_.continuations[i].text, model)};
    }
    std::vector<int32_t> tokens = prompt_;
    const std::vector<int32_t>& continuation = continuations_[next_];
    tokens.insert(tokens.end(), continuation.begin(), continuation.end());
    return {target_.url + std::string(path_of(PromptForm::kRaw)),
            prompt_logprobs_body(tokens, model)};
  }

  void receive(std::string_view bytes) override {
    if (body_.size() + bytes.size() > kLongestBody) {
      throw Error(ErrorCode::kEngine, "the answer has more than 256 MiB");
    }
    body_ += bytes;
  }

  RemoteEnd end() override {
    if (prompt_.empty()) {
      prompt_ = read_tokens(body_);
      scored_.prompt_tokens = static_cast<int>(prompt_.size());
      if (prompt_.empty()) return {.error = Error(ErrorCode::kUsage, "the prompt has no tokens")};
      return {.answered = false};
    }
    if (const size_t i = untokenized(); i < continuations_.size()) {
      continuations_[i] = read_tokens(body_);
      if (continuations_[i].empty()) {
        return {.error = Error(ErrorCode::kUsage, "a continuation has no tokens")};
      }
      return {.answered = false};
    }
    scored_.continuations[next_] = read_prompt_logprobs(body_, continuations_[next_]);
    scored_.seconds = std::chrono::duration<double>(Clock::now() - submitted_).count();
    return {.answered = ++next_ == continuations_.size()};
  }

  std::optional<Error> refused(const RemoteFault& fault) override {
    if (fault.too_long) {
      return Error(ErrorCode::kTooLong,
                   "the prompt and its continuation do not fit the context of " +
                       std::to_string(fault.context_tokens.value_or(target_.context_tokens)) +
                       " tokens that " + target_.url + " has");
    }
    return Error(ErrorCode::kUsage, target_.url + " refuses to score: " + fault.message);
  }

  void tell_done() override {
    if (request_.on_done) request_.on_done(scored_);
  }

  void tell_cancelled() override { tell_done(); }

  void tell_error(const Error& error) override {
    if (!request_.on_error) throw Error(error);
    request_.on_error(error);
  }

 private:
  // The first continuation whose tokens are not known.
  size_t untokenized() const {
    size_t i = 0;
    while (i < continuations_.size() && !continuations_[i].empty()) ++i;
    return i;
  }

  ScoreRequest request_;
  RemoteTarget target_;
  std::string body_;
  std::vector<int32_t> prompt_;
  std::vector<std::vector<int32_t>> continuations_;
  size_t next_ = 0;
  ScoredContinuations scored_;
  Clock::time_point submitted_ = Clock::now();
};

}  // namespace

std::optional<Error> why_not_scored(const ScoreRequest& request, const RemoteTarget& target) {
  constexpr const char* kInstead =
      "; score with the embedded engine, on the ladder's files (without --engine)";
  if (target.model.server != RemoteServer::kVllm) {
    return Error(ErrorCode::kUsage, target.url +
                                        " can't score given text: of the servers known, vLLM "
                                        "alone can" +
                                        kInstead);
  }
  if (request.on_logits) {
    return Error(ErrorCode::kUsage,
                 target.url + " gives no logits, nor does any other server" + kInstead);
  }
  return std::nullopt;
}

std::unique_ptr<RemoteTask> make_score_task(ScoreRequest request, const RemoteTarget& target) {
  return std::make_unique<ScoreTask>(std::move(request), target);
}

}  // namespace paq
