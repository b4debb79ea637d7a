// SPDX-License-Identifier: MIT
// Looking into JSON that may be anything: what is not there or of another type is a value, never an
// exception. Internal to the remote engine's wire files.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace paq {

using Json = nlohmann::json;

/// A discarded value where the bytes are no JSON.
inline Json parse_json(std::string_view bytes) {
  return Json::parse(bytes.begin(), bytes.end(), nullptr, /*allow_exceptions=*/false);
}

inline std::string dump_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// nullptr where `value` is no object or has no such member.
inline const Json* find(const Json& value, const char* key) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(key);
  return found == value.end() ? nullptr : &*found;
}

inline const Json* find(const Json& value, const char* key, const char* inner) {
  const Json* outer = find(value, key);
  return outer ? find(*outer, inner) : nullptr;
}

inline std::optional<std::string> text_of(const Json* value) {
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

inline std::optional<double> number_of(const Json* value) {
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

/// A whole number from 0 on that fits T.
template <typename T>
std::optional<T> count_of(const Json* value) {
  const std::optional<double> number = number_of(value);
  // One less than the type's limit as a double, which rounds up to what it can't hold.
  if (!number || !(*number >= 0) || *number >= static_cast<double>(std::numeric_limits<T>::max())) {
    return std::nullopt;
  }
  return static_cast<T>(*number);
}

/// Throws Error(kEngine) for what is no log-probability.
inline float logprob_of(const Json* value) {
  // Of a token that was certain, rounding may leave a little more than 0.
  constexpr double kLargest = 1e-3;
  const std::optional<double> logprob = number_of(value);
  if (!logprob || !std::isfinite(*logprob) || *logprob > kLargest) {
    throw Error(ErrorCode::kEngine, "the answer has a log-probability that is none");
  }
  const double lowest = std::numeric_limits<float>::lowest();
  return static_cast<float>(std::clamp(*logprob, lowest, 0.0));
}

/// For the chat template, as the embedded engine has them, so that a prompt is the same text.
inline Json template_arguments() {
  return {{"enable_thinking", false}, {"date_string", "26 Jul 2024"}};
}

}  // namespace paq
