// SPDX-License-Identifier: MIT
#include "core/completion.h"

#include <array>
#include <cmath>
#include <utility>

namespace paq {
namespace {

constexpr std::array<std::pair<FinishReason, std::string_view>, 4> kFinishNames = {{
    {FinishReason::kEndOfTurn, "end_of_turn"},
    {FinishReason::kStopString, "stop_string"},
    {FinishReason::kLength, "length"},
    {FinishReason::kCancelled, "cancelled"},
}};

std::optional<double> perplexity_of(double logprob_sum, size_t count) {
  if (count == 0) return std::nullopt;
  return std::exp(-logprob_sum / static_cast<double>(count));
}

}  // namespace

std::string_view to_string(FinishReason reason) {
  for (const auto& [value, name] : kFinishNames) {
    if (value == reason) return name;
  }
  return "unknown";
}

std::optional<FinishReason> parse_finish_reason(std::string_view text) {
  for (const auto& [value, name] : kFinishNames) {
    if (name == text) return value;
  }
  return std::nullopt;
}

double Completion::seconds_per_token() const {
  if (tokens.size() < 2) return 0;
  return (seconds - seconds_to_first_token) / static_cast<double>(tokens.size() - 1);
}

std::optional<double> perplexity(std::span<const Token> tokens) {
  double sum = 0;
  for (const Token& token : tokens) sum += token.logprob;
  return perplexity_of(sum, tokens.size());
}

std::optional<double> perplexity(std::span<const float> logprobs) {
  double sum = 0;
  for (float logprob : logprobs) sum += logprob;
  return perplexity_of(sum, logprobs.size());
}

}  // namespace paq
