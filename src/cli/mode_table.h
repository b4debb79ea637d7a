// SPDX-License-Identifier: MIT
// A comparison of label modes as text and JSON, for paq labels compare and the report.
#pragma once

#include <span>
#include <string>

#include "cli/json.h"
#include "label/mode_comparison.h"

namespace paq {

/// {prompts, common, modes: [...], pairs: [...], loops: {bits: ...}}; docs/cli.md has the keys.
Json modes_json(const ModeComparison& comparison);

/// Three tables: the modes, how far they agree, and responses that loop.
std::string modes_table(const ModeComparison& comparison, std::span<const BitWidth> widths);

/// Every mode there is: what it measures, what it needs, its usual threshold, where it comes from.
std::string mode_list();
Json mode_list_json();

}  // namespace paq
