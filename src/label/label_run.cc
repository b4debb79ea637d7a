// SPDX-License-Identifier: MIT
#include "label/label_run.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "label/answer.h"
#include "label/prepare.h"

namespace paq {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// "8 s", "2:05", "1:02:03".
std::string clock_text(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  if (whole < 60) return std::to_string(whole) + " s";
  const auto two = [](int64_t value) { return (value < 10 ? ":0" : ":") + std::to_string(value); };
  if (whole < 3600) return std::to_string(whole / 60) + two(whole % 60);
  return std::to_string(whole / 3600) + two(whole / 60 % 60) + two(whole % 60);
}

// Requests that the engine is given at a time.
size_t window_of(const LabelOptions& options) {
  const auto places = static_cast<size_t>(options.concurrency);
  if (options.window > 0) return std::max(places, static_cast<size_t>(options.window));
  return places == 1 ? 1 : 4 * places;
}

}  // namespace

LabelRun::LabelRun(Engine& engine, Store& store, LabelPlan& plan, const LabelOptions& options)
    : engine_(engine),
      store_(store),
      plan_(plan),
      options_(options),
      queue_(engine, options.concurrency),
      done_(plan.variants(), 0) {}

LabelSummary LabelRun::run() {
  started_ = Clock::now();
  summary_.already_there = plan_.already_there();
  try {
    run_variants();
  } catch (...) {
    queue_.abandon();
    throw;
  }
  summary_.spared = plan_.spared();
  summary_.seconds = seconds_since(started_);
  return summary_;
}

void LabelRun::run_variants() {
  if (plan_.left() == 0) return;
  const bool in_turns = options_.concurrency == 1 && engine_.keeps_all_loaded();
  if (!options_.lazy && (in_turns || options_.side_by_side)) {
    std::vector<std::vector<Turn>> lanes;
    for (size_t variant = 0; variant < plan_.variants(); ++variant) {
      if (plan_.left(variant) == 0) continue;
      warm_up(variant);
      lanes.push_back(turns_of(variant));
    }
    if (!options_.side_by_side) {
      lanes.assign(1, {});
      for (const auto& [variant, prompt] : plan_.in_turns()) lanes[0].push_back({variant, prompt});
    }
    answer(lanes);
    return;
  }
  for (size_t variant = 0; variant < plan_.variants(); ++variant) {
    if (plan_.left(variant) == 0) continue;
    warm_up(variant);
    answer({turns_of(variant)});
  }
}

std::vector<Turn> LabelRun::turns_of(size_t variant) const {
  std::vector<Turn> turns;
  for (const size_t prompt : plan_.pending(variant)) turns.push_back({variant, prompt});
  return turns;
}

// Each lane has a window of its own, so that a slow variant does not keep the others from work.
void LabelRun::answer(const std::vector<std::vector<Turn>>& lanes) {
  leg_ = {Clock::now(), done(), queue_.tokens()};
  const size_t window = window_of(options_);
  std::vector<size_t> next(lanes.size(), 0);
  size_t last_variant = 0;
  bool waiting = true;
  while (waiting || queue_.running() > 0) {
    stop_if_cancelled();
    waiting = false;
    for (size_t lane = 0; lane < lanes.size(); ++lane) {
      const std::vector<Turn>& turns = lanes[lane];
      const auto running = [&] {
        return lanes.size() == 1 ? queue_.running() : queue_.running(turns.front().variant);
      };
      while (next[lane] < turns.size() && running() < window) {
        const Turn turn = turns[next[lane]++];
        last_variant = turn.variant;
        queue_.ask(turn, [&](AnswerCallbacks callbacks) {
          return ask(engine_, plan_.prompt(turn.prompt), plan_.bits(turn.variant), options_,
                     std::move(callbacks));
        });
      }
      waiting = waiting || next[lane] < turns.size();
    }
    step(last_variant);
  }
}

// An answer that nobody keeps, so that loading the variant is in no prompt's time.
void LabelRun::warm_up(size_t variant) {
  leg_ = {Clock::now(), done(), queue_.tokens()};
  report(variant);
  queue_.ask(std::nullopt, [&](AnswerCallbacks callbacks) {
    return ask_warm_up(engine_, plan_.bits(variant), std::move(callbacks));
  });
  while (queue_.running() > 0) {
    stop_if_cancelled();
    step(variant);
  }
}

void LabelRun::step(size_t variant) {
  const bool more = queue_.step();
  keep_finished();
  if (queue_.failure()) throw Error(*queue_.failure());
  if (!more && queue_.running() > 0) {
    throw Error(ErrorCode::kEngine, "the engine stopped with " + std::to_string(queue_.running()) +
                                        " prompts unanswered; run the command again to go on");
  }
  report(variant);
}

void LabelRun::keep_finished() {
  for (const auto& [turn, completion] : queue_.take_finished()) {
    const Prompt& prompt = plan_.prompt(turn.prompt);
    const Outcome outcome = outcome_of(prompt, completion, options_);
    store_.put_outcome(prompt, plan_.source(turn.variant, turn.prompt), outcome);
    plan_.note(turn.variant, turn.prompt, &outcome);
    ++done_[turn.variant];
    ++summary_.added;
    summary_.tokens += static_cast<int64_t>(completion.tokens.size());
  }
  for (const auto& [turn, error] : queue_.take_refused()) {
    plan_.note(turn.variant, turn.prompt, nullptr);
    ++done_[turn.variant];
    if (error.code() == ErrorCode::kTooLong) {
      ++summary_.too_long;
    } else if (summary_.refused++ == 0) {
      summary_.first_refused = name_of(plan_.prompt(turn.prompt)) + ": " + error.what();
    }
  }
}

// Counts of this run; those of the variant that is being asked in detail.
void LabelRun::report(size_t variant) const {
  if (!options_.progress) return;
  Progress progress;
  progress.stage = "labelling " + to_string(plan_.bits(variant)) + "-bit";
  progress.done = done();
  progress.total = done() + plan_.left();
  progress.unit = "prompts";
  progress.seconds = seconds_since(started_);
  const double seconds = seconds_since(leg_.started);
  const auto rate = [&](int64_t count) {
    return seconds > 0 ? static_cast<double>(count) / seconds : 0;
  };
  progress.detail = std::to_string(static_cast<int64_t>(rate(queue_.tokens() - leg_.tokens))) +
                    " tokens/s, " + to_string(plan_.bits(variant)) + "-bit " +
                    std::to_string(done_[variant]) + "/" +
                    std::to_string(done_[variant] + plan_.left(variant));
  if (const double prompts = rate(done() - leg_.done); prompts > 0) {
    progress.detail +=
        ", " + clock_text(static_cast<double>(plan_.left(variant)) / prompts) + " left";
  }
  options_.progress(progress);
}

void LabelRun::stop_if_cancelled() const {
  if (options_.cancel == nullptr || !*options_.cancel) return;
  throw Error(ErrorCode::kCancelled, "stopped with " + std::to_string(summary_.added) + " of " +
                                         std::to_string(done() + plan_.left()) +
                                         " outcomes stored; run the command again to go on");
}

}  // namespace paq
