// SPDX-License-Identifier: MIT
// What fuzz targets expect of the code that they drive.
#pragma once

#include <cstdlib>
#include <string_view>

#include "core/error.h"

namespace paq {

inline void require(bool holds) {
  if (!holds) std::abort();
}

/// That bytes were refused as people need it: one line, and a code that says the file is bad.
inline void require_bad_file(const Error& error) {
  const std::string_view message = error.what();
  require(!message.empty() && message.find('\n') == message.npos);
  require(error.code() == ErrorCode::kBadFile);
}

}  // namespace paq
