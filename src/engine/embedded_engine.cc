// SPDX-License-Identifier: MIT
// Takes requests, gives every variant with work its turn, and tells requests what became of them.
#include "engine/embedded_engine.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <utility>

#include "core/error.h"
#include "engine/job.h"
#include "engine/sampling.h"
#include "engine/variant_scheduler.h"
#include "engine/variant_source.h"
#include "ladder/llama_log.h"

namespace paq {
namespace {

class EmbeddedEngine : public Engine {
 public:
  EmbeddedEngine(const Ladder& ladder, const EmbeddedEngineOptions& options)
      : options_(options), pool_(make_threadpool(options.threads)) {
    for (const Variant& variant : ladder.variants) {
      schedulers_.push_back(std::make_unique<VariantScheduler>(source_of(ladder, variant, options_),
                                                               options_, pool_.get(), events_));
    }
  }

  // Pieces of some megabytes come from the heap, which keeps what it was given back; what is opened
  // after this engine would have to lie beside that.
  ~EmbeddedEngine() override {
    schedulers_.clear();
#ifdef __GLIBC__
    ::malloc_trim(0);
#endif
  }

  std::vector<BitWidth> bit_widths() const override {
    std::vector<BitWidth> widths;
    for (const auto& scheduler : schedulers_) widths.push_back(scheduler->bits());
    return widths;
  }

  int context_tokens(BitWidth bits) override { return scheduler_of(bits).context_tokens(); }

  // Weights that are mapped into memory are read from the disk again where others took their place.
  bool keeps_all_loaded() const override {
    uintmax_t bytes = 0;
    for (const auto& scheduler : schedulers_)
      bytes += std::filesystem::file_size(scheduler->path());
    const auto memory = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                        static_cast<double>(::sysconf(_SC_PAGESIZE));
    return static_cast<double>(bytes) < 0.75 * memory;
  }

  EngineStats stats() const override {
    EngineStats sum;
    for (const auto& scheduler : schedulers_) {
      const EngineStats& one = scheduler->stats();
      sum.prefill_tokens += one.prefill_tokens;
      sum.reused_tokens += one.reused_tokens;
      sum.decode_tokens += one.decode_tokens;
      sum.batches += one.batches;
    }
    return sum;
  }

  RequestId submit(Request request) override {
    check_options(request.options);
    const BitWidth bits = request.bits;
    return enqueue(bits, std::move(request));
  }

  RequestId submit(ScoreRequest request) override {
    check_continuations(request);
    const BitWidth bits = request.bits;
    return enqueue(bits, std::move(request));
  }

  void cancel(RequestId id) override {
    const std::lock_guard lock(cancelled_mutex_);
    cancelled_.push_back(id);
  }

  bool step() override {
    deliver();  // what a callback that threw left behind
    apply_cancellations();
    for (size_t i = 0; i < schedulers_.size(); ++i) {
      VariantScheduler& scheduler = *schedulers_[next_];
      next_ = (next_ + 1) % schedulers_.size();
      if (!scheduler.has_work()) continue;
      scheduler.step();
      break;
    }
    deliver();
    return has_work();
  }

 private:
  bool has_work() const {
    return std::ranges::any_of(schedulers_, [](const auto& s) { return s->has_work(); });
  }

  RequestId enqueue(BitWidth bits, std::variant<Request, ScoreRequest> request) {
    VariantScheduler& scheduler = scheduler_of(bits);
    auto job = std::make_shared<Job>();
    job->id = ++last_id_;
    job->request = std::move(request);
    scheduler.enqueue(job);
    return job->id;
  }

  VariantScheduler& scheduler_of(BitWidth bits) {
    for (const auto& scheduler : schedulers_) {
      if (scheduler->bits() == bits) return *scheduler;
    }
    const std::vector<BitWidth> widths = bit_widths();
    throw Error(ErrorCode::kNotFound, "there is no " + to_string(bits) +
                                          "-bit variant; this ladder has " + to_string(widths) +
                                          " bits");
  }

  void apply_cancellations() {
    std::vector<RequestId> ids;
    {
      const std::lock_guard lock(cancelled_mutex_);
      ids.swap(cancelled_);
    }
    for (const RequestId id : ids) {
      std::ranges::any_of(schedulers_, [&](const auto& s) { return s->cancel(id); });
    }
  }

  void deliver() {
    while (!events_.empty()) {
      const Event event = std::move(events_.front());
      events_.pop_front();
      try {
        tell(event);
      } catch (...) {
        drop(event.job->id);
        throw;
      }
    }
  }

  static void tell(const Event& event) {
    const Request* request = event.job->generation();
    const ScoreRequest* scoring = event.job->scoring();
    if (const auto* token = std::get_if<Token>(&event.what)) {
      if (request->on_token) request->on_token(*token);
    } else if (const auto* text = std::get_if<std::string>(&event.what)) {
      if (request->on_text) request->on_text(*text);
    } else if (const auto* completion = std::get_if<Completion>(&event.what)) {
      if (request->on_done) request->on_done(*completion);
    } else if (const auto* scored = std::get_if<ScoredContinuations>(&event.what)) {
      if (scoring->on_done) scoring->on_done(*scored);
    } else if (const auto* thrown = std::get_if<std::exception_ptr>(&event.what)) {
      std::rethrow_exception(*thrown);
    } else {
      const Error& error = std::get<Error>(event.what);
      const auto& on_error = request != nullptr ? request->on_error : scoring->on_error;
      if (!on_error) throw Error(error);
      on_error(error);
    }
  }

  void drop(RequestId id) {
    for (const auto& scheduler : schedulers_) scheduler->forget(id);
    std::erase_if(events_, [&](const Event& event) { return event.job->id == id; });
  }

  EmbeddedEngineOptions options_;
  ThreadpoolHandle pool_;
  EventQueue events_;
  std::vector<std::unique_ptr<VariantScheduler>> schedulers_;
  size_t next_ = 0;
  RequestId last_id_ = 0;
  std::mutex cancelled_mutex_;
  std::vector<RequestId> cancelled_;
};

}  // namespace

std::unique_ptr<Engine> open_embedded_engine(const Ladder& ladder,
                                             const EmbeddedEngineOptions& options) {
  check_engine_options(options);
  return std::make_unique<EmbeddedEngine>(ladder, options);
}

void set_llama_log(std::function<void(std::string_view line)> sink) {
  set_llama_log_sink(std::move(sink));
}

}  // namespace paq
