// SPDX-License-Identifier: MIT
#include "label/label_run.h"

#include <algorithm>
#include <cmath>
#include <random>
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

// "41", "8.1"
std::string rate_text(int64_t count, double seconds) {
  const double rate = seconds > 0 ? static_cast<double>(count) / seconds : 0;
  const int64_t tenths = std::llround(rate * 10);
  if (tenths >= 100) return std::to_string(std::llround(rate));
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

// Requests that the engine is given at a time.
size_t window_of(const LabelOptions& options) {
  const auto places = static_cast<size_t>(options.concurrency);
  // The times of a prompt alone are not to be had with others beside it.
  if (places == 1 && !options.side_by_side) return 1;
  if (options.window > 0) return std::max(places, static_cast<size_t>(options.window));
  return 4 * places;
}

}  // namespace

LabelRun::LabelRun(Engine& engine, Store& store, LabelPlan& plan, const LabelOptions& options)
    : engine_(engine),
      store_(store),
      plan_(plan),
      options_(options),
      queue_(engine, options.concurrency),
      tallies_(plan.variants()),
      random_(std::random_device{}()) {}

LabelSummary LabelRun::run() {
  started_ = Clock::now();
  summary_.already_there = plan_.already_there();
  const EngineStats before = engine_.stats();
  try {
    run_variants();
  } catch (...) {
    queue_.abandon();
    throw;
  }
  const EngineStats after = engine_.stats();
  summary_.computed_tokens = after.prefill_tokens - before.prefill_tokens;
  summary_.reused_tokens = after.reused_tokens - before.reused_tokens;
  summary_.spared = plan_.spared();
  summary_.seconds = seconds_since(started_);
  return summary_;
}

void LabelRun::run_variants() {
  if (plan_.left() == 0) return;
  const bool in_turns = options_.concurrency == 1 && engine_.keeps_all_loaded();
  if (!options_.lazy && (in_turns || options_.side_by_side)) {
    std::vector<Lane> lanes;
    for (size_t variant = 0; variant < plan_.variants(); ++variant) {
      if (plan_.left(variant) == 0) continue;
      warm_up(variant);
      lanes.push_back({turns_of(variant)});
    }
    if (!options_.side_by_side) {
      lanes.assign(1, {});
      for (const auto& [variant, prompt] : plan_.in_turns()) {
        lanes[0].turns.push_back({variant, prompt});
      }
    }
    answer(std::move(lanes));
    return;
  }
  for (size_t variant = 0; variant < plan_.variants(); ++variant) {
    if (plan_.left(variant) == 0) continue;
    warm_up(variant);
    answer({{turns_of(variant)}});
  }
}

std::vector<Turn> LabelRun::turns_of(size_t variant) const {
  std::vector<Turn> turns;
  for (const size_t prompt : plan_.pending(variant)) turns.push_back({variant, prompt});
  return turns;
}

// Each lane has a window of its own, so that a slow variant does not keep the others from work.
void LabelRun::answer(std::vector<Lane> lanes) {
  at_work_.clear();
  for (const Lane& lane : lanes) {
    for (const Turn& turn : lane.turns) {
      if (std::ranges::count(at_work_, turn.variant) == 0) at_work_.push_back(turn.variant);
    }
  }
  for (const size_t variant : at_work_) tallies_[variant].started = Clock::now();
  const size_t window = window_of(options_);
  bool waiting = true;
  while (waiting || queue_.running() > 0) {
    stop_if_cancelled();
    waiting = false;
    for (Lane& lane : lanes) {
      const auto running = [&] {
        return lanes.size() == 1 ? queue_.running() : queue_.running(lane.turns.front().variant);
      };
      while (lane.next < lane.turns.size() && running() < window) {
        if (crowded_) move_on(lane);
        const Turn turn = lane.turns[lane.next++];
        if (answered_elsewhere(turn)) continue;
        queue_.ask(turn, [&](AnswerCallbacks callbacks) {
          return ask(engine_, plan_.prompt(turn.prompt), plan_.bits(turn.variant), options_,
                     std::move(callbacks));
        });
      }
      waiting = waiting || lane.next < lane.turns.size();
    }
    crowded_ = false;
    step();
  }
}

// Two runs that take the same prompts in the same order would do all of them twice: each gives way
// to the other, to wherever chance will have it.
void LabelRun::move_on(Lane& lane) {
  const size_t left = lane.turns.size() - lane.next;
  if (left < 2 || lane.next < lane.stays_until) return;
  const auto begin = lane.turns.begin() + static_cast<ptrdiff_t>(lane.next);
  std::rotate(begin, begin + static_cast<ptrdiff_t>(1 + random_.below(left - 1)), lane.turns.end());
  lane.stays_until = lane.next + window_of(options_);
}

// Whether another process has stored it since the plan was made.
bool LabelRun::answered_elsewhere(const Turn& turn) {
  if (!plan_.look_again(store_, turn.variant, turn.prompt)) return false;
  count_elsewhere(turn);
  return true;
}

void LabelRun::count_elsewhere(const Turn& turn) {
  ++tallies_[turn.variant].done;
  ++summary_.elsewhere;
  crowded_ = true;
}

// An answer that nobody keeps, so that loading the variant is in no prompt's time.
void LabelRun::warm_up(size_t variant) {
  at_work_ = {variant};
  tallies_[variant].started = Clock::now();
  report();
  queue_.ask(std::nullopt, [&](AnswerCallbacks callbacks) {
    return ask_warm_up(engine_, plan_.bits(variant), std::move(callbacks));
  });
  while (queue_.running() > 0) {
    stop_if_cancelled();
    step();
  }
}

void LabelRun::step() {
  const bool more = queue_.step();
  keep_finished();
  if (queue_.failure()) throw Error(*queue_.failure());
  if (!more && queue_.running() > 0) {
    throw Error(ErrorCode::kEngine, "the engine stopped with " + std::to_string(queue_.running()) +
                                        " prompts unanswered; run the command again to go on");
  }
  report();
}

void LabelRun::keep_finished() {
  for (const auto& [turn, completion] : queue_.take_finished()) {
    const Prompt& prompt = plan_.prompt(turn.prompt);
    const Outcome outcome = outcome_of(prompt, completion, options_);
    const auto serves = [&, turn = turn](const OutcomeState& stored) {
      return plan_.serves(stored, turn.variant, turn.prompt);
    };
    const auto stays =
        store_.put_outcome(prompt, plan_.source(turn.variant, turn.prompt), outcome, serves);
    plan_.note(turn.variant, turn.prompt, stays ? stays->perplexity : outcome.perplexity);
    if (stays) {
      count_elsewhere(turn);
      continue;
    }
    ++tallies_[turn.variant].done;
    ++summary_.added;
    summary_.tokens += static_cast<int64_t>(completion.tokens.size());
  }
  for (const auto& [turn, error] : queue_.take_refused()) {
    plan_.note(turn.variant, turn.prompt, std::nullopt);
    ++tallies_[turn.variant].done;
    if (error.code() == ErrorCode::kTooLong) {
      ++summary_.too_long;
    } else if (summary_.refused++ == 0) {
      summary_.first_refused = name_of(plan_.prompt(turn.prompt)) + ": " + error.what();
    }
  }
}

// Counts of this run; those of the variants at work in detail.
void LabelRun::report() const {
  if (!options_.progress) return;
  Progress progress;
  progress.stage = "labelling";
  progress.done = done();
  progress.total = done() + plan_.left();
  progress.unit = "answers";
  progress.seconds = seconds_since(started_);
  int64_t tokens = 0;
  for (size_t variant = 0; variant < plan_.variants(); ++variant) tokens += queue_.tokens(variant);
  progress.detail = rate_text(tokens, progress.seconds) + " tokens/s";
  for (const size_t variant : at_work_) progress.detail += " | " + report_of(variant);
  options_.progress(progress);
}

// "4-bit 312/900 8.1/s 0:10 left 410 tokens/s"
std::string LabelRun::report_of(size_t variant) const {
  const Tally& tally = tallies_[variant];
  const double seconds = seconds_since(tally.started);
  std::string text = to_string(plan_.bits(variant)) + "-bit " + std::to_string(tally.done) + "/" +
                     std::to_string(tally.done + plan_.left(variant)) + " " +
                     rate_text(tally.done, seconds) + "/s";
  if (tally.done > 0) {
    const double left = static_cast<double>(plan_.left(variant));
    text += " " + clock_text(left * seconds / static_cast<double>(tally.done)) + " left";
  }
  return text + " " + rate_text(queue_.tokens(variant), seconds) + " tokens/s";
}

void LabelRun::stop_if_cancelled() const {
  if (options_.cancel == nullptr || !*options_.cancel) return;
  throw Error(ErrorCode::kCancelled, "stopped with " + std::to_string(summary_.added) + " of " +
                                         std::to_string(done() + plan_.left()) +
                                         " outcomes stored; run the command again to go on");
}

}  // namespace paq
