// SPDX-License-Identifier: MIT
// Splits the text of a program into tokens. Internal to tasks/; see program.h for the language.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace paq {

struct ProgramToken {
  enum class Kind {
    kNumber,
    kName,      ///< Identifiers and keywords.
    kOperator,  ///< One of ( ) , : -> + - * // % < <= > >= == !=
    kNewline,   ///< End of a line that is not blank, outside parentheses.
    kEnd,
  };
  Kind kind = Kind::kEnd;
  std::string_view text;  ///< Points into the source.
  int64_t number = 0;
  bool indented = false;  ///< First of its line and preceded by white space.
};

/// The tokens of `source`, closed by kEnd; nullopt where it contains anything that the language has
/// not, or a number beyond 64 bits.
std::optional<std::vector<ProgramToken>> tokenise_program(std::string_view source);

}  // namespace paq
