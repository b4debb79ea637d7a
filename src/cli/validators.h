// SPDX-License-Identifier: MIT
// Checks of option values whose messages people can read.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace paq {

/// For whole numbers of any size: refuses a minus sign, which would wrap where the number is
/// unsigned.
inline CLI::Validator not_negative() {
  return CLI::Validator(
      [](std::string& text) {
        return text.starts_with('-') ? text + " is below 0" : std::string();
      },
      "0 OR MORE");
}

}  // namespace paq
