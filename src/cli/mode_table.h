// SPDX-License-Identifier: MIT
// Label modes, and a comparison of them, as text for paq labels; report/modes.h has its other
// forms.
#pragma once

#include <span>
#include <string>

#include "cli/json.h"
#include "core/mode_comparison.h"

namespace paq {

/// Three tables: the modes, how far they agree, and responses that loop.
std::string modes_table(const ModeComparison& comparison, std::span<const BitWidth> widths);

/// Every mode there is: what it measures, what it needs, its usual threshold, where it comes from.
std::string mode_list();
Json mode_list_json();

}  // namespace paq
