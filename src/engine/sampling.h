// SPDX-License-Identifier: MIT
// From logits to the next token and its probability. Internal to engine/.
#pragma once

#include <llama.h>

#include <span>

#include "core/bit_width.h"
#include "core/error.h"
#include "engine/engine.h"
#include "engine/llama_handles.h"

namespace paq {

/// Throws Error(kUsage) that names the field, its range and its value.
void check_options(const GenerateOptions& options);

/// Throws Error(kUsage) where there are no continuations, or one has neither text nor tokens.
void check_continuations(const ScoreRequest& request);

/// llama.cpp's sampler chain in its own usual order: top-k, top-p, min-p, temperature, draw. Null
/// where that is the likeliest token of all.
LlamaSamplerHandle make_sampler(const SamplingOptions& options, const llama_vocab* vocab);

struct LogitSummary {
  llama_token likeliest = 0;  ///< The first of equals.
  /// log of the sum of exp(logit): log p(token) under the full softmax at T = 1 is logits[token]
  /// less this. Not finite where a logit is no number.
  double log_sum_exp = 0;
};

/// `logits` must not be empty.
LogitSummary summarise(std::span<const float> logits);

/// What a request is told whose logits are no numbers.
Error no_number(BitWidth bits);

}  // namespace paq
