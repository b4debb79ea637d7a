// SPDX-License-Identifier: MIT
// A submitted request on its way through the engine, and what it is told. Internal to engine/.
#pragma once

#include <chrono>
#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/completion.h"
#include "core/error.h"
#include "engine/engine.h"

namespace paq {

struct Job {
  using Clock = std::chrono::steady_clock;

  RequestId id = 0;
  std::variant<Request, ScoreRequest> request;
  Clock::time_point submitted = Clock::now();

  /// Null where the request is of the other kind.
  const Request* generation() const { return std::get_if<Request>(&request); }
  const ScoreRequest* scoring() const { return std::get_if<ScoreRequest>(&request); }

  BitWidth bits() const {
    return std::visit([](const auto& asked) { return asked.bits; }, request);
  }
  const std::vector<Message>& messages() const {
    return std::visit(
        [](const auto& asked) -> const auto& { return asked.messages; }, request);
  }
  PromptForm form() const {
    return generation() != nullptr ? generation()->options.form : scoring()->form;
  }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - submitted).count(); }
};

/// Something to tell a request's callbacks. Kept until delivered, so that a callback that throws
/// loses only its own request.
struct Event {
  std::shared_ptr<const Job> job;
  /// The string is on_text's; the exception is what the request's own on_logits threw.
  std::variant<Token, std::string, Completion, ScoredContinuations, Error, std::exception_ptr> what;
};
using EventQueue = std::deque<Event>;

}  // namespace paq
