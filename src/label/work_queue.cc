// SPDX-License-Identifier: MIT
#include "label/work_queue.h"

#include <algorithm>
#include <utility>

namespace paq {
namespace {

double seconds_between(std::chrono::steady_clock::time_point begin,
                       std::chrono::steady_clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

// Joins what an engine calls with the id that it gives; it may call before submit() has returned.
struct Link {
  RequestId id = 0;
  bool ended = false;
};

}  // namespace

void WorkQueue::ask(std::optional<Turn> turn, const Submit& submit) {
  const auto mailbox = mailbox_;
  const auto link = std::make_shared<Link>();
  const auto end = [mailbox, link] {
    mailbox->running.erase(link->id);
    link->ended = true;
  };
  AnswerCallbacks callbacks;
  callbacks.on_token = [mailbox] { ++mailbox->tokens; };
  callbacks.on_done = [mailbox, end, turn](const Completion& completion) {
    end();
    if (turn && completion.finish != FinishReason::kCancelled) {
      mailbox->finished.push_back({*turn, completion});
    }
  };
  callbacks.on_error = [mailbox, end, turn](const Error& error) {
    end();
    const bool of_this_prompt =
        error.code() == ErrorCode::kTooLong || error.code() == ErrorCode::kUsage;
    if (of_this_prompt) {
      if (turn) mailbox->refused.emplace_back(*turn, error);
    } else if (!mailbox->failure) {
      mailbox->failure = error;
    }
  };
  const auto now = Clock::now();
  const bool has_place = tickets_.size() < places_;
  link->id = submit(std::move(callbacks));
  if (link->ended) return;
  mailbox->running.insert(link->id);
  tickets_.push_back({link->id, turn, now, now, has_place});
}

bool WorkQueue::step() {
  const bool more = engine_.step();
  const auto now = Clock::now();
  for (Finished& finished : mailbox_->finished) {
    const auto ticket = std::find_if(tickets_.begin(), tickets_.end(), [&](const Ticket& known) {
      return known.turn && *known.turn == finished.turn;
    });
    if (ticket == tickets_.end() || !ticket->has_place) continue;
    Completion& completion = finished.completion;
    const double waited = std::clamp(seconds_between(ticket->asked, ticket->placed), 0.0,
                                     completion.seconds_to_first_token);
    completion.seconds -= waited;
    completion.seconds_to_first_token -= waited;
  }
  std::erase_if(tickets_,
                [&](const Ticket& ticket) { return !mailbox_->running.contains(ticket.id); });
  for (size_t i = 0; i < std::min(places_, tickets_.size()); ++i) {
    if (tickets_[i].has_place) continue;
    tickets_[i].has_place = true;
    tickets_[i].placed = now;
  }
  return more;
}

std::vector<WorkQueue::Finished> WorkQueue::take_finished() {
  return std::exchange(mailbox_->finished, {});
}

std::vector<std::pair<Turn, Error>> WorkQueue::take_refused() {
  return std::exchange(mailbox_->refused, {});
}

void WorkQueue::abandon() {
  const std::set<RequestId> running = mailbox_->running;
  for (const RequestId id : running) engine_.cancel(id);
  // Every throw ends one request at least.
  for (size_t faults = 0; faults <= running.size(); ++faults) {
    try {
      while (engine_.step()) {
      }
      return;
    } catch (const std::exception&) {
      continue;
    }
  }
}

}  // namespace paq
