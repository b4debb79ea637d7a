// SPDX-License-Identifier: MIT
// How a variant answered a prompt, and the label that follows from it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/bit_width.h"
#include "core/comparison.h"
#include "core/completion.h"
#include "core/prompt.h"

namespace paq {

/// Everything but one of `score` and `perplexity` may be missing in imported outcomes.
struct Outcome {
  BitWidth bits;
  std::optional<double> score;       ///< Task score, 0 to 1.
  std::optional<double> perplexity;  ///< Response perplexity, >= 1.
  std::optional<double> seconds;     ///< Latency of this prompt, prefill and decode.
  std::optional<double> seconds_to_first_token;
  std::optional<int> prompt_tokens;
  std::optional<int> tokens;  ///< Generated, the end-of-turn token included.
  std::optional<FinishReason> finish;
  std::optional<std::string> response;
  std::vector<float> logprobs;  ///< One per generated token; empty where not recorded.
  /// The generated tokens themselves, by which the response can be scored by another variant
  /// exactly as it was made; empty where not recorded. As many as `tokens` where there are any.
  std::vector<int32_t> token_ids = {};
  int concurrency = 1;  ///< Sequences in flight when `seconds` was taken.
  std::string scorer;   ///< Name and version of the scorer, "exact-match/1".
};

/// A prompt with the outcomes of the variants that have answered it.
struct PromptOutcomes {
  Prompt prompt;
  std::map<BitWidth, Outcome> outcomes;
  /// How other variants rate the response of the largest one, where that was measured.
  std::map<BitWidth, Comparison> comparisons = {};
};

/// SHA-256 over the response: its tokens, its text where they are not known. Comparisons are tied
/// to it.
std::string response_hash(const Outcome& outcome);

/// The paper's label (section 3): the smallest of `widths` (ascending, not empty) whose response
/// perplexity is <= `tau`, the largest where none is. nullopt where an outcome that the decision
/// needs is missing or has no perplexity.
std::optional<BitWidth> perplexity_label(const PromptOutcomes& prompt,
                                         std::span<const BitWidth> widths, double tau);

/// How many of `prompts` have no outcome with a perplexity at a width, for each of `widths` but the
/// largest, which a label does not need. Widths where none is missing are left out.
std::map<BitWidth, int64_t> missing_perplexities(std::span<const PromptOutcomes> prompts,
                                                 std::span<const BitWidth> widths);

}  // namespace paq
