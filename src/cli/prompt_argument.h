// SPDX-License-Identifier: MIT
// The PROMPT of paq route and paq run.
#pragma once

#include <string>

namespace paq {

/// `argument`, or all of standard input for "-" (one newline at its end taken off). Throws
/// Error(kUsage) for an empty prompt.
std::string read_prompt(const std::string& argument);

}  // namespace paq
