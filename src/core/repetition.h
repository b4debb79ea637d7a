// SPDX-License-Identifier: MIT
// Finds responses that got stuck: text that goes round in a circle until something ends it.
//
// Every round makes the next one likelier (Xu et al. 2022), so such a response has a low perplexity
// and would be taken for a confident answer.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/outcome.h"

namespace paq {

/// A loop has at least this many rounds and as many tokens.
inline constexpr int kLoopRounds = 3;
inline constexpr int kLoopTokens = 16;

/// What a response ends in. None: all 0.
struct Repetition {
  int period = 0;  ///< Tokens of one round.
  int tokens = 0;  ///< Of all rounds together; the oldest one may be there in part.

  bool operator==(const Repetition&) const = default;
};

/// The shortest phrase that the tokens end in at least kLoopRounds times over, where the rounds
/// have kLoopTokens or more together. The rule of Holtzman et al. (2020), who ask whether a text
/// ends in a repeated phrase, but stricter: theirs takes two rounds of three tokens, with which
/// honest answers end too. What repeats earlier and is left again is no loop.
Repetition trailing_repetition(std::span<const int32_t> tokens);

/// The same over a text: a word, a digit group, any other visible character counts as a token.
Repetition trailing_repetition(std::string_view text);

/// Whether the response ends in a loop: by its tokens without the end of turn, by its text where
/// there are none; false where there is neither.
bool loops(const Outcome& outcome);

}  // namespace paq
