// SPDX-License-Identifier: MIT
#include "tasks/program_lexer.h"

#include <array>

#include "tasks/ascii.h"

namespace paq {
namespace {

using Kind = ProgramToken::Kind;

// Longest first where one begins another.
constexpr auto kOperators = std::to_array<std::string_view>(
    {"//", "<=", ">=", "==", "!=", "->", "(", ")", ",", ":", "+", "-", "*", "%", "<", ">"});

bool is_name_char(char c) { return is_alnum(c) || c == '_'; }

// "12" and "1_000"; Python allows no leading zeros but in zero itself.
std::optional<int64_t> parse_number(std::string_view text) {
  int64_t value = 0;
  bool after_digit = false;
  for (const char c : text) {
    if (c == '_' && after_digit) {
      after_digit = false;
      continue;
    }
    if (!is_digit(c)) return std::nullopt;
    after_digit = true;
    if (__builtin_mul_overflow(value, 10, &value) ||
        __builtin_add_overflow(value, c - '0', &value)) {
      return std::nullopt;
    }
  }
  const bool leading_zero = text.size() > 1 && text[0] == '0' && value != 0;
  return after_digit && !leading_zero ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<std::vector<ProgramToken>> tokenise_program(std::string_view source) {
  std::vector<ProgramToken> tokens;
  int depth = 0;
  bool line_start = true, indented = false;
  const auto push = [&](Kind kind, std::string_view text) -> ProgramToken& {
    tokens.push_back({.kind = kind, .text = text, .number = 0, .indented = line_start && indented});
    line_start = false;
    return tokens.back();
  };
  for (size_t i = 0; i < source.size();) {
    const char c = source[i];
    if (c == '\n' || (c == '\r' && source.substr(i).starts_with("\r\n"))) {
      if (depth == 0 && !line_start) push(Kind::kNewline, source.substr(i, 1));
      if (depth == 0) {
        line_start = true;
        indented = false;
      }
      i += c == '\r' ? 2 : 1;
    } else if (c == ' ' || c == '\t') {
      indented = indented || line_start;
      ++i;
    } else if (c == '#') {
      while (i < source.size() && source[i] != '\n') ++i;
    } else if (is_name_char(c)) {
      const size_t begin = i;
      while (i < source.size() && is_name_char(source[i])) ++i;
      const std::string_view word = source.substr(begin, i - begin);
      if (!is_digit(c)) {
        push(Kind::kName, word);
        continue;
      }
      const auto number = parse_number(word);
      if (!number) return std::nullopt;
      push(Kind::kNumber, word).number = *number;
    } else {
      const auto* op = std::find_if(kOperators.begin(), kOperators.end(), [&](auto candidate) {
        return source.substr(i).starts_with(candidate);
      });
      if (op == kOperators.end()) return std::nullopt;
      depth += *op == "(" ? 1 : *op == ")" ? -1 : 0;
      if (depth < 0) return std::nullopt;
      push(Kind::kOperator, source.substr(i, op->size()));
      i += op->size();
    }
  }
  if (depth != 0) return std::nullopt;
  if (!line_start) push(Kind::kNewline, {});
  line_start = false;
  push(Kind::kEnd, {});
  return tokens;
}

}  // namespace paq
