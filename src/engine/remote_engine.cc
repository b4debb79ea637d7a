// SPDX-License-Identifier: MIT
// Turns, connections and retries: which request goes to its endpoint when, and what a failure
// means.
#include "engine/remote_engine.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "core/error.h"
#include "engine/remote_backoff.h"
#include "engine/remote_http.h"
#include "engine/remote_open.h"
#include "engine/remote_task.h"
#include "engine/sampling.h"

namespace paq {
namespace {

constexpr double kLongestWait = 0.1;  // Of one step.
constexpr size_t kLongestFault = 64 * 1024;

struct Endpoint;

struct RemoteJob {
  RequestId id = 0;
  Endpoint* endpoint = nullptr;
  std::unique_ptr<RemoteTask> task;
  int attempts = 0;          // That broke off or were faulty.
  uint64_t transfer = 0;     // 0 while it waits.
  std::string fault_body;    // Of a response with an error status.
  std::optional<Error> bad;  // Why the body is not what was asked for.
};
using JobPointer = std::shared_ptr<RemoteJob>;

struct Endpoint {
  RemoteTarget target;
  Backoff backoff;
  std::deque<JobPointer> waiting;
  int running = 0;
  std::string last_failure;
};

class RemoteEngineImpl : public Engine {
 public:
  RemoteEngineImpl(const RemoteEngineOptions& options, std::vector<RemoteTarget> targets)
      : options_(options) {
    for (RemoteTarget& target : targets) {
      const auto bits = static_cast<uint64_t>(target.model.bits.bits);
      endpoints_.push_back(std::make_unique<Endpoint>(
          Endpoint{std::move(target), Backoff(backoff_options(options, bits)), {}, 0, {}}));
    }
  }

  std::vector<BitWidth> bit_widths() const override {
    std::vector<BitWidth> widths;
    for (const auto& endpoint : endpoints_) widths.push_back(endpoint->target.model.bits);
    return widths;
  }

  int context_tokens(BitWidth bits) override { return endpoint_of(bits).target.context_tokens; }

  bool keeps_all_loaded() const override { return true; }

  RequestId submit(Request request) override {
    check_options(request.options);
    Endpoint& endpoint = endpoint_of(request.bits);
    return enqueue(endpoint, make_generate_task(std::move(request), endpoint.target));
  }

  RequestId submit(ScoreRequest request) override {
    Endpoint& endpoint = endpoint_of(request.bits);
    check_continuations(request);
    const std::optional<Error> error = why_not_scored(request, endpoint.target);
    const RequestId id = enqueue(endpoint, make_score_task(std::move(request), endpoint.target));
    if (error) gone_.push_back({jobs_.at(id), error});  // Told by the next step, as all else is.
    return id;
  }

  void cancel(RequestId id) override {
    const std::lock_guard lock(cancelled_mutex_);
    cancelled_.push_back(id);
    http_.wake();
  }

  bool step() override {
    if (!settle_all()) {  // Else a callback that threw has left something to do.
      apply_cancellations();
      for (const auto& endpoint : endpoints_) start_waiting(*endpoint);
      for (HttpNews& news : http_.run(wait_seconds())) news_.push_back(std::move(news));
      settle_all();
    }
    return !jobs_.empty();
  }

 private:
  using Clock = std::chrono::steady_clock;

  double now() const { return std::chrono::duration<double>(Clock::now() - opened_).count(); }

  Endpoint& endpoint_of(BitWidth bits) {
    for (const auto& endpoint : endpoints_) {
      if (endpoint->target.model.bits == bits) return *endpoint;
    }
    const std::vector<BitWidth> widths = bit_widths();
    throw Error(ErrorCode::kNotFound, "there is no endpoint for " + to_string(bits) +
                                          " bits; there are some for " + to_string(widths));
  }

  RequestId enqueue(Endpoint& endpoint, std::unique_ptr<RemoteTask> task) {
    auto job = std::make_shared<RemoteJob>();
    job->id = ++last_id_;
    job->endpoint = &endpoint;
    job->task = std::move(task);
    endpoint.waiting.push_back(job);
    jobs_.emplace(job->id, job);
    return job->id;
  }

  void start_waiting(Endpoint& endpoint) {
    while (!endpoint.waiting.empty() && endpoint.running < options_.max_requests &&
           endpoint.backoff.may_start(now())) {
      const JobPointer job = endpoint.waiting.front();
      endpoint.waiting.pop_front();
      RemoteExchange exchange = job->task->begin();
      job->fault_body.clear();
      job->bad.reset();
      job->transfer = http_.start({.url = std::move(exchange.url),
                                   .body = std::move(exchange.body),
                                   .bearer_token = options_.api_key,
                                   .silent_seconds = options_.silent_seconds});
      transfers_[job->transfer] = job;
      ++endpoint.running;
      endpoint.backoff.started(now());
    }
  }

  // Until bytes may come or a failing endpoint may be asked again.
  double wait_seconds() const {
    double wait = kLongestWait;
    for (const auto& endpoint : endpoints_) {
      if (endpoint->waiting.empty() || endpoint->running >= options_.max_requests) continue;
      wait = std::min(wait, std::max(0.001, endpoint->backoff.next_start() - now()));
    }
    return jobs_.empty() ? 0 : wait;
  }

  void apply_cancellations() {
    std::vector<RequestId> ids;
    {
      const std::lock_guard lock(cancelled_mutex_);
      ids.swap(cancelled_);
    }
    // Those behind one whose callback throws keep their turn.
    for (const RequestId id : ids) {
      if (const auto found = jobs_.find(id); found != jobs_.end()) gone_.push_back({found->second});
    }
    settle_all();
  }

  // Tells requests what became of them, one by one, so that a callback that throws loses only its
  // own. False where there was nothing.
  bool settle_all() {
    bool any = false;
    while (!gone_.empty() || !news_.empty()) {
      any = true;
      if (!gone_.empty()) {
        const Gone gone = std::move(gone_.front());
        gone_.pop_front();
        if (!jobs_.contains(gone.job->id)) continue;
        forget(*gone.job);
        gone.error ? gone.job->task->tell_error(*gone.error) : gone.job->task->tell_cancelled();
        continue;
      }
      const HttpNews news = std::move(news_.front());
      news_.pop_front();
      const auto found = transfers_.find(news.id);
      if (found == transfers_.end()) continue;
      const JobPointer job = found->second;
      try {
        settle(*job, news);
      } catch (...) {
        forget(*job);
        throw;
      }
    }
    return any;
  }

  void settle(RemoteJob& job, const HttpNews& news) {
    if (!news.finished) {
      take_bytes(job, news);
      return;
    }
    release(job);
    if (news.failure != HttpFailure::kNone) {
      settle_failure(job, news);
    } else if (news.status == 200) {
      settle_answer(job);
    } else {
      settle_status(job, news);
    }
  }

  static void take_bytes(RemoteJob& job, const HttpNews& news) {
    if (news.status != 200) {
      if (job.fault_body.size() < kLongestFault) job.fault_body += news.bytes;
      return;
    }
    if (job.bad) return;
    try {
      job.task->receive(news.bytes);
    } catch (const Error& error) {
      job.bad = error;
      return;
    }
    job.task->tell_progress();
  }

  void settle_answer(RemoteJob& job) {
    RemoteEnd end;
    if (!job.bad) {
      try {
        end = job.task->end();
      } catch (const Error& error) {
        job.bad = error;
      }
    }
    if (job.bad) {
      settle_bad_attempt(job, job.bad->what());
      return;
    }
    job.endpoint->backoff.worked();
    job.attempts = 0;
    if (end.error) {
      fail(job, *end.error);
    } else if (!end.answered) {
      wait_again(job);
    } else {
      job.task->tell_progress();
      forget(job);
      job.task->tell_done();
    }
  }

  void settle_failure(RemoteJob& job, const HttpNews& news) {
    switch (news.failure) {
      case HttpFailure::kUnreachable:
        settle_absence(job, news.reason, 0);
        break;
      case HttpFailure::kBrokenOff:
      case HttpFailure::kTimedOut:
        settle_bad_attempt(job, news.reason);
        break;
      default:
        fail(job, Error(ErrorCode::kEngine,
                        job.endpoint->target.url + " can't be asked: " + news.reason));
    }
  }

  void settle_status(RemoteJob& job, const HttpNews& news) {
    const RemoteFault fault = read_fault(news.status, job.fault_body);
    switch (kind_of(news.status, fault)) {
      case StatusKind::kBusy:
        settle_absence(job, fault.message, news.retry_after_seconds);
        return;
      case StatusKind::kBroken:
        settle_bad_attempt(job, fault.message);
        return;
      case StatusKind::kRefused: {
        job.endpoint->backoff.worked();
        const std::optional<Error> error = job.task->refused(fault);
        error ? fail(job, *error) : wait_again(job);
        return;
      }
      case StatusKind::kWrong:
        fail(job, error_of_status(job.endpoint->target.url, news.status, fault));
    }
  }

  // The endpoint is away or busy, for which its request is not to blame.
  void settle_absence(RemoteJob& job, const std::string& why, double at_least) {
    Endpoint& endpoint = *job.endpoint;
    endpoint.last_failure = why;
    endpoint.backoff.failed(now(), std::min(at_least, options_.patience_seconds));
    wait_again(job);
    if (!endpoint.backoff.lost(now())) return;
    const int seconds = static_cast<int>(endpoint.backoff.failing_for(now()));
    const Error error(ErrorCode::kEngine,
                      endpoint.target.url + " has not answered for " + std::to_string(seconds) +
                          " seconds, at last: " + why +
                          "; start it again and run the same command again to go on");
    for (const JobPointer& waiting : endpoint.waiting) gone_.push_back({waiting, error});
  }

  // It may be the request that does this to the endpoint, so it has only so many attempts.
  void settle_bad_attempt(RemoteJob& job, const std::string& why) {
    Endpoint& endpoint = *job.endpoint;
    if (++job.attempts < options_.attempts) {
      settle_absence(job, why, 0);
      return;
    }
    endpoint.backoff.failed(now());
    fail(job, Error(ErrorCode::kEngine,
                    endpoint.target.url + " failed " + std::to_string(job.attempts) +
                        " times at a request, at last: " + why + "; see the server's log"));
  }

  void fail(RemoteJob& job, const Error& error) {
    forget(job);
    job.task->tell_error(error);
  }

  // In front, so that requests are answered about in the order they came in.
  void wait_again(RemoteJob& job) { job.endpoint->waiting.push_front(jobs_.at(job.id)); }

  void release(RemoteJob& job) {
    if (job.transfer == 0) return;
    transfers_.erase(std::exchange(job.transfer, 0));
    --job.endpoint->running;
  }

  void forget(RemoteJob& job) {
    if (job.transfer != 0) http_.stop(job.transfer);
    release(job);
    std::erase_if(job.endpoint->waiting, [&](const auto& other) { return other->id == job.id; });
    jobs_.erase(job.id);
  }

  struct Gone {
    JobPointer job;
    std::optional<Error> error = {};  // None: it was cancelled.
  };

  RemoteEngineOptions options_;
  Clock::time_point opened_ = Clock::now();
  HttpTransfers http_;
  std::vector<std::unique_ptr<Endpoint>> endpoints_;
  std::map<RequestId, JobPointer> jobs_;
  std::map<uint64_t, JobPointer> transfers_;
  std::deque<HttpNews> news_;
  std::deque<Gone> gone_;
  RequestId last_id_ = 0;
  std::mutex cancelled_mutex_;
  std::vector<RequestId> cancelled_;
};

}  // namespace

RemoteEngine open_remote_engine(const RemoteEngineOptions& options) {
  std::vector<RemoteTarget> targets = open_targets(options);
  RemoteEngine opened;
  for (const RemoteTarget& target : targets) opened.models.push_back(target.model);
  opened.engine = std::make_unique<RemoteEngineImpl>(options, std::move(targets));
  return opened;
}

}  // namespace paq
