// SPDX-License-Identifier: MIT
#include "tasks/program.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "tasks/program_parser.h"

namespace paq {
namespace {

using Value = std::optional<int64_t>;
using Kind = ProgramNode::Kind;

constexpr size_t kMaxBytes = 65536;
constexpr int kMaxDepth = 1000;
constexpr int kMaxSteps = 100000;

// Python's floor division; `divide` and `modulo` keep a == (a // b) * b + a % b.
Value divide(int64_t a, int64_t b) {
  if (b == 0 || (a == std::numeric_limits<int64_t>::min() && b == -1)) return std::nullopt;
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

Value modulo(int64_t a, int64_t b) {
  if (b == 0) return std::nullopt;
  if (b == -1) return 0;  // The smallest number % -1 traps in hardware.
  const int64_t remainder = a % b;
  return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

Value calculate(std::string_view op, int64_t a, int64_t b) {
  int64_t result = 0;
  if (op == "+") return __builtin_add_overflow(a, b, &result) ? Value{} : result;
  if (op == "-") return __builtin_sub_overflow(a, b, &result) ? Value{} : result;
  if (op == "*") return __builtin_mul_overflow(a, b, &result) ? Value{} : result;
  return op == "//" ? divide(a, b) : modulo(a, b);
}

bool compare(std::string_view op, int64_t a, int64_t b) {
  if (op == "<") return a < b;
  if (op == "<=") return a <= b;
  if (op == ">") return a > b;
  if (op == ">=") return a >= b;
  return op == "==" ? a == b : a != b;
}

class Evaluator {
 public:
  explicit Evaluator(const ParsedProgram& program) : program_(program) {}

  // nullopt is an exception in Python's terms: it ends the whole evaluation.
  Value evaluate(int node) {
    if (depth_ == kMaxDepth || ++steps_ > kMaxSteps) return std::nullopt;
    ++depth_;
    const Value value = evaluate(program_.nodes[static_cast<size_t>(node)]);
    --depth_;
    return value;
  }

 private:
  struct Frame {
    const ProgramFunction* function;
    std::vector<int64_t> arguments;
  };

  Value evaluate(const ProgramNode& node) {
    switch (node.kind) {
      case Kind::kNumber:
        return node.value;
      case Kind::kName:
        return argument(node.text);
      case Kind::kPlus:
        return evaluate(node.args[0]);
      case Kind::kNegate: {
        const Value value = evaluate(node.args[0]);
        return value ? calculate("-", 0, *value) : value;
      }
      case Kind::kNot: {
        const Value value = evaluate(node.args[0]);
        return value ? Value(*value == 0) : value;
      }
      case Kind::kAnd:
      case Kind::kOr: {
        const Value left = evaluate(node.args[0]);
        const bool decided = left && (*left != 0) == (node.kind == Kind::kOr);
        return !left || decided ? left : evaluate(node.args[1]);
      }
      case Kind::kBinary: {
        const Value left = evaluate(node.args[0]);
        const Value right = left ? evaluate(node.args[1]) : Value{};
        return right ? calculate(node.text, *left, *right) : Value{};
      }
      case Kind::kCompare:
        return evaluate_comparison(node);
      case Kind::kIf: {
        const Value condition = evaluate(node.args[1]);
        if (!condition) return condition;
        return evaluate(*condition != 0 ? node.args[0] : node.args[2]);
      }
      case Kind::kCall:
        return call(node);
    }
    return std::nullopt;
  }

  Value argument(std::string_view name) const {
    if (frames_.empty()) return std::nullopt;
    const auto& parameters = frames_.back().function->parameters;
    const auto found = std::find(parameters.begin(), parameters.end(), name);
    if (found == parameters.end()) return std::nullopt;
    return frames_.back().arguments[static_cast<size_t>(found - parameters.begin())];
  }

  Value evaluate_comparison(const ProgramNode& node) {
    Value left = evaluate(node.args[0]);
    for (size_t i = 0; left && i < node.operators.size(); ++i) {
      const Value right = evaluate(node.args[i + 1]);
      if (!right) return right;
      if (!compare(node.operators[i], *left, *right)) return 0;
      left = right;
    }
    return left ? Value(1) : left;
  }

  Value call(const ProgramNode& node) {
    if (argument(node.text)) return std::nullopt;  // A number can't be called.
    const auto& functions = program_.functions;
    // The last definition of a name is the one that counts.
    const auto function = std::find_if(functions.rbegin(), functions.rend(),
                                       [&](const auto& known) { return known.name == node.text; });
    const bool own = function != functions.rend();
    const bool builtin = node.text == "min" || node.text == "max" || node.text == "abs";
    if (!own && !builtin) return std::nullopt;
    std::vector<int64_t> arguments;
    for (const int arg : node.args) {
      const Value value = evaluate(arg);
      if (!value) return value;
      arguments.push_back(*value);
    }
    if (!own) return call_builtin(node.text, arguments);
    if (arguments.size() != function->parameters.size()) return std::nullopt;
    frames_.push_back({&*function, std::move(arguments)});
    const Value value = evaluate(function->body);
    frames_.pop_back();
    return value;
  }

  static Value call_builtin(std::string_view name, const std::vector<int64_t>& arguments) {
    if (name == "abs") {
      if (arguments.size() != 1) return std::nullopt;
      return arguments[0] < 0 ? calculate("-", 0, arguments[0]) : arguments[0];
    }
    // Of one number Python's min and max want its items, and it has none.
    if (arguments.size() < 2) return std::nullopt;
    return name == "min" ? *std::min_element(arguments.begin(), arguments.end())
                         : *std::max_element(arguments.begin(), arguments.end());
  }

  const ParsedProgram& program_;
  std::vector<Frame> frames_;
  int depth_ = 0;
  int steps_ = 0;
};

}  // namespace

std::optional<int64_t> run_program(std::string_view program, std::string_view call) {
  if (program.size() > kMaxBytes || call.size() > kMaxBytes) return std::nullopt;
  ParsedProgram parsed;
  if (!parse_definitions(program, parsed)) return std::nullopt;
  const auto expression = parse_expression(call, parsed);
  if (!expression) return std::nullopt;
  return Evaluator(parsed).evaluate(*expression);
}

}  // namespace paq
