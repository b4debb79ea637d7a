// SPDX-License-Identifier: MIT
// What an engine gives back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bit_width.h"

namespace paq {

enum class FinishReason {
  kEndOfTurn,   ///< The model ended its turn.
  kStopString,  ///< A stop string appeared; it is not part of the text.
  kLength,      ///< max_tokens or the context was reached.
  kCancelled,
};

/// "end_of_turn", "stop_string", "length", "cancelled".
std::string_view to_string(FinishReason reason);
std::optional<FinishReason> parse_finish_reason(std::string_view name);

/// One generated or scored token.
struct Token {
  int32_t id = 0;
  std::string text;   ///< Its bytes; may be part of a UTF-8 sequence; empty for control tokens.
  float logprob = 0;  ///< log p(token | everything before it), natural, full softmax at T = 1.
};

struct Completion {
  BitWidth bits;              ///< The variant that answered.
  std::string text;           ///< Without the end-of-turn token and without the stop string.
  std::vector<Token> tokens;  ///< Every generated token, the end-of-turn token included.
  FinishReason finish = FinishReason::kLength;
  int prompt_tokens = 0;
  double seconds = 0;                 ///< From submission to the last token, waiting included.
  double seconds_to_first_token = 0;  ///< From submission to the first token.

  /// Mean seconds per token after the first; 0 for fewer than two tokens.
  double seconds_per_token() const;
};

/// exp(-(1/N) * sum logprob) over N tokens (section 3 of the PAQ paper); nullopt for none.
std::optional<double> perplexity(std::span<const Token> tokens);
std::optional<double> perplexity(std::span<const float> logprobs);

}  // namespace paq
