// SPDX-License-Identifier: MIT
// A precedence-climbing parser. Binding powers follow the table in Python's language reference,
// section 6.17: if-else < or < and < not < comparisons < + - < * // % < unary signs.
#include "tasks/program_parser.h"

#include <algorithm>
#include <array>

#include "tasks/program_lexer.h"

namespace paq {
namespace {

using Kind = ProgramNode::Kind;

constexpr int kMaxNesting = 200;
// Names are looked up one by one; this keeps that cheap.
constexpr size_t kMaxNames = 64;

enum Power { kIfPower, kOrPower, kAndPower, kNotPower, kComparePower, kSumPower, kProductPower };

constexpr auto kComparisons = std::to_array<std::string_view>({"<", "<=", ">", ">=", "==", "!="});

// Python's keywords: none of them can be a name.
constexpr auto kKeywords = std::to_array<std::string_view>(
    {"False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
     "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
     "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
     "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"});

// Thrown and caught inside this file only.
struct Malformed {};

class Parser {
 public:
  Parser(std::string_view source, ParsedProgram& program) : program_(program) {
    auto tokens = tokenise_program(source);
    if (!tokens) throw Malformed{};
    tokens_ = std::move(*tokens);
  }

  void definitions() {
    while (peek().kind != ProgramToken::Kind::kEnd) definition();
  }

  int whole_expression() {
    const int node = expression(kIfPower);
    end_of_line();
    if (peek().kind != ProgramToken::Kind::kEnd) throw Malformed{};
    return node;
  }

 private:
  const ProgramToken& peek() const { return tokens_[position_]; }
  const ProgramToken& next() { return tokens_[position_++]; }  // kEnd is never consumed.

  bool at(std::string_view text) const {
    return (peek().kind == ProgramToken::Kind::kName ||
            peek().kind == ProgramToken::Kind::kOperator) &&
           peek().text == text;
  }
  bool accept(std::string_view text) {
    if (!at(text)) return false;
    ++position_;
    return true;
  }
  void expect(std::string_view text) {
    if (!accept(text)) throw Malformed{};
  }
  void end_of_line() {
    if (next().kind != ProgramToken::Kind::kNewline) throw Malformed{};
  }
  std::string_view name() {
    const ProgramToken token = peek();
    const bool keyword =
        std::find(kKeywords.begin(), kKeywords.end(), token.text) != kKeywords.end();
    if (token.kind != ProgramToken::Kind::kName || keyword) throw Malformed{};
    ++position_;
    return token.text;
  }
  void annotation() {
    if (!accept("int")) expect("bool");
  }

  void definition() {
    if (peek().indented || program_.functions.size() == kMaxNames) throw Malformed{};
    expect("def");
    ProgramFunction function;
    function.name = name();
    expect("(");
    while (!at(")")) {
      const std::string_view parameter = name();
      const auto& known = function.parameters;
      if (std::find(known.begin(), known.end(), parameter) != known.end()) throw Malformed{};
      if (known.size() == kMaxNames) throw Malformed{};
      function.parameters.push_back(parameter);
      if (accept(":")) annotation();
      if (!accept(",")) break;
    }
    expect(")");
    if (accept("->")) annotation();
    expect(":");
    if (peek().kind == ProgramToken::Kind::kNewline) {
      ++position_;
      if (!peek().indented) throw Malformed{};
    }
    expect("return");
    function.body = expression(kIfPower);
    end_of_line();
    program_.functions.push_back(std::move(function));
  }

  int add(ProgramNode node) {
    program_.nodes.push_back(std::move(node));
    return static_cast<int>(program_.nodes.size()) - 1;
  }

  // Everything that binds at least as strongly as `power`.
  int expression(int power) {
    if (++nesting_ > kMaxNesting) throw Malformed{};
    int left = operand(power);
    while (const auto joined = join(left, power)) left = *joined;
    --nesting_;
    return left;
  }

  // `left` together with the operator that follows, where that binds strongly enough.
  std::optional<int> join(int left, int power) {
    const std::string_view op = peek().text;
    if (power <= kProductPower && (at("*") || at("//") || at("%"))) {
      ++position_;
      return add(
          {.kind = Kind::kBinary, .text = op, .args = {left, expression(kProductPower + 1)}});
    }
    if (power <= kSumPower && (at("+") || at("-"))) {
      ++position_;
      return add({.kind = Kind::kBinary, .text = op, .args = {left, expression(kSumPower + 1)}});
    }
    if (power <= kComparePower && at_comparison()) return comparison(left);
    if (power <= kAndPower && accept("and")) {
      return add({.kind = Kind::kAnd, .text = op, .args = {left, expression(kAndPower + 1)}});
    }
    if (power <= kOrPower && accept("or")) {
      return add({.kind = Kind::kOr, .text = op, .args = {left, expression(kOrPower + 1)}});
    }
    if (power <= kIfPower && accept("if")) {
      const int condition = expression(kOrPower);
      expect("else");
      return add({.kind = Kind::kIf, .text = op, .args = {left, condition, expression(kIfPower)}});
    }
    return std::nullopt;
  }

  bool at_comparison() const {
    return std::any_of(kComparisons.begin(), kComparisons.end(),
                       [&](std::string_view op) { return at(op); });
  }

  int comparison(int left) {
    ProgramNode node{.kind = Kind::kCompare, .args = {left}};
    while (at_comparison()) {
      node.operators.push_back(next().text);
      node.args.push_back(expression(kComparePower + 1));
    }
    return add(std::move(node));
  }

  int operand(int power) {
    if (peek().kind == ProgramToken::Kind::kNumber) {
      const ProgramToken token = next();
      return add({.kind = Kind::kNumber, .value = token.number, .text = token.text});
    }
    if (accept("(")) {
      const int inner = expression(kIfPower);
      expect(")");
      return inner;
    }
    if (accept("-")) return add({.kind = Kind::kNegate, .args = {expression(kProductPower + 1)}});
    if (accept("+")) return add({.kind = Kind::kPlus, .args = {expression(kProductPower + 1)}});
    // `1 + not x` is a syntax error in Python.
    if (power <= kNotPower && accept("not")) {
      return add({.kind = Kind::kNot, .args = {expression(kNotPower)}});
    }
    if (at("True") || at("False")) {
      return add({.kind = Kind::kNumber, .value = next().text == "True" ? 1 : 0});
    }
    const std::string_view called = name();
    if (!accept("(")) return add({.kind = Kind::kName, .text = called});
    ProgramNode call{.kind = Kind::kCall, .text = called};
    while (!at(")")) {
      call.args.push_back(expression(kIfPower));
      if (!accept(",")) break;
    }
    expect(")");
    return add(std::move(call));
  }

  ParsedProgram& program_;
  std::vector<ProgramToken> tokens_;
  size_t position_ = 0;
  int nesting_ = 0;
};

}  // namespace

bool parse_definitions(std::string_view source, ParsedProgram& program) {
  try {
    Parser(source, program).definitions();
    return true;
  } catch (const Malformed&) {
    return false;
  }
}

std::optional<int> parse_expression(std::string_view source, ParsedProgram& program) {
  try {
    return Parser(source, program).whole_expression();
  } catch (const Malformed&) {
    return std::nullopt;
  }
}

}  // namespace paq
