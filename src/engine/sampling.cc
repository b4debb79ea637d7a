// SPDX-License-Identifier: MIT
#include "engine/sampling.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/error.h"

namespace paq {
namespace {

void require(bool holds, const char* field, const char* range, double value) {
  if (holds) return;
  throw Error(ErrorCode::kUsage,
              std::string(field) + " must be " + range + ", got " + std::to_string(value));
}

}  // namespace

void check_options(const GenerateOptions& options) {
  const SamplingOptions& sampling = options.sampling;
  require(sampling.temperature >= 0 && std::isfinite(sampling.temperature), "temperature",
          "0 or more", sampling.temperature);
  require(sampling.top_k >= 0, "top_k", "0 (off) or more", sampling.top_k);
  require(sampling.top_p > 0 && sampling.top_p <= 1, "top_p", "in (0, 1]", sampling.top_p);
  require(sampling.min_p >= 0 && sampling.min_p < 1, "min_p", "in [0, 1)", sampling.min_p);
  require(options.max_tokens >= 1, "max_tokens", "1 or more", options.max_tokens);
  for (const std::string& stop : options.stop) {
    if (stop.empty()) throw Error(ErrorCode::kUsage, "a stop string must not be empty");
  }
}

void check_continuations(const ScoreRequest& request) {
  if (request.continuations.empty()) {
    throw Error(ErrorCode::kUsage, "a request to score has no continuations; expected one or more");
  }
  for (size_t i = 0; i < request.continuations.size(); ++i) {
    const Continuation& continuation = request.continuations[i];
    if (!continuation.text.empty() || !continuation.tokens.empty()) continue;
    throw Error(ErrorCode::kUsage, "continuation " + std::to_string(i) +
                                       " of a request to score is empty; expected text or tokens");
  }
}

LlamaSamplerHandle make_sampler(const SamplingOptions& options, const llama_vocab* vocab) {
  LlamaSamplerHandle chain(llama_sampler_chain_init(llama_sampler_chain_default_params()));
  const auto add = [&](llama_sampler* sampler) { llama_sampler_chain_add(chain.get(), sampler); };

  // Tokens that the model's authors forbid it to say.
  int32_t n_forbidden = 0;
  const llama_token* forbidden = llama_vocab_get_suppress_tokens(vocab, &n_forbidden);
  if (n_forbidden > 0) {
    std::vector<llama_logit_bias> biases;
    for (int32_t i = 0; i < n_forbidden; ++i) biases.push_back({forbidden[i], -INFINITY});
    add(llama_sampler_init_logit_bias(llama_vocab_n_tokens(vocab), n_forbidden, biases.data()));
  }

  if (options.temperature == 0) {
    if (n_forbidden == 0) return nullptr;
    add(llama_sampler_init_greedy());
    return chain;
  }
  if (options.top_k > 0) add(llama_sampler_init_top_k(options.top_k));
  if (options.top_p < 1) add(llama_sampler_init_top_p(options.top_p, /*min_keep=*/1));
  if (options.min_p > 0) add(llama_sampler_init_min_p(options.min_p, /*min_keep=*/1));
  add(llama_sampler_init_temp(options.temperature));
  // llama.cpp takes this one value for "random"; here every seed is a seed.
  add(llama_sampler_init_dist(options.seed == LLAMA_DEFAULT_SEED ? 0 : options.seed));
  return chain;
}

LogitSummary summarise(std::span<const float> logits) {
  // Four running maxima: one would make every comparison wait for the last.
  constexpr size_t kLanes = 16;
  float highest_of[kLanes];
  std::fill(std::begin(highest_of), std::end(highest_of), -INFINITY);
  size_t i = 0;
  for (; i + kLanes <= logits.size(); i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      highest_of[lane] = std::max(highest_of[lane], logits[i + lane]);
    }
  }
  float highest = *std::max_element(std::begin(highest_of), std::end(highest_of));
  for (; i < logits.size(); ++i) highest = std::max(highest, logits[i]);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - highest);
  const auto first = std::find(logits.begin(), logits.end(), highest);
  return {.likeliest = static_cast<llama_token>(first == logits.end() ? 0 : first - logits.begin()),
          .log_sum_exp = highest + std::log(sum)};
}

Error no_number(BitWidth bits) {
  return Error(ErrorCode::kEngine,
               "the " + to_string(bits) + "-bit variant computed a logit that is no number");
}

}  // namespace paq
