// SPDX-License-Identifier: MIT
// Runs the small programs that the miniature writes: a subset of Python, interpreted in process.
//
// A program is one or more `def name(args):` with a single `return expression` (on the same line or
// an indented next one). Expressions: whole numbers, arguments, + - * // % and unary minus,
// comparisons, `and or not`, `a if c else b`, parentheses, calls of min, max, abs and of functions
// defined before. Nothing else is reachable: no loops, no input or output. Steps and depth are
// limited, so that nothing a model writes can hang or overflow.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace paq {

/// Value of `call` (for example "f(3)") under the definitions in `program`; nullopt for anything
/// that is malformed, undefined, divides by zero, overflows 64 bits or exceeds the limits.
std::optional<int64_t> run_program(std::string_view program, std::string_view call);

}  // namespace paq
