// SPDX-License-Identifier: MIT
#include "cli/live_run.h"

#include <chrono>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "cli/timed_routing.h"
#include "core/error.h"
#include "eval/live_check.h"
#include "label/answer.h"
#include "tasks/task.h"

namespace paq {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Blocks until the answer is there. `submit` is given the callbacks of the request.
Completion answer(Engine& engine, const CancelFlag* cancel,
                  const std::function<RequestId(AnswerCallbacks)>& submit) {
  std::optional<Completion> completion;
  std::optional<Error> failure;
  AnswerCallbacks callbacks;
  callbacks.on_done = [&](const Completion& done) { completion = done; };
  callbacks.on_error = [&](const Error& error) { failure = error; };
  const RequestId id = submit(std::move(callbacks));
  while (!completion && !failure && engine.step()) {
    if (cancel != nullptr && *cancel) engine.cancel(id);
  }
  if (cancel != nullptr && *cancel) {
    throw Error(ErrorCode::kCancelled, "interrupted while answering for real");
  }
  if (failure) throw Error(*failure);
  if (!completion) throw Error(ErrorCode::kEngine, "the engine gave no answer");
  return *completion;
}

// So that loading is in nobody's time.
void warm_up(Router& router, Engine& engine, const EvaluationRun& run, const CancelFlag* cancel) {
  route_timed(router, request_text(run.outcomes.front().prompt));
  for (BitWidth bits : run.evaluation.widths) {
    answer(engine, cancel, [&](AnswerCallbacks callbacks) {
      return ask_warm_up(engine, bits, std::move(callbacks));
    });
  }
}

LivePrompt run_prompt(Router& router, Engine& engine, const PromptOutcomes& stored,
                      const PromptDecision& decision, const LabelOptions& how) {
  const Prompt& prompt = stored.prompt;
  const auto start = Clock::now();
  const Decision routed = router.route(request_text(prompt));
  const Completion completion = answer(engine, how.cancel, [&](AnswerCallbacks callbacks) {
    return ask(engine, prompt, routed.bits, how, std::move(callbacks));
  });
  LivePrompt live;
  live.live_seconds = seconds_since(start);

  const Outcome& outcome = stored.outcomes.at(routed.bits);
  if (!outcome.seconds) {
    throw Error(ErrorCode::kUsage, "prompt " + prompt.task + "/" + prompt.id + " has no time at " +
                                       to_string(routed.bits) +
                                       " bits to compare with; run paq label for it");
  }
  live.task = prompt.task;
  live.composed_seconds = decision.router_seconds + *outcome.seconds;
  live.same_choice = routed.bits == decision.choice;
  if (outcome.response) live.same_answer = *outcome.response == completion.text;
  const Metric metric = metric_of(prompt).metric;
  if (can_score(metric, prompt.reference)) {
    live.score = score_response(metric, completion.text, prompt.reference, how.code_runner);
  }
  return live;
}

}  // namespace

LiveCheck run_live(Router& router, Engine& engine, const EvaluationRun& run,
                   const LiveRunOptions& options) {
  const LabelOptions& how = options.label;
  warm_up(router, engine, run, how.cancel);
  const auto start = Clock::now();
  std::vector<LivePrompt> prompts;
  for (size_t p = 0; p < run.outcomes.size(); ++p) {
    prompts.push_back(
        run_prompt(router, engine, run.outcomes[p], run.evaluation.decisions[p], how));
    if (how.progress) {
      how.progress({.stage = "answering for real",
                    .done = static_cast<int64_t>(prompts.size()),
                    .total = static_cast<int64_t>(run.outcomes.size()),
                    .unit = "prompts",
                    .seconds = seconds_since(start),
                    .detail = ""});
    }
  }
  return check_live(prompts, {.seed = options.seed});
}

}  // namespace paq
