// SPDX-License-Identifier: MIT
// What holds for every engine, whatever is behind the interface.
#include "engine/engine.h"

#include <optional>
#include <utility>

#include "core/hash.h"

namespace paq {
namespace {

// Lets the engine forget every request of `ids`. Callbacks of the caller may throw once more each;
// the first error is the one that counts.
void abandon(Engine& engine, std::span<const RequestId> ids) {
  for (const RequestId id : ids) engine.cancel(id);
  for (;;) {
    try {
      while (engine.step()) {
      }
      return;
    } catch (const std::exception&) {
      continue;
    }
  }
}

// Completion or ScoredContinuations by Request or ScoreRequest. `results` are as they stay where a
// request ends in its own on_error.
template <typename Result, typename AnyRequest>
std::vector<Result> run(Engine& engine, std::vector<AnyRequest> requests,
                        std::vector<Result> results) {
  std::vector<RequestId> ids;
  std::optional<Error> failure;
  try {
    for (size_t i = 0; i < requests.size(); ++i) {
      auto on_done = std::move(requests[i].on_done);
      requests[i].on_done = [&results, i, on_done](const Result& result) {
        results[i] = result;
        if (on_done) on_done(result);
      };
      if (!requests[i].on_error) {
        requests[i].on_error = [&failure](const Error& error) {
          if (!failure) failure = error;
        };
      }
      ids.push_back(engine.submit(std::move(requests[i])));
    }
    while (!failure && engine.step()) {
    }
  } catch (...) {
    abandon(engine, ids);
    throw;
  }
  if (failure) {
    abandon(engine, ids);
    throw Error(*failure);
  }
  return results;
}

}  // namespace

std::vector<Completion> run_all(Engine& engine, std::vector<Request> requests) {
  std::vector<Completion> none(requests.size());
  for (size_t i = 0; i < requests.size(); ++i) {
    none[i].bits = requests[i].bits;
    none[i].finish = FinishReason::kCancelled;
  }
  return run(engine, std::move(requests), std::move(none));
}

std::vector<ScoredContinuations> score_all(Engine& engine, std::vector<ScoreRequest> requests) {
  std::vector<ScoredContinuations> none(requests.size());
  for (size_t i = 0; i < requests.size(); ++i) none[i].bits = requests[i].bits;
  return run(engine, std::move(requests), std::move(none));
}

std::string settings_fingerprint(const GenerateOptions& options) {
  Sha256 hash;
  const SamplingOptions& sampling = options.sampling;
  const bool greedy = sampling.temperature == 0;
  hash.update_field("settings/1");
  hash.update_field(options.form == PromptForm::kChat ? "chat" : "raw");
  hash.update_field(std::to_string(options.max_tokens));
  hash.update_field(std::to_string(sampling.temperature));
  if (!greedy) {
    hash.update_field(std::to_string(sampling.top_k));
    hash.update_field(std::to_string(sampling.top_p));
    hash.update_field(std::to_string(sampling.min_p));
    hash.update_field(std::to_string(sampling.seed));
  }
  for (const std::string& stop : options.stop) hash.update_field(stop);
  return hash.finish();
}

}  // namespace paq
