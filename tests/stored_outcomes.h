// SPDX-License-Identifier: MIT
// What a store holds, as paq outcomes export tells it.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace paq::testing {

/// (prompt, width) -> outcome without what differs from run to run.
using Outcomes = std::map<std::pair<std::string, std::string>, nlohmann::json>;

/// EXPECTs that the export succeeds and that no outcome comes twice.
Outcomes outcomes_of(const std::string& store);

}  // namespace paq::testing
