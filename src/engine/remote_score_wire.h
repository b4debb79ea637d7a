// SPDX-License-Identifier: MIT
// What is said to vLLM, and what it says, where given text is scored. Pure; any bytes are a valid
// input. Internal to engine/.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/completion.h"
#include "engine/engine.h"

namespace paq {

/// For POST /tokenize, which lies beside /v1: the prompt's tokens, BOS and template included.
std::string tokenize_prompt_body(const ScoreRequest& request, const std::string& model);

/// Likewise for a text alone, to which nothing is added.
std::string tokenize_text_body(const std::string& text, const std::string& model);

/// Throws Error(kEngine) where the body is no list of tokens.
std::vector<int32_t> read_tokens(std::string_view body);

/// For POST /completions: the log-probabilities of all of `tokens`, next to nothing generated.
std::string prompt_logprobs_body(std::span<const int32_t> tokens, const std::string& model);

/// Of the last tokens, which must be `expected`. Throws Error(kEngine) where the body has no such
/// log-probabilities.
std::vector<Token> read_prompt_logprobs(std::string_view body, std::span<const int32_t> expected);

}  // namespace paq
