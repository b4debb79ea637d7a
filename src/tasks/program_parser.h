// SPDX-License-Identifier: MIT
// Syntax trees of programs. Internal to tasks/; see program.h for the language.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace paq {

/// A node of an expression. Nodes lie in one vector and refer to each other by index, so that no
/// depth of nesting can exhaust the stack when they are freed.
struct ProgramNode {
  enum class Kind {
    kNumber,   ///< value
    kName,     ///< text
    kNegate,   ///< -args[0]
    kPlus,     ///< +args[0]
    kNot,      ///< not args[0]
    kAnd,      ///< args[0] and args[1]
    kOr,       ///< args[0] or args[1]
    kBinary,   ///< args[0] text args[1], arithmetic
    kCompare,  ///< args[0] operators[0] args[1] operators[1] args[2] ...
    kIf,       ///< args[0] if args[1] else args[2]
    kCall,     ///< text(args...)
  };
  Kind kind = Kind::kNumber;
  int64_t value = 0;
  std::string_view text = {};
  std::vector<int> args = {};
  std::vector<std::string_view> operators = {};
};

struct ProgramFunction {
  std::string_view name;
  std::vector<std::string_view> parameters;
  int body = 0;
};

/// Views point into the parsed source.
struct ParsedProgram {
  std::vector<ProgramNode> nodes;
  std::vector<ProgramFunction> functions;
};

/// Appends the definitions of `source` to `program`; false where it is malformed.
bool parse_definitions(std::string_view source, ParsedProgram& program);

/// Appends the expression and returns its node; nullopt where it is malformed.
std::optional<int> parse_expression(std::string_view source, ParsedProgram& program);

}  // namespace paq
