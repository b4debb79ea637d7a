// SPDX-License-Identifier: MIT
// What the commands print with --json. Internal to cli/.
#pragma once

#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <span>

#include "core/bit_width.h"

namespace paq {

using Json = nlohmann::ordered_json;

/// One document on standard output; bytes that are no UTF-8 are replaced.
inline void print_json(const Json& json) {
  std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

inline Json widths_json(std::span<const BitWidth> widths) {
  Json json = Json::array();
  for (BitWidth width : widths) json.push_back(width.bits);
  return json;
}

/// {"2": .., "4": ..}
template <typename Value>
Json by_width_json(const std::map<BitWidth, Value>& values) {
  Json json = Json::object();
  for (const auto& [width, value] : values) json[to_string(width)] = value;
  return json;
}

}  // namespace paq
