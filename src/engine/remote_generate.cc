// SPDX-License-Identifier: MIT
// Generation: one exchange, whose answer comes whole or as a stream.
#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/remote_events.h"
#include "engine/remote_task.h"

namespace paq {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kLongestBody = size_t{64} << 20;
// Times that max_tokens is lowered to what the context leaves.
constexpr int kMostFits = 2;

class GenerateTask : public RemoteTask {
 public:
  GenerateTask(Request request, const RemoteTarget& target)
      : request_(std::move(request)),
        target_(target),
        streamed_(streams(target.model.server, request_.options.form)),
        max_tokens_(request_.options.max_tokens) {}

  RemoteExchange begin() override {
    reader_.emplace(target_.model.server, !request_.options.stop.empty());
    events_ = {};
    body_.clear();
    started_ = Clock::now();
    first_token_seconds_.reset();
    return {target_.url + std::string(path_of(request_.options.form)),
            request_body(request_, {.server = target_.model.server,
                                    .model = target_.model.name,
                                    .logprobs = target_.logprobs,
                                    .max_tokens = max_tokens_})};
  }

  void receive(std::string_view bytes) override {
    if (!streamed_) {
      if (body_.size() + bytes.size() > kLongestBody) {
        throw Error(ErrorCode::kEngine, "the answer has more than 64 MiB");
      }
      body_ += bytes;
      return;
    }
    for (const std::string& event : events_.append(bytes)) take(event);
  }

  RemoteEnd end() override {
    if (!streamed_) take(body_);
    if (!reader_->complete()) {
      throw Error(ErrorCode::kEngine, "the answer ended before its end was told");
    }
    completion_ = reader_->completion();
    completion_.bits = request_.bits;
    completion_.seconds = seconds();
    double first = first_token_seconds_.value_or(completion_.seconds);
    if (const auto generating = reader_->generation_seconds(); generating && !streamed_) {
      first = std::max(0.0, completion_.seconds - *generating);
    }
    completion_.seconds_to_first_token = first;
    return {.answered = true, .error = fault_of_answer()};
  }

  std::optional<Error> refused(const RemoteFault& fault) override {
    if (fault.too_long) {
      if (fault.prompt_tokens && fault.context_tokens && fits_ < kMostFits) {
        const int left = *fault.context_tokens - *fault.prompt_tokens;
        if (left >= 1 && left < max_tokens_) {  // vLLM refuses where the longest answer won't fit.
          max_tokens_ = left;
          ++fits_;
          return std::nullopt;
        }
      }
      return Error(
          ErrorCode::kTooLong,
          "the prompt" +
              (fault.prompt_tokens ? " has " + std::to_string(*fault.prompt_tokens) + " tokens and"
                                   : std::string()) +
              " does not fit the context of " +
              std::to_string(fault.context_tokens.value_or(target_.context_tokens)) +
              " tokens that " + target_.url + " has");
    }
    if (fault.message.find("logprob") != std::string::npos) {
      return Error(ErrorCode::kEngine, target_.url + " gives no log-probabilities (" +
                                           fault.message + ")" + kWithoutLogprobs);
    }
    return Error(ErrorCode::kUsage, target_.url + " refuses the prompt: " + fault.message);
  }

  void tell_progress() override {
    if (request_.on_token) {
      while (told_tokens_ < reader_->tokens().size()) {
        request_.on_token(reader_->tokens()[told_tokens_++]);
      }
    }
    const std::string& text = reader_->text();
    if (!request_.on_text || text.size() <= told_text_.size()) return;
    if (!text.starts_with(told_text_)) return;  // fault_of_answer() will say so
    const std::string more = text.substr(told_text_.size());
    told_text_ = text;
    request_.on_text(more);
  }

  void tell_done() override {
    if (request_.on_done) request_.on_done(completion_);
  }

  void tell_cancelled() override {
    Completion partial = reader_ ? reader_->completion() : Completion{};
    partial.bits = request_.bits;
    partial.finish = FinishReason::kCancelled;
    partial.seconds = reader_ ? seconds() : 0;
    partial.seconds_to_first_token = first_token_seconds_.value_or(partial.seconds);
    if (request_.on_done) request_.on_done(partial);
  }

  void tell_error(const Error& error) override {
    if (!request_.on_error) throw Error(error);
    request_.on_error(error);
  }

 private:
  static constexpr const char* kWithoutLogprobs =
      "; perplexities need them, as llama-server, vLLM and SGLang give them; without perplexities, "
      "ask for scores alone";

  double seconds() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

  void take(std::string_view document) {
    reader_->read(document);
    if (!first_token_seconds_ && (!reader_->text().empty() || !reader_->tokens().empty())) {
      first_token_seconds_ = seconds();
    }
  }

  std::optional<Error> fault_of_answer() const {
    if (target_.logprobs && completion_.tokens.empty() && !completion_.text.empty()) {
      return Error(ErrorCode::kEngine,
                   target_.url + " answers without log-probabilities" + kWithoutLogprobs);
    }
    // After an attempt that had told some of it.
    if (request_.on_text && !completion_.text.starts_with(told_text_)) {
      return Error(ErrorCode::kEngine, target_.url +
                                           " broke off an answer that had been passed on and then "
                                           "gave another; ask again");
    }
    return std::nullopt;
  }

  Request request_;
  RemoteTarget target_;
  bool streamed_;
  int max_tokens_;
  int fits_ = 0;

  // Of this attempt.
  std::optional<AnswerReader> reader_;
  EventReader events_;
  std::string body_;
  Clock::time_point started_;
  std::optional<double> first_token_seconds_;

  Completion completion_;
  size_t told_tokens_ = 0;  // Over all attempts: what was told is not told again.
  std::string told_text_;
};

}  // namespace

std::unique_ptr<RemoteTask> make_generate_task(Request request, const RemoteTarget& target) {
  return std::make_unique<GenerateTask>(std::move(request), target);
}

}  // namespace paq
