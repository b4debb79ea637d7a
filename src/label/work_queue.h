// SPDX-License-Identifier: MIT
// Requests that an engine has been given and what became of them.
//
// Nothing is stored and nothing thrown inside the engine's callbacks, so that no fault of the
// caller passes through the engine; the caller takes what is finished between two steps.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/completion.h"
#include "core/error.h"
#include "engine/engine.h"
#include "label/answer.h"

namespace paq {

/// One prompt for one variant, as indexes.
struct Turn {
  size_t variant = 0, prompt = 0;

  bool operator==(const Turn&) const = default;
};

class WorkQueue {
 public:
  /// The engine works on `places` requests of a variant at a time and keeps the others waiting.
  WorkQueue(Engine& engine, int places) : engine_(engine), places_(static_cast<size_t>(places)) {}

  /// Submits with the callbacks that it is given.
  using Submit = std::function<RequestId(AnswerCallbacks)>;

  /// Asks. Without a turn, the answer is dropped. Throws what `submit` throws.
  void ask(std::optional<Turn> turn, const Submit& submit);

  size_t running() const { return mailbox_->running.size(); }
  size_t running(size_t variant) const {
    const auto tickets = tickets_.find(variant);
    return tickets == tickets_.end() ? 0 : tickets->second.size();
  }

  /// One step of the engine; what it throws passes through. False where nothing is waiting.
  bool step();

  struct Finished {
    Turn turn;
    Completion completion;  ///< Its times count from when a place was free, not from asking.
  };

  /// Hands over what was answered since the last call, and what could not be asked.
  std::vector<Finished> take_finished();
  std::vector<std::pair<Turn, Error>> take_refused();

  /// The first error that concerns more than one prompt.
  const std::optional<Error>& failure() const { return mailbox_->failure; }

  /// Generated so far for a variant's turns, unfinished answers included.
  int64_t tokens(size_t variant) const {
    const auto tokens = mailbox_->tokens.find(variant);
    return tokens == mailbox_->tokens.end() ? 0 : tokens->second;
  }

  /// Has the engine forget what is running. Its faults no longer matter.
  void abandon();

 private:
  using Clock = std::chrono::steady_clock;

  /// Shared with the callbacks, so that an engine that calls one late finds it.
  struct Mailbox {
    std::set<RequestId> running;
    std::vector<Finished> finished;
    std::vector<std::pair<Turn, Error>> refused;
    std::optional<Error> failure;
    std::map<size_t, int64_t> tokens;  // Of each variant.
  };

  /// A request is taken to have a place once fewer than `places_` older ones of its variant are
  /// unfinished.
  struct Ticket {
    RequestId id = 0;
    size_t prompt = 0;
    Clock::time_point asked, placed;
    bool has_place = false;
  };

  void take_off_waiting(Finished& finished) const;

  Engine& engine_;
  size_t places_;
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  // Of running requests, by variant, in the order of asking.
  std::map<size_t, std::deque<Ticket>> tickets_;
};

}  // namespace paq
