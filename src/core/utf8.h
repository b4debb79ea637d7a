// SPDX-License-Identifier: MIT
// What is UTF-8 and what is not (Unicode 15, table 3-7; RFC 3629): the one place that decides it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace paq {

/// The beginning of a text.
struct Utf8Sequence {
  size_t length = 0;        ///< Bytes of the well-formed character there; 0: there is none.
  bool unfinished = false;  ///< More bytes could still make it one.
};

/// `text` must not be empty.
Utf8Sequence utf8_sequence(std::string_view text);

/// Offset of the first byte that is not UTF-8; npos where all is well.
size_t find_invalid_utf8(std::string_view bytes);

/// Each byte that is not UTF-8 becomes U+FFFD.
std::string valid_utf8(std::string_view bytes);

}  // namespace paq
