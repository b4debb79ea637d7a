// SPDX-License-Identifier: MIT
// Fields and lines of RFC 4180. Only report/'s own files include this.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace paq {

/// Ten digits: more than any figure here is known to. Empty for none.
std::string csv_number(const std::optional<double>& value);

/// Fields quoted where they need it, and the end of the line.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace paq
