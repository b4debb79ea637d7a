// SPDX-License-Identifier: MIT
// Runs the small programs that the miniature writes: a subset of Python, interpreted in process.
//
// A program is one or more `def name(args):` with a single `return expression` (on the same line or
// an indented next one). Expressions: whole numbers, True, False, arguments, + - * // % and unary
// signs, comparisons (chained ones too), `and or not`, `a if c else b`, parentheses, calls of min,
// max, abs and of the program's own functions. They mean what they mean in Python 3: // and % round
// down, `and` and `or` give an operand, names are looked up when they are reached. Annotations with
// int or bool and comments are allowed. Nothing else is reachable: no loops, no input or output.
//
// This is no sandbox for real Python: HumanEval's programs need one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace paq {

/// Value of `call`, an expression such as "f(3)", under the definitions in `program` (which may be
/// empty). nullopt for anything that is malformed, undefined, divides by zero, overflows 64 bits
/// (a literal too) or exceeds the limits: 64 KiB of text, 64 functions, 64 parameters, 200
/// levels of nesting, 1,000 levels of evaluation, 100,000 steps. Any bytes are allowed; time and
/// stack are bounded.
std::optional<int64_t> run_program(std::string_view program, std::string_view call);

}  // namespace paq
