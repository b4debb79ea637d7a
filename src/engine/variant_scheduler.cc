// SPDX-License-Identifier: MIT
#include "engine/variant_scheduler.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/sampling.h"

namespace paq {
namespace {

Completion ended(const Job& job, Completion completion, FinishReason reason) {
  completion.bits = job.request.bits;
  completion.finish = reason;
  completion.seconds = job.seconds();
  return completion;
}

}  // namespace

VariantScheduler::VariantScheduler(const VariantModel::Source& source,
                                   const EmbeddedEngineOptions& options, ggml_threadpool* pool,
                                   EventQueue& events)
    : source_(source),
      options_(options),
      pool_(pool),
      events_(events),
      batch_(options.batch_tokens) {
  for (int slot = options.max_sequences - 1; slot >= 0; --slot) free_slots_.push_back(slot);
}

void VariantScheduler::enqueue(std::shared_ptr<const Job> job) {
  waiting_.push_back({std::move(job), {}});
}

bool VariantScheduler::cancel(RequestId id) {
  const auto waiting =
      std::ranges::find_if(waiting_, [&](const Waiting& w) { return w.job->id == id; });
  if (waiting != waiting_.end()) {
    const std::shared_ptr<const Job> job = waiting->job;
    waiting_.erase(waiting);
    events_.push_back({job, ended(*job, {}, FinishReason::kCancelled)});
    return true;
  }
  const auto running =
      std::ranges::find_if(running_, [&](const auto& s) { return s->job->id == id; });
  if (running == running_.end()) return false;
  finish(**running, FinishReason::kCancelled);
  running_.erase(running);
  return true;
}

void VariantScheduler::forget(RequestId id) {
  if (!cancel(id)) return;
  while (!events_.empty() && events_.back().job->id == id) events_.pop_back();
}

void VariantScheduler::step() {
  try {
    model();
  } catch (const Error& error) {
    fail_all(error);
    return;
  }
  admit();
  if (running_.empty()) return;
  fill_batch();
  try {
    run_batch();
  } catch (const Error& error) {
    fail_running(error);
    return;
  }
  take_outputs();
}

void VariantScheduler::run_batch() { model_->run(batch_); }

ScoredContinuations VariantScheduler::score(const ScoreRequest& request) {
  return model().score(request);
}

VariantModel& VariantScheduler::model() {
  if (!model_) model_ = std::make_unique<VariantModel>(source_, options_, pool_);
  return *model_;
}

// First come, first served: a long request that waits for room is not overtaken.
void VariantScheduler::admit() {
  while (!waiting_.empty() && !free_slots_.empty()) {
    Waiting& next = waiting_.front();
    if (!prepare(next)) {
      waiting_.pop_front();
      continue;
    }
    const int64_t wanted =
        static_cast<int64_t>(next.prompt.size()) + next.job->request.options.max_tokens;
    const int cells = static_cast<int>(std::min<int64_t>(wanted, source_.context_tokens));
    if (promised_cells_ + cells > source_.cache_tokens) return;
    Waiting admitted = std::move(next);
    waiting_.pop_front();
    start(std::move(admitted), cells);
  }
}

// Tokenises a request when it is first looked at. False where it can't be answered.
bool VariantScheduler::prepare(Waiting& waiting) {
  if (!waiting.prompt.empty()) return true;
  const Request& request = waiting.job->request;
  try {
    waiting.prompt = model_->prompt_tokens(request.messages, request.options.form);
    check_fits(waiting.prompt.size(), 1, source_.context_tokens);
    return true;
  } catch (const Error& error) {
    events_.push_back({waiting.job, error});
    return false;
  }
}

void VariantScheduler::start(Waiting waiting, int cells) {
  const GenerateOptions& options = waiting.job->request.options;
  auto sequence = std::make_unique<Sequence>(
      Sequence{.job = waiting.job,
               .slot = free_slots_.back(),
               .prompt = std::move(waiting.prompt),
               .cells = cells,
               .sampler = make_sampler(options.sampling, model_->vocab()),
               .answer = AnswerText(options.stop),
               .completion = {}});
  sequence->completion.prompt_tokens = static_cast<int>(sequence->prompt.size());
  free_slots_.pop_back();
  promised_cells_ += cells;
  running_.push_back(std::move(sequence));
}

void VariantScheduler::fill_batch() {
  batch_.clear();
  for (const auto& sequence : running_) {
    sequence->output = -1;
    const std::vector<Token>& answer = sequence->completion.tokens;
    if (answer.empty()) continue;
    const size_t position = sequence->prompt.size() + answer.size() - 1;
    sequence->output = batch_.add({.token = answer.back().id,
                                   .position = static_cast<llama_pos>(position),
                                   .sequence = sequence->slot,
                                   .output = true});
  }
  for (const auto& sequence : running_) {
    const size_t end = sequence->prompt.size();
    while (sequence->fed < end && batch_.room() > 0) {
      const bool last = sequence->fed + 1 == end;
      const int entry = batch_.add({.token = sequence->prompt[sequence->fed],
                                    .position = static_cast<llama_pos>(sequence->fed),
                                    .sequence = sequence->slot,
                                    .output = last});
      if (last) sequence->output = entry;
      ++sequence->fed;
    }
  }
}

void VariantScheduler::take_outputs() {
  std::erase_if(running_, [&](const std::unique_ptr<Sequence>& sequence) {
    return sequence->output >= 0 && !take_token(*sequence);
  });
}

// Draws the next token of a sequence; false where the sequence has ended with it.
bool VariantScheduler::take_token(Sequence& sequence) {
  const std::span<const float> logits = model_->logits_at(sequence.output);
  const double normaliser = log_sum_exp(logits);
  if (!std::isfinite(normaliser)) {
    finish(sequence, FinishReason::kCancelled);
    events_.back().what = Error(ErrorCode::kEngine, "the " + to_string(source_.bits) +
                                                        "-bit variant computed a logit that is no "
                                                        "number");
    return false;
  }
  const llama_token id = model_->sample(sequence.sampler.get(), sequence.output);
  const double logprob = logits[static_cast<size_t>(id)] - normaliser;
  Completion& completion = sequence.completion;
  completion.tokens.push_back(model_->describe(id, static_cast<float>(logprob)));
  if (completion.tokens.size() == 1) completion.seconds_to_first_token = sequence.job->seconds();
  events_.push_back({sequence.job, completion.tokens.back()});

  const size_t used = sequence.prompt.size() + completion.tokens.size();
  const int max_tokens = sequence.job->request.options.max_tokens;
  if (model_->ends_turn(id)) {
    finish(sequence, FinishReason::kEndOfTurn);
    return false;
  }
  const bool stopped = sequence.answer.append(completion.tokens.back().text);
  tell(sequence, sequence.answer.take_certain());
  if (stopped) {
    finish(sequence, FinishReason::kStopString);
  } else if (completion.tokens.size() >= static_cast<size_t>(max_tokens) ||
             used >= static_cast<size_t>(source_.context_tokens)) {
    finish(sequence, FinishReason::kLength);
  } else {
    return true;
  }
  return false;
}

void VariantScheduler::tell(const Sequence& sequence, std::string text) {
  if (text.empty() || !sequence.job->request.on_text) return;
  events_.push_back({sequence.job, std::move(text)});
}

// Tells the request and gives back what the sequence held; the caller removes it from running_.
void VariantScheduler::finish(Sequence& sequence, FinishReason reason) {
  model_->forget_sequence(sequence.slot);
  free_slots_.push_back(sequence.slot);
  promised_cells_ -= sequence.cells;
  sequence.completion.text = sequence.answer.text();
  tell(sequence, sequence.answer.take_rest());
  events_.push_back({sequence.job, ended(*sequence.job, std::move(sequence.completion), reason)});
}

void VariantScheduler::fail_running(const Error& error) {
  for (const auto& sequence : running_) {
    finish(*sequence, FinishReason::kCancelled);
    events_.back().what = error;
  }
  running_.clear();
}

void VariantScheduler::fail_all(const Error& error) {
  fail_running(error);
  for (const Waiting& waiting : waiting_) events_.push_back({waiting.job, error});
  waiting_.clear();
}

}  // namespace paq
