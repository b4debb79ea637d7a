// SPDX-License-Identifier: MIT
#include "label/labeler.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "core/error.h"
#include "tasks/task.h"

namespace paq {
namespace {

using Clock = std::chrono::steady_clock;

GenerateOptions greedy(const TaskSpec& task, const LabelOptions& how) {
  GenerateOptions options;
  options.form = how.form;
  options.max_tokens = task.max_tokens;
  if (const auto stop = how.stop.find(task.name); stop != how.stop.end()) {
    options.stop = stop->second;
  }
  return options;
}

Outcome outcome_of(const Prompt& prompt, const Completion& completion,
                   const LabelOptions& options) {
  const MetricSpec& metric = metric_of(prompt);
  Outcome outcome;
  outcome.bits = completion.bits;
  if (can_score(metric.metric, prompt.reference)) {
    outcome.score =
        score_response(metric.metric, completion.text, prompt.reference, options.code_runner);
    outcome.scorer = metric.scorer;
  }
  outcome.perplexity = perplexity(completion.tokens);
  outcome.seconds = completion.seconds;
  outcome.seconds_to_first_token = completion.seconds_to_first_token;
  outcome.prompt_tokens = completion.prompt_tokens;
  outcome.tokens = static_cast<int>(completion.tokens.size());
  outcome.finish = completion.finish;
  outcome.response = completion.text;
  for (const Token& token : completion.tokens) {
    outcome.logprobs.push_back(token.logprob);
    outcome.token_ids.push_back(token.id);
  }
  outcome.concurrency = options.concurrency;
  return outcome;
}

std::string name_of(const Prompt& prompt) {
  return prompt.task + "/" + prompt.split + "/" + prompt.id;
}

// The prompts sorted by task, each once.
std::vector<Prompt> distinct(std::span<const Prompt> prompts) {
  std::map<std::string, std::string> hashes;
  std::vector<Prompt> kept;
  size_t clashes = 0;
  std::string first;
  for (const Prompt& prompt : prompts) {
    const std::string name = name_of(prompt);
    const auto [known, added] = hashes.try_emplace(name, prompt_hash(prompt));
    if (added) {
      kept.push_back(prompt);
    } else if (known->second != prompt_hash(prompt) && clashes++ == 0) {
      first = name;
    }
  }
  if (clashes > 0) {
    throw Error(ErrorCode::kUsage,
                std::to_string(clashes) + " prompts have the task, split and id of another one (" +
                    first + " first) but another text or reference; give them ids of their own");
  }
  std::stable_sort(kept.begin(), kept.end(),
                   [](const Prompt& a, const Prompt& b) { return a.task < b.task; });
  return kept;
}

void check_nothing_is_replaced(const Store& store, std::span<const Prompt> prompts) {
  const std::vector<size_t> replaced = store.replaced_by(prompts);
  if (replaced.empty()) return;
  throw Error(ErrorCode::kMismatch,
              "the store has outcomes of " + std::to_string(replaced.size()) +
                  " of these prompts with another text or reference (" +
                  name_of(prompts[replaced.front()]) +
                  " first); give them ids of their own, take another store, or discard the old "
                  "outcomes with paq label --replace");
}

// Whether a stored answer would be the same now. One that was cut before its task's limit was cut
// by a context.
bool would_end_there_again(const OutcomeState& stored, int max_tokens, int context_tokens) {
  if (stored.finish != FinishReason::kLength || !stored.tokens || !stored.prompt_tokens) {
    return true;
  }
  return *stored.tokens >= max_tokens || *stored.prompt_tokens + *stored.tokens >= context_tokens;
}

// What one variant has to answer.
struct Work {
  BitWidth bits;
  std::string variant_hash;
  std::vector<size_t> pending;  // Into the prompts, ascending.
};

// One prompt for one variant.
struct Turn {
  const Work* work;
  size_t prompt;
};

// What the engine's callbacks write. Shared with them, so that an engine that calls one late finds
// it; nothing is stored inside a callback, so that no fault of the store passes through the engine.
struct Mailbox {
  std::vector<std::pair<Turn, Completion>> finished;
  std::set<RequestId> running;
  std::optional<Error> failure;
  std::vector<std::pair<size_t, Error>> refused;  // Into the prompts.
  int64_t too_long = 0;
  int64_t tokens = 0;  // Generated so far, unfinished answers included.
};

// Finds out which answers are missing, asks for them and stores them.
class Labeler {
 public:
  Labeler(Engine& engine, Store& store, const LabelOptions& options)
      : engine_(engine), store_(store), options_(options) {}

  // `prompts` sorted by task. Finds out what is missing on every variant, for the time left.
  void plan(const Ladder& ladder, std::span<const Prompt> prompts) {
    prompts_ = prompts;
    for (const Variant& variant : ladder.variants) {
      Work work{variant.bits, variant.sha256, {}};
      for (size_t begin = 0; begin < prompts.size();) {
        size_t end = begin;
        while (end < prompts.size() && prompts[end].task == prompts[begin].task) ++end;
        const auto of_task = prompts.subspan(begin, end - begin);
        const OutcomeSource source = source_of(work, of_task.front());
        const int max_tokens = greedy(task_spec(of_task.front().task), options_).max_tokens;
        const int context = engine_.context_tokens(work.bits);
        const auto good_enough = [&](const OutcomeState& stored) {
          if (options_.require_concurrency && stored.concurrency != options_.concurrency) {
            return false;
          }
          return would_end_there_again(stored, max_tokens, context);
        };
        for (const size_t i : store_.pending(of_task, source, good_enough)) {
          work.pending.push_back(begin + i);
        }
        begin = end;
      }
      const auto missing = static_cast<int64_t>(work.pending.size());
      total_ += missing;
      summary_.already_there += static_cast<int64_t>(prompts.size()) - missing;
      works_.push_back(std::move(work));
    }
  }

  // A new version of a scorer needs no new answers.
  void rescore() {
    std::set<std::pair<std::string_view, Metric>> kinds;
    for (const Prompt& prompt : prompts_) kinds.insert({prompt.task, metric_of(prompt).metric});
    for (const auto& [task, metric] : kinds) {
      summary_.rescored += store_.rescore(
          std::string(task), std::string(metric_spec(metric).scorer),
          [metric = metric, this](const Prompt& prompt,
                                  std::string_view response) -> std::optional<double> {
            if (metric_of(prompt).metric != metric) return std::nullopt;
            if (!can_score(metric, prompt.reference)) return std::nullopt;
            return score_response(metric, response, prompt.reference, options_.code_runner);
          });
    }
  }

  LabelSummary run() {
    started_ = Clock::now();
    try {
      run_all_works();
    } catch (...) {
      abandon();
      throw;
    }
    summary_.seconds = seconds();
    return summary_;
  }

 private:
  OutcomeSource source_of(const Work& work, const Prompt& prompt) const {
    return {work.bits, work.variant_hash,
            settings_fingerprint(greedy(task_spec(prompt.task), options_))};
  }

  double seconds() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

  void run_all_works() {
    if (options_.concurrency == 1 && engine_.keeps_all_loaded()) {
      std::vector<Turn> turns;
      for (const Work& work : works_) {
        for (const size_t prompt : work.pending) turns.push_back({&work, prompt});
        if (!work.pending.empty()) warm_up(work);
      }
      std::stable_sort(turns.begin(), turns.end(),
                       [](const Turn& a, const Turn& b) { return a.prompt < b.prompt; });
      answer(turns);
      return;
    }
    for (const Work& work : works_) {
      if (work.pending.empty()) continue;
      std::vector<Turn> turns;
      for (const size_t prompt : work.pending) turns.push_back({&work, prompt});
      warm_up(work);
      answer(turns);
    }
  }

  void answer(std::span<const Turn> turns) {
    size_t next = 0;
    while (next < turns.size() || !mailbox_->running.empty()) {
      stop_if_cancelled();
      while (next < turns.size() &&
             mailbox_->running.size() < static_cast<size_t>(options_.concurrency)) {
        submit(turns[next++]);
      }
      const bool more = engine_.step();
      keep_finished();
      check(more);
      report(*turns[next - 1].work);
    }
  }

  // A request whose answer nobody keeps, so that loading the variant is in no prompt's time.
  void warm_up(const Work& work) {
    report(work);
    Request request;
    request.bits = work.bits;
    request.messages = {{"user", "Hello"}};
    request.options.max_tokens = 1;
    submit(std::move(request), {});
    while (!mailbox_->running.empty()) {
      stop_if_cancelled();
      check(engine_.step());
    }
    mailbox_->tokens = summary_.tokens;
  }

  void submit(const Turn& turn) {
    const Prompt& prompt = prompts_[turn.prompt];
    Request request;
    request.bits = turn.work->bits;
    request.messages = prompt.messages;
    request.options = greedy(task_spec(prompt.task), options_);
    submit(std::move(request), turn);
  }

  // Without a turn, the answer is dropped.
  void submit(Request request, std::optional<Turn> turn) {
    const auto mailbox = mailbox_;
    struct Ticket {
      RequestId id = 0;
      bool ended = false;  // Perhaps before submit() has returned.
    };
    const auto ticket = std::make_shared<Ticket>();
    const auto end = [mailbox, ticket] {
      mailbox->running.erase(ticket->id);
      ticket->ended = true;
    };
    request.on_token = [mailbox](const Token&) { ++mailbox->tokens; };
    request.on_done = [mailbox, end, turn](const Completion& completion) {
      end();
      if (turn && completion.finish != FinishReason::kCancelled) {
        mailbox->finished.emplace_back(*turn, completion);
      }
    };
    request.on_error = [mailbox, end, turn](const Error& error) {
      end();
      if (error.code() == ErrorCode::kTooLong) {
        if (turn) ++mailbox->too_long;
      } else if (error.code() == ErrorCode::kUsage) {
        if (turn) mailbox->refused.emplace_back(turn->prompt, error);
      } else if (!mailbox->failure) {
        mailbox->failure = error;
      }
    };
    ticket->id = engine_.submit(std::move(request));
    if (!ticket->ended) mailbox->running.insert(ticket->id);
  }

  // After a step and after what it finished has been stored.
  void check(bool more) const {
    if (mailbox_->failure) throw Error(*mailbox_->failure);
    if (!more && !mailbox_->running.empty()) {
      throw Error(ErrorCode::kEngine, "the engine stopped with " +
                                          std::to_string(mailbox_->running.size()) +
                                          " prompts unanswered; run the command again to go on");
    }
  }

  void keep_finished() {
    for (const auto& [turn, completion] : mailbox_->finished) {
      const Prompt& prompt = prompts_[turn.prompt];
      store_.put_outcome(prompt, source_of(*turn.work, prompt),
                         outcome_of(prompt, completion, options_));
      ++summary_.added;
      summary_.tokens += static_cast<int64_t>(completion.tokens.size());
    }
    mailbox_->finished.clear();
    for (const auto& [prompt, error] : mailbox_->refused) {
      if (summary_.refused++ > 0) continue;
      summary_.first_refused = name_of(prompts_[prompt]) + ": " + error.what();
    }
    mailbox_->refused.clear();
    summary_.too_long = mailbox_->too_long;
  }

  void report(const Work& work) const {
    if (!options_.progress) return;
    Progress progress;
    progress.stage = "labelling " + to_string(work.bits) + "-bit";
    progress.done = summary_.added + summary_.too_long + summary_.refused;
    progress.total = total_;
    progress.unit = "prompts";
    progress.seconds = seconds();
    const double rate =
        progress.seconds > 0 ? static_cast<double>(mailbox_->tokens) / progress.seconds : 0;
    progress.detail = std::to_string(static_cast<int64_t>(rate)) + " tokens/s";
    options_.progress(progress);
  }

  void stop_if_cancelled() const {
    if (options_.cancel == nullptr || !*options_.cancel) return;
    throw Error(ErrorCode::kCancelled, "stopped with " + std::to_string(summary_.added) + " of " +
                                           std::to_string(total_) +
                                           " outcomes stored; run the command again to go on");
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
  Store& store_;
  const LabelOptions& options_;
  std::span<const Prompt> prompts_;
  std::vector<Work> works_;
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  LabelSummary summary_;
  int64_t total_ = 0;
  Clock::time_point started_;
};

// Before an answer is generated that could not be scored.
void require_no_programs(std::span<const Prompt> prompts) {
  for (const Prompt& prompt : prompts) {
    if (metric_of(prompt).metric != Metric::kPythonTests) continue;
    throw Error(ErrorCode::kUsage, "prompt \"" + prompt.id + "\" of " + prompt.task +
                                       " is scored by running a program, and there is nothing "
                                       "to run it with; give a code runner");
  }
}

}  // namespace

LabelSummary label_prompts(Engine& engine, const Ladder& ladder, Store& store,
                           std::span<const Prompt> prompts, const LabelOptions& options) {
  if (options.concurrency < 1) {
    throw Error(ErrorCode::kUsage,
                "concurrency is " + std::to_string(options.concurrency) + "; it must be 1 or more");
  }
  if (options.code_runner == nullptr) require_no_programs(prompts);
  const std::vector<Prompt> kept = distinct(prompts);
  for (const Prompt& prompt : kept) task_spec(prompt.task);  // names the tasks there are
  if (!options.replace) check_nothing_is_replaced(store, kept);
  store.add_prompts(kept);
  store.add_variants(ladder);
  Labeler labeler(engine, store, options);
  labeler.plan(ladder, kept);
  labeler.rescore();
  return labeler.run();
}

}  // namespace paq
