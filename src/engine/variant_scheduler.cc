// SPDX-License-Identifier: MIT
#include "engine/variant_scheduler.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/sampling.h"

namespace paq {
namespace {

// Waiting prompts that are looked at before their turn, to see what they share: more at once would
// hold up the batches, more in all would only cost memory.
constexpr size_t kLookAhead = 1024;

Completion ended(const Job& job, Completion completion, FinishReason reason) {
  completion.bits = job.bits();
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
      batch_(options.batch_tokens) {}

void VariantScheduler::enqueue(std::shared_ptr<const Job> job) {
  waiting_.push_back({.job = std::move(job)});
}

bool VariantScheduler::cancel(RequestId id) {
  const auto waiting =
      std::ranges::find_if(waiting_, [&](const WaitingJob& w) { return w.job->id == id; });
  if (waiting != waiting_.end()) {
    const std::shared_ptr<const Job> job = waiting->job;
    remove_waiting(static_cast<size_t>(waiting - waiting_.begin()));
    if (job->generation() != nullptr) {
      events_.push_back({job, ended(*job, {}, FinishReason::kCancelled)});
    } else {
      ScoredContinuations none{.bits = job->bits(), .seconds = job->seconds()};
      none.continuations.resize(job->scoring()->continuations.size());
      events_.push_back({job, std::move(none)});
    }
    return true;
  }
  const auto running =
      std::ranges::find_if(running_, [&](const auto& s) { return s->job->id == id; });
  if (running == running_.end()) return false;
  const std::shared_ptr<const Job> job = (*running)->job;
  if ((*running)->generation) {
    finish(**running, FinishReason::kCancelled);
  } else {
    finish_scoring(**running);
  }
  end_job(*job);
  drop_ended();
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
  start_continuations();
  for (int i = 0; i < 2 * options_.max_sequences && prepared_ < kLookAhead; ++i) prepare_next();
  if (running_.empty()) return;
  fill_batch();
  try {
    run_batch();
  } catch (const Error& error) {
    fail_running(error);
    return;
  }
  count_batch();
  take_outputs();
}

void VariantScheduler::run_batch() { model_->run(batch_); }

VariantModel& VariantScheduler::model() {
  if (!model_) {
    model_ = std::make_unique<VariantModel>(source_, options_, pool_);
    for (int slot = 0; slot < model_->sequences(); ++slot) free_slots_.insert(slot);
  }
  return *model_;
}

// Tokenises the first request that is not; tells it where it can't be answered. False where there
// is none.
bool VariantScheduler::prepare_next() {
  if (prepared_ == waiting_.size()) return false;
  WaitingJob& waiting = waiting_[prepared_];
  try {
    waiting.prompt = model_->prompt_tokens(waiting.job->messages(), waiting.job->form());
    size_t longest = 1;
    if (const ScoreRequest* scoring = waiting.job->scoring()) {
      for (const Continuation& continuation : scoring->continuations) {
        waiting.continuations.push_back(model_->continuation_tokens(continuation));
        longest = std::max(longest, waiting.continuations.back().size());
      }
    }
    check_fits(waiting.prompt.size(), longest, source_.context_tokens);
  } catch (const Error& error) {
    events_.push_back({waiting.job, error});
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(prepared_));
    return true;
  }
  waiting.indexed = waiting_prompts_.insert(waiting.prompt);
  ++prepared_;
  return true;
}

void VariantScheduler::remove_waiting(size_t index) {
  if (index < prepared_) {
    waiting_prompts_.erase(waiting_[index].indexed);
    --prepared_;
  }
  waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(index));
}

// First come, first served: a long request that waits for room is not overtaken.
void VariantScheduler::admit() {
  const auto requests = [&] {
    return std::ranges::count_if(running_, [](const auto& s) { return !s->continuation; });
  };
  while (requests() < options_.max_sequences) {
    if (prepared_ == 0) {
      if (!prepare_next()) break;
    } else if (!start_next()) {
      break;
    }
  }
  prune_kept();
}

// Cells beyond its prompt's that a request may come to need at once.
int64_t VariantScheduler::answer_cells(const WaitingJob& waiting) const {
  if (const Request* request = waiting.job->generation()) {
    return std::min<int64_t>(request->options.max_tokens,
                             source_.context_tokens - static_cast<int64_t>(waiting.prompt.size()));
  }
  size_t longest = 0;
  for (const auto& tokens : waiting.continuations) longest = std::max(longest, tokens.size());
  return static_cast<int64_t>(longest) - 1;  // the last is predicted, never fed
}

// Lets the first waiting request in; false where there is no room yet.
bool VariantScheduler::start_next() {
  WaitingJob& next = waiting_.front();
  Origin origin = find_origin(next.prompt, running_.size());
  const int64_t answer = answer_cells(next);
  const auto wanted = [&] {
    return static_cast<int64_t>(next.prompt.size() - origin.shared) + answer;
  };
  if (!make_room(wanted(), origin.kept)) {
    if (origin.kept == nullptr) return false;
    // Only what it would share is left to go.
    origin = {};
    if (!make_room(wanted(), nullptr)) return false;
  }
  waiting_prompts_.erase(next.indexed);
  WaitingJob admitted = std::move(next);
  waiting_.pop_front();
  --prepared_;
  start(std::move(admitted), origin, answer);
  return true;
}

// The lowest, so that the places in use are neighbours as far as can be (see feed_decoding()).
llama_seq_id VariantScheduler::take_slot() {
  return free_slots_.extract(free_slots_.begin()).value();
}

void VariantScheduler::start(WaitingJob waiting, const Origin& origin, int64_t answer_cells) {
  auto sequence = std::make_unique<Sequence>();
  sequence->job = waiting.job;
  sequence->number = ++last_number_;
  sequence->slot = take_slot();
  sequence->prompt = waiting.prompt.size();
  sequence->tokens = std::move(waiting.prompt);
  sequence->outputs_from = sequence->prompt - 1;

  const auto prompt = static_cast<int64_t>(sequence->prompt);
  const auto shared = static_cast<int64_t>(origin.shared);
  if (const Request* request = waiting.job->generation()) {
    const GenerateOptions& options = request->options;
    sequence->generation.emplace(
        Generation{.sampler = make_sampler(options.sampling, model_->vocab()),
                   .answer = AnswerText(options.stop)});
    sequence->generation->completion.prompt_tokens = static_cast<int>(prompt);
    sequence->cells = cells_.extend(cells_of(origin), shared, prompt - shared + answer_cells);
  } else {
    auto scoring = std::make_shared<Scoring>();
    scoring->continuations = std::move(waiting.continuations);
    scoring->left = scoring->continuations.size();
    scoring->result.bits = source_.bits;
    scoring->result.continuations.resize(scoring->left);
    scoring->result.prompt_tokens = static_cast<int>(prompt);
    sequence->cells = cells_.extend(cells_of(origin), shared, prompt - shared);
    scoring->reserve = cells_.extend(sequence->cells, prompt, answer_cells);
    sequence->scoring = std::move(scoring);
  }

  sequence->shared = origin.shared;
  if (origin.kept != nullptr) {
    take_shared(*sequence, origin.kept->slot);
    const auto used = std::ranges::find(kept_, origin.kept->number, &KeptPrefix::number);
    kept_.splice(kept_.end(), kept_, used);
  } else if (origin.running != nullptr) {
    sequence->source = origin.running->number;
  }
  running_.push_back(std::move(sequence));
}

// Prompts whose logits are known wait until all their continuations have begun.
void VariantScheduler::start_continuations() {
  for (size_t i = 0, n = running_.size(); i < n; ++i) {
    Sequence& prompt = *running_[i];
    if (!prompt.scoring || prompt.continuation || !prompt.scoring->prompt_done) continue;
    Scoring& scoring = *prompt.scoring;
    while (scoring.next < scoring.continuations.size()) {
      if (scoring.continuations[scoring.next].size() > 1 && !start_continuation(*running_[i])) {
        break;
      }
      ++scoring.next;
    }
    if (scoring.next == scoring.continuations.size()) release(prompt, /*may_keep=*/true);
  }
  drop_ended();
}

// False where there is no room yet. The reserve and the places beyond max_sequences see to it that
// one of a request's continuations always finds some.
bool VariantScheduler::start_continuation(const Sequence& prompt) {
  Scoring& scoring = *prompt.scoring;
  const std::vector<llama_token>& continuation = scoring.continuations[scoring.next];
  const auto own = static_cast<int64_t>(continuation.size()) - 1;
  const bool reserved = scoring.reserve != nullptr;
  if (!make_room(reserved ? 0 : own, nullptr)) return false;
  auto sequence = std::make_unique<Sequence>();
  sequence->job = prompt.job;
  sequence->number = ++last_number_;
  sequence->slot = take_slot();
  sequence->tokens = prompt.tokens;
  sequence->tokens.insert(sequence->tokens.end(), continuation.begin(), continuation.end() - 1);
  sequence->prompt = sequence->fed = sequence->outputs_from = prompt.prompt;
  sequence->holds_reserve = reserved;
  sequence->cells = reserved ? std::move(scoring.reserve)
                             : cells_.extend(prompt.cells, CellTree::length(prompt.cells), own);
  sequence->scoring = prompt.scoring;
  sequence->continuation = scoring.next;
  model_->copy_sequence(prompt.slot, sequence->slot);
  running_.push_back(std::move(sequence));
  return true;
}

void VariantScheduler::fill_batch() {
  batch_.clear();
  batch_outputs_ = 0;
  share_computed();
  for (const auto& sequence : running_) sequence->output_count = 0;
  if (!model_->cells_apart()) {
    feed_decoding();
    feed_others(/*only_one=*/false);
    return;
  }
  // Pieces of equal length: one token of each sequence that is decoded, or one sequence alone.
  if (fed_since_decoding_ < options_.batch_tokens) feed_others(/*only_one=*/true);
  fed_since_decoding_ += batch_.size();
  if (batch_.size() > 0) return;
  fed_since_decoding_ = 0;
  feed_decoding();
  if (batch_.size() == 0) feed_others(/*only_one=*/true);
}

// In the order of their places: sequences with cells of their own are computed together only where
// their places follow one another in the batch.
void VariantScheduler::feed_decoding() {
  std::vector<Sequence*> decoding;
  for (const auto& sequence : running_) {
    if (sequence->decodes()) decoding.push_back(sequence.get());
  }
  std::ranges::sort(decoding, {}, &Sequence::slot);
  for (Sequence* sequence : decoding) feed(*sequence);
}

void VariantScheduler::feed_others(bool only_one) {
  for (const auto& sequence : running_) {
    if (sequence->decodes() || sequence->waits_for_source()) continue;
    feed(*sequence);
    if (only_one && batch_.size() > 0) return;
  }
}

void VariantScheduler::feed(Sequence& sequence) {
  while (sequence.fed < sequence.tokens.size() && batch_.room() > 0) {
    const bool output = sequence.fed >= sequence.outputs_from;
    if (output && batch_outputs_ == model_->most_outputs()) return;
    const int entry = batch_.add({.token = sequence.tokens[sequence.fed],
                                  .position = static_cast<llama_pos>(sequence.fed),
                                  .sequence = sequence.slot,
                                  .output = output});
    if (output) {
      if (sequence.output_count++ == 0) {
        sequence.first_entry = entry;
        sequence.first_output = sequence.fed;
      }
      ++batch_outputs_;
    }
    ++sequence.fed;
  }
}

void VariantScheduler::count_batch() {
  const auto decoded = std::ranges::count_if(running_, [](const auto& s) {
    return s->generation && s->output_count > 0 && s->first_output >= s->prompt;
  });
  stats_.decode_tokens += decoded;
  stats_.prefill_tokens += batch_.size() - decoded;
  ++stats_.batches;
}

void VariantScheduler::take_outputs() {
  for (const auto& sequence : running_) {
    if (sequence->ended || sequence->output_count == 0) continue;
    if (sequence->generation) {
      take_token(*sequence);
    } else if (!sequence->continuation) {
      take_first_scores(*sequence);
    } else {
      take_scores(*sequence);
    }
  }
  drop_ended();
}

// Draws the next token of an answer, which may end it.
void VariantScheduler::take_token(Sequence& sequence) {
  const std::span<const float> logits = model_->logits_at(sequence.first_entry);
  const LogitSummary summary = summarise(logits);
  if (!std::isfinite(summary.log_sum_exp)) {
    fail(sequence, {sequence.job, no_number(source_.bits)});
    return;
  }
  Generation& generation = *sequence.generation;
  const llama_token id = generation.sampler
                             ? model_->sample(generation.sampler.get(), sequence.first_entry)
                             : summary.likeliest;
  const double logprob = logits[static_cast<size_t>(id)] - summary.log_sum_exp;
  Completion& completion = generation.completion;
  completion.tokens.push_back(model_->describe(id, static_cast<float>(logprob)));
  if (completion.tokens.size() == 1) completion.seconds_to_first_token = sequence.job->seconds();
  const Request& request = *sequence.job->generation();
  if (request.on_token) events_.push_back({sequence.job, completion.tokens.back()});

  const size_t used = sequence.prompt + completion.tokens.size();
  if (model_->ends_turn(id)) {
    finish(sequence, FinishReason::kEndOfTurn);
    return;
  }
  const bool stopped = generation.answer.append(completion.tokens.back().text);
  if (request.on_text) tell(sequence, generation.answer.take_certain());
  if (stopped) {
    finish(sequence, FinishReason::kStopString);
  } else if (completion.tokens.size() >= static_cast<size_t>(request.options.max_tokens) ||
             used >= static_cast<size_t>(source_.context_tokens)) {
    finish(sequence, FinishReason::kLength);
  } else {
    sequence.outputs_from = sequence.tokens.size();
    sequence.tokens.push_back(id);
  }
}

// The last token of the prompt predicts the first of every continuation.
void VariantScheduler::take_first_scores(Sequence& prompt) {
  const std::span<const float> logits = model_->logits_at(prompt.first_entry);
  const LogitSummary summary = summarise(logits);
  Scoring& scoring = *prompt.scoring;
  for (size_t i = 0; i < scoring.continuations.size(); ++i) {
    if (!score_token(prompt, i, logits, summary)) return;
    if (scoring.continuations[i].size() == 1) --scoring.left;
  }
  scoring.prompt_done = true;
  if (scoring.left == 0) finish_scoring(prompt);
}

void VariantScheduler::take_scores(Sequence& sequence) {
  Scoring& scoring = *sequence.scoring;
  for (size_t i = 0; i < sequence.output_count; ++i) {
    const std::span<const float> logits =
        model_->logits_at(sequence.first_entry + static_cast<int>(i));
    if (!score_token(sequence, *sequence.continuation, logits, summarise(logits))) return;
  }
  if (sequence.fed < sequence.tokens.size()) return;
  release(sequence, /*may_keep=*/false);
  if (--scoring.left == 0) finish_scoring(sequence);
}

// False where the request has failed.
bool VariantScheduler::score_token(const Sequence& sequence, size_t continuation,
                                   std::span<const float> logits, const LogitSummary& summary) {
  if (!std::isfinite(summary.log_sum_exp)) {
    fail(sequence, {sequence.job, no_number(source_.bits)});
    return false;
  }
  Scoring& scoring = *sequence.scoring;
  std::vector<Token>& scored = scoring.result.continuations[continuation];
  const llama_token id = scoring.continuations[continuation][scored.size()];
  const ScoreRequest& request = *sequence.job->scoring();
  if (request.on_logits) {
    try {
      request.on_logits(continuation, scored.size(), logits);
    } catch (...) {
      fail(sequence, {sequence.job, std::current_exception()});
      return false;
    }
  }
  const double logprob = logits[static_cast<size_t>(id)] - summary.log_sum_exp;
  scored.push_back(model_->describe(id, static_cast<float>(logprob)));
  return true;
}

void VariantScheduler::tell(const Sequence& sequence, std::string text) {
  if (!text.empty()) events_.push_back({sequence.job, std::move(text)});
}

// Tells the request and gives back what the sequence held.
void VariantScheduler::finish(Sequence& sequence, FinishReason reason) {
  Generation& generation = *sequence.generation;
  generation.completion.text = generation.answer.text();
  if (sequence.job->generation()->on_text) tell(sequence, generation.answer.take_rest());
  events_.push_back({sequence.job, ended(*sequence.job, std::move(generation.completion), reason)});
  release(sequence, /*may_keep=*/true);
}

// With the continuations that are finished; ends all sequences of the request.
void VariantScheduler::finish_scoring(Sequence& sequence) {
  Scoring& scoring = *sequence.scoring;
  for (size_t i = 0; i < scoring.continuations.size(); ++i) {
    std::vector<Token>& scored = scoring.result.continuations[i];
    if (scored.size() < scoring.continuations[i].size()) scored.clear();
  }
  scoring.result.seconds = sequence.job->seconds();
  events_.push_back({sequence.job, std::move(scoring.result)});
  end_job(*sequence.job);
}

// Ends the request that the sequence belongs to, with an event of its failure.
void VariantScheduler::fail(const Sequence& sequence, Event event) {
  events_.push_back(std::move(event));
  for (const auto& other : running_) {
    if (other->job == sequence.job && !other->ended) release(*other, /*may_keep=*/false);
  }
}

void VariantScheduler::end_job(const Job& job) {
  for (const auto& sequence : running_) {
    if (sequence->job.get() == &job && !sequence->ended) release(*sequence, /*may_keep=*/true);
  }
}

void VariantScheduler::drop_ended() {
  std::erase_if(running_, [](const auto& sequence) { return sequence->ended; });
}

// The cache is empty then.
void VariantScheduler::fail_running(const Error& error) {
  while (!kept_.empty()) drop_kept(kept_.begin());
  for (const auto& sequence : running_) {
    if (!sequence->ended) fail(*sequence, {sequence->job, error});
  }
  drop_ended();
}

void VariantScheduler::fail_all(const Error& error) {
  if (model_) fail_running(error);
  for (const WaitingJob& waiting : waiting_) events_.push_back({waiting.job, error});
  while (!waiting_.empty()) remove_waiting(waiting_.size() - 1);
}

}  // namespace paq
