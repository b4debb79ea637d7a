// SPDX-License-Identifier: MIT
#include "core/repetition.h"

#include <algorithm>
#include <functional>
#include <vector>

namespace paq {
namespace {

bool is_word_byte(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_space(unsigned char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool continues_character(unsigned char c) { return (c & 0xc0) == 0x80; }

// Words, and characters of any length in UTF-8 that are none. Any bytes will do.
std::vector<int32_t> token_hashes(std::string_view text) {
  std::vector<int32_t> tokens;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin + 1;
    const auto first = static_cast<unsigned char>(text[begin]);
    if (is_word_byte(first)) {
      while (end < text.size() && is_word_byte(static_cast<unsigned char>(text[end]))) ++end;
    } else if (first >= 0x80) {
      while (end < text.size() && continues_character(static_cast<unsigned char>(text[end]))) ++end;
    }
    if (!is_space(first)) {
      const size_t hash = std::hash<std::string_view>{}(text.substr(begin, end - begin));
      tokens.push_back(static_cast<int32_t>(hash ^ hash >> 32));
    }
    begin = end;
  }
  return tokens;
}

}  // namespace

Repetition trailing_repetition(std::span<const int32_t> tokens) {
  const size_t count = tokens.size();
  for (size_t period = 1; period * kLoopRounds <= count; ++period) {
    size_t length = period;
    while (length < count && tokens[count - 1 - length] == tokens[count - 1 - length + period]) {
      ++length;
    }
    if (length >= std::max<size_t>(period * kLoopRounds, kLoopTokens)) {
      return {static_cast<int>(period), static_cast<int>(length)};
    }
  }
  return {};
}

Repetition trailing_repetition(std::string_view text) {
  return trailing_repetition(token_hashes(text));
}

bool loops(const Outcome& outcome) {
  if (!outcome.token_ids.empty()) {
    std::span<const int32_t> tokens = outcome.token_ids;
    if (outcome.finish == FinishReason::kEndOfTurn) tokens = tokens.first(tokens.size() - 1);
    return trailing_repetition(tokens).period > 0;
  }
  return outcome.response && trailing_repetition(*outcome.response).period > 0;
}

}  // namespace paq
