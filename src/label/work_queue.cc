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
  if (turn) callbacks.on_token = [mailbox, turn] { ++mailbox->tokens[turn->variant]; };
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
  link->id = submit(std::move(callbacks));
  if (link->ended) return;
  mailbox_->running.insert(link->id);
  if (!turn) return;
  std::deque<Ticket>& tickets = tickets_[turn->variant];
  tickets.push_back({link->id, turn->prompt, now, now, tickets.size() < places_});
}

bool WorkQueue::step() {
  const bool more = engine_.step();
  const auto now = Clock::now();
  for (Finished& finished : mailbox_->finished) take_off_waiting(finished);
  for (auto& [variant, tickets] : tickets_) {
    std::erase_if(tickets,
                  [&](const Ticket& ticket) { return !mailbox_->running.contains(ticket.id); });
    for (size_t i = 0; i < std::min(places_, tickets.size()); ++i) {
      if (tickets[i].has_place) continue;
      tickets[i].has_place = true;
      tickets[i].placed = now;
    }
  }
  return more;
}

void WorkQueue::take_off_waiting(Finished& finished) const {
  const auto of_variant = tickets_.find(finished.turn.variant);
  if (of_variant == tickets_.end()) return;  // Answered before it was waiting.
  const std::deque<Ticket>& tickets = of_variant->second;
  const auto ticket = std::ranges::find(tickets, finished.turn.prompt, &Ticket::prompt);
  // An engine may let a request overtake others; then its waiting is not known.
  if (ticket == tickets.end() || !ticket->has_place) return;
  Completion& completion = finished.completion;
  const double waited = std::clamp(seconds_between(ticket->asked, ticket->placed), 0.0,
                                   completion.seconds_to_first_token);
  completion.seconds -= waited;
  completion.seconds_to_first_token -= waited;
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
