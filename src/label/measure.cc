// SPDX-License-Identifier: MIT
#include "label/measure.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "label/answer.h"
#include "label/divergence.h"

namespace paq {
namespace {

using Clock = std::chrono::steady_clock;

// A response, what the largest variant makes of it, and who has yet to rate it.
struct Item {
  const Prompt* prompt = nullptr;
  OutcomeSource source = {};
  std::string response = {};  // response_hash()
  Continuation continuation = {};
  std::vector<size_t> pending = {};  // Variants, ascending.
  int64_t most_tokens = 0;

  std::vector<KeptPrediction> predictions = {};
  std::vector<Token> reference = {};
  bool refused = false;
};

// What one variant makes of a response.
struct Rating {
  std::vector<Token> tokens = {};
  double divergence = 0, lumped = 0;
  int64_t same = 0, predictions = 0;
};

double mean_logprob(const std::vector<Token>& tokens) {
  double sum = 0;
  for (const Token& token : tokens) sum += token.logprob;
  return sum / static_cast<double>(tokens.size());
}

Comparison comparison_of(const Item& item, const Rating& rating, BitWidth bits) {
  Comparison comparison;
  comparison.bits = bits;
  comparison.reference = item.source.bits;
  comparison.tokens = static_cast<int>(rating.tokens.size());
  comparison.logprob = mean_logprob(rating.tokens);
  comparison.reference_logprob = mean_logprob(item.reference);
  if (rating.predictions == comparison.tokens) {
    const double count = comparison.tokens;
    comparison.divergence = rating.divergence / count;
    comparison.agreement = static_cast<double>(rating.same) / count;
    comparison.lumped = rating.lumped / count;
  }
  for (const Token& token : rating.tokens) comparison.logprobs.push_back(token.logprob);
  return comparison;
}

class Measurer {
 public:
  Measurer(Engine& engine, const Ladder& ladder, Store& store, const MeasureOptions& options)
      : engine_(engine), ladder_(ladder), store_(store), options_(options) {}

  MeasureSummary run(std::span<const Prompt> prompts) {
    started_ = Clock::now();
    std::vector<size_t> left;
    for (size_t i = 0; i < prompts.size(); ++i) {
      const Item item = look_up(prompts[i], /*count=*/true);
      pending_[&prompts[i]] = static_cast<int64_t>(item.pending.size());
      total_ += static_cast<int64_t>(item.pending.size());
      if (!item.pending.empty()) left.push_back(i);
    }
    work_off(prompts, std::move(left));
    summary_.seconds = seconds();
    return summary_;
  }

 private:
  // Written by the engine's callbacks, which share it, so that a late call finds it; nothing is
  // stored inside a callback, so that no fault of the store passes through the engine.
  struct Mailbox {
    std::set<RequestId> running;
    std::vector<std::pair<size_t, Rating>> finished;
    std::vector<std::pair<size_t, Error>> refused;
    std::optional<Error> failure;
  };

  Item look_up(const Prompt& prompt, bool count) {
    const Variant& largest = ladder_.variants.back();
    Item item;
    item.prompt = &prompt;
    item.source = {largest.bits, largest.sha256, answer_settings(prompt, options_.asked)};
    const auto outcome = store_.find_outcome(prompt, item.source);
    if (outcome) {
      item.response = response_hash(*outcome);
      item.continuation = {.text = outcome->response.value_or(""), .tokens = outcome->token_ids};
    }
    if (item.continuation.tokens.empty() && item.continuation.text.empty()) {
      summary_.unanswered += count;
      return item;
    }
    const size_t tokens = item.continuation.tokens.empty() ? item.continuation.text.size()
                                                           : item.continuation.tokens.size();
    item.most_tokens = static_cast<int64_t>(tokens);
    for (size_t v = 0; v + 1 < ladder_.variants.size(); ++v) {
      if (store_.has_comparison(prompt, ladder_.variants[v].bits, source_of(item, v),
                                options_.divergence)) {
        summary_.already_there += count;
      } else {
        item.pending.push_back(v);
      }
    }
    return item;
  }

  ComparisonSource source_of(const Item& item, size_t variant) const {
    return {ladder_.variants[variant].sha256, item.source, item.response};
  }

  double seconds() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

  void work_off(std::span<const Prompt> prompts, std::vector<size_t> left) {
    constexpr int64_t kBytesPerToken = kKeptTokens * (sizeof(int32_t) + sizeof(float));
    for (size_t next = 0; next < left.size();) {
      std::vector<Item> window;
      int64_t bytes = 0;
      if (crowded_) move_on(std::span(left).subspan(next));
      while (next < left.size()) {
        Item item = look_up(prompts[left[next]], /*count=*/false);
        count_elsewhere(pending_[item.prompt] - static_cast<int64_t>(item.pending.size()));
        pending_[item.prompt] = static_cast<int64_t>(item.pending.size());
        if (item.pending.empty()) {
          ++next;
          continue;
        }
        bytes += item.most_tokens * kBytesPerToken;
        if (!window.empty() && bytes > options_.memory_bytes) break;
        window.push_back(std::move(item));
        ++next;
      }
      try {
        rate_window(window);
      } catch (...) {
        abandon();  // While the window is there, which callbacks write to.
        throw;
      }
    }
  }

  void count_elsewhere(int64_t comparisons) {
    if (comparisons <= 0) return;
    summary_.elsewhere += comparisons;
    crowded_ = true;
  }

  // Two runs that take the same prompts in the same order would do all of them twice.
  void move_on(std::span<size_t> left) {
    crowded_ = false;
    if (left.size() < 2) return;
    std::rotate(left.begin(),
                left.begin() + static_cast<ptrdiff_t>(1 + random_.below(left.size() - 1)),
                left.end());
  }

  void rate_window(std::vector<Item>& window) {
    const size_t largest = ladder_.variants.size() - 1;
    std::vector<size_t> all;
    for (size_t i = 0; i < window.size(); ++i) all.push_back(i);
    rate(window, all, largest);
    for (size_t v = 0; v < largest; ++v) {
      std::vector<size_t> wanting;
      for (const size_t i : all) {
        const Item& item = window[i];
        const bool wants =
            std::find(item.pending.begin(), item.pending.end(), v) != item.pending.end();
        if (wants && !item.reference.empty()) wanting.push_back(i);
      }
      rate(window, wanting, v);
    }
  }

  // Has one variant rate some items of a window.
  void rate(std::vector<Item>& window, std::span<const size_t> items, size_t variant) {
    size_t next = 0;
    while (next < items.size() || !mailbox_->running.empty()) {
      stop_if_cancelled();
      while (next < items.size() &&
             mailbox_->running.size() < static_cast<size_t>(options_.concurrency)) {
        submit(window, items[next++], variant);
      }
      const bool more = engine_.step();
      keep_finished(window, variant);
      if (mailbox_->failure) throw Error(*mailbox_->failure);
      if (!more && !mailbox_->running.empty()) {
        throw Error(ErrorCode::kEngine, "the engine stopped with " +
                                            std::to_string(mailbox_->running.size()) +
                                            " responses unrated; run the command again to go on");
      }
      report(variant);
    }
  }

  void submit(std::vector<Item>& window, size_t index, size_t variant) {
    Item& item = window[index];
    ScoreRequest request;
    request.bits = ladder_.variants[variant].bits;
    request.messages = item.prompt->messages;
    request.form = options_.asked.form;
    request.continuations = {item.continuation};
    const auto rating = std::make_shared<Rating>();
    if (options_.divergence) request.on_logits = on_logits(item, variant, rating);
    struct Ticket {
      RequestId id = 0;
      bool ended = false;  // Perhaps before submit() has returned.
    };
    const auto ticket = std::make_shared<Ticket>();
    const auto end = [mailbox = mailbox_, ticket] {
      mailbox->running.erase(ticket->id);
      ticket->ended = true;
    };
    request.on_done = [mailbox = mailbox_, end, rating, index](const ScoredContinuations& scored) {
      end();
      if (scored.continuations.empty() || scored.continuations.front().empty()) return;
      rating->tokens = scored.continuations.front();
      mailbox->finished.emplace_back(index, std::move(*rating));
    };
    request.on_error = [mailbox = mailbox_, end, index](const Error& error) {
      end();
      if (error.code() == ErrorCode::kTooLong || error.code() == ErrorCode::kUsage) {
        mailbox->refused.emplace_back(index, error);
      } else if (!mailbox->failure) {
        mailbox->failure = error;
      }
    };
    ticket->id = engine_.submit(std::move(request));
    if (!ticket->ended) mailbox_->running.insert(ticket->id);
  }

  // The window outlives every request: rate() returns when none is running, and abandon() sees to
  // those of a rate() that threw.
  std::function<void(size_t, size_t, std::span<const float>)> on_logits(
      Item& item, size_t variant, const std::shared_ptr<Rating>& rating) const {
    if (variant + 1 == ladder_.variants.size()) {
      return [predictions = &item.predictions](size_t, size_t position,
                                               std::span<const float> logits) {
        if (predictions->size() <= position) predictions->resize(position + 1);
        (*predictions)[position] = keep_prediction(logits);
      };
    }
    return [predictions = &item.predictions, rating](size_t, size_t position,
                                                     std::span<const float> logits) {
      if (position >= predictions->size()) return;
      const KeptPrediction& reference = (*predictions)[position];
      const Divergence divergence = divergence_from(reference, logits);
      rating->divergence += divergence.nats;
      rating->lumped += reference.lumped;
      rating->same += divergence.same_likeliest;
      ++rating->predictions;
    };
  }

  void keep_finished(std::vector<Item>& window, size_t variant) {
    for (auto& [index, rating] : mailbox_->finished) {
      Item& item = window[index];
      summary_.tokens += static_cast<int64_t>(rating.tokens.size());
      if (variant + 1 == ladder_.variants.size()) {
        item.reference = std::move(rating.tokens);
        continue;
      }
      if (store_.put_comparison(*item.prompt, source_of(item, variant),
                                comparison_of(item, rating, ladder_.variants[variant].bits))) {
        ++summary_.added;
      } else {
        count_elsewhere(1);
      }
    }
    mailbox_->finished.clear();
    for (const auto& [index, error] : mailbox_->refused) {
      Item& item = window[index];
      if (std::exchange(item.refused, true)) continue;
      if (summary_.refused++ > 0) continue;
      summary_.first_refused = item.prompt->task + "/" + item.prompt->split + "/" +
                               item.prompt->id + ": " + error.what();
    }
    mailbox_->refused.clear();
  }

  void report(size_t variant) const {
    if (!options_.progress) return;
    Progress progress;
    progress.stage = "measuring " + to_string(ladder_.variants[variant].bits) + "-bit";
    progress.done = summary_.added + summary_.elsewhere;
    progress.total = total_;
    progress.unit = "comparisons";
    progress.seconds = seconds();
    const double rate =
        progress.seconds > 0 ? static_cast<double>(summary_.tokens) / progress.seconds : 0;
    progress.detail = std::to_string(static_cast<int64_t>(rate)) + " tokens/s";
    options_.progress(progress);
  }

  void stop_if_cancelled() const {
    if (options_.cancel == nullptr || !*options_.cancel) return;
    throw Error(ErrorCode::kCancelled, "stopped with " + std::to_string(summary_.added) + " of " +
                                           std::to_string(total_) +
                                           " comparisons stored; run the command again to go on");
  }

  // Lets the engine forget what is running. Its own faults no longer matter, but must not keep this
  // from ending: every throw ends one request at least.
  void abandon() {
    const std::set<RequestId> running = mailbox_->running;
    for (const RequestId id : running) engine_.cancel(id);
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

  Engine& engine_;
  const Ladder& ladder_;
  Store& store_;
  const MeasureOptions& options_;
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  MeasureSummary summary_;
  std::map<const Prompt*, int64_t> pending_;  // Comparisons that were to be had when last looked.
  Random random_{std::random_device{}()};     // Of where to go on; no result depends on it.
  bool crowded_ = false;                      // Another run was met.
  int64_t total_ = 0;
  Clock::time_point started_;
};

}  // namespace

MeasureSummary measure_comparisons(Engine& engine, const Ladder& ladder, Store& store,
                                   std::span<const Prompt> prompts, const MeasureOptions& options) {
  if (options.concurrency < 1 || options.memory_bytes < 0) {
    throw Error(ErrorCode::kUsage, "concurrency must be 1 or more and memory 0 or more");
  }
  store.add_variants(ladder);
  return Measurer(engine, ladder, store, options).run(prompts);
}

}  // namespace paq
