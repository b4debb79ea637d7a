// SPDX-License-Identifier: MIT
#include "tasks/python_samples.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>

#include "core/error.h"
#include "tasks/humaneval.h"

namespace paq {
namespace {

using Clock = std::chrono::steady_clock;

// Hands out samples to its threads; the first fault ends them all.
class SampleRun {
 public:
  SampleRun(std::vector<PythonSamples>& problems, const TaskScoreOptions& options)
      : problems_(problems), options_(options) {
    for (size_t p = 0; p < problems.size(); ++p) {
      for (const std::string_view response : problems[p].responses) queue_.push_back({p, response});
    }
  }

  void run() {
    std::vector<std::thread> threads;
    const size_t jobs = std::min(static_cast<size_t>(std::max(options_.jobs, 1)), queue_.size());
    for (size_t i = 1; i < jobs; ++i) threads.emplace_back([this] { work(); });
    work();
    for (std::thread& thread : threads) thread.join();
    if (fault_) std::rethrow_exception(fault_);
  }

 private:
  struct Sample {
    size_t problem;
    std::string_view response;
  };

  void work() {
    try {
      for (size_t i = take(); i < queue_.size(); i = take()) {
        const Sample& sample = queue_[i];
        const CodeReference& code = *problems_[sample.problem].code;
        finish(sample.problem, options_.responses
                                   ? code_passes(sample.response, code, *options_.runner)
                                   : sample_passes(sample.response, code, *options_.runner));
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!fault_) fault_ = std::current_exception();
    }
  }

  size_t take() {
    const std::lock_guard lock(mutex_);
    if (fault_) return queue_.size();
    if (options_.cancel != nullptr && *options_.cancel) {
      throw Error(ErrorCode::kCancelled, "stopped after " + std::to_string(done_) + " of " +
                                             std::to_string(queue_.size()) + " programs");
    }
    return next_ < queue_.size() ? next_++ : queue_.size();
  }

  void finish(size_t problem, bool passed) {
    const std::lock_guard lock(mutex_);
    problems_[problem].passed += passed ? 1 : 0;
    ++done_;
    if (!options_.progress) return;
    Progress progress;
    progress.stage = "running programs";
    progress.done = done_;
    progress.total = static_cast<int64_t>(queue_.size());
    progress.unit = "programs";
    progress.seconds = std::chrono::duration<double>(Clock::now() - started_).count();
    options_.progress(progress);
  }

  std::vector<PythonSamples>& problems_;
  const TaskScoreOptions& options_;
  std::vector<Sample> queue_;
  std::mutex mutex_;  // Guards all below, the counts of problems_ and the callback.
  size_t next_ = 0;
  int64_t done_ = 0;
  std::exception_ptr fault_;
  Clock::time_point started_ = Clock::now();
};

int64_t samples_of(const PythonSamples& problem) {
  return std::max<int64_t>(static_cast<int64_t>(problem.responses.size()), 1);
}

}  // namespace

void run_samples(std::vector<PythonSamples>& problems, const TaskScoreOptions& options) {
  if (options.runner == nullptr) {
    throw Error(ErrorCode::kUsage,
                "generated Python is scored by running it, and there is nothing here to run it "
                "with; give a code runner");
  }
  SampleRun(problems, options).run();
}

std::vector<std::pair<std::string, double>> pass_at_k_figures(
    const std::vector<PythonSamples>& problems, std::vector<int64_t> ks) {
  int64_t samples = 0, fewest = samples_of(problems.front());
  for (const PythonSamples& problem : problems) {
    samples += static_cast<int64_t>(problem.responses.size());
    fewest = std::min(fewest, samples_of(problem));
  }
  if (ks.empty()) {
    ks = {1, 10, 100};
    std::erase_if(ks, [&](int64_t k) { return k > fewest; });
  }
  const auto mean = [&](int64_t k) {
    double sum = 0;
    for (const PythonSamples& problem : problems) {
      sum += pass_at_k(samples_of(problem), problem.passed, k);
    }
    return 100.0 * sum / static_cast<double>(problems.size());
  };
  std::vector<std::pair<std::string, double>> figures = {
      {"score", mean(1)},
      {"total", static_cast<double>(problems.size())},
      {"samples", static_cast<double>(samples)}};
  for (const int64_t k : ks) {
    if (k < 1 || k > fewest) {
      throw Error(ErrorCode::kUsage, "pass@" + std::to_string(k) + " needs " + std::to_string(k) +
                                         " samples of every problem; one has " +
                                         std::to_string(fewest));
    }
    figures.emplace_back("pass@" + std::to_string(k), mean(k));
  }
  return figures;
}

}  // namespace paq
