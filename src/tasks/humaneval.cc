// SPDX-License-Identifier: MIT
#include "tasks/humaneval.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "core/error.h"
#include "tasks/ascii.h"
#include "tasks/code_block.h"
#include "tasks/python_lines.h"

namespace paq {
namespace {

constexpr size_t kNone = std::string_view::npos;
constexpr std::string_view kIndent = "    ";

size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(" \t"), line.size());
}

bool is_blank(std::string_view line) { return trimmed(line).empty(); }

bool defines(std::string_view line, std::string_view name) {
  line = trimmed(line);
  if (line.starts_with("async ")) line = trimmed(line.substr(6));
  if (!line.starts_with("def ")) return false;
  line = trimmed(line.substr(4));
  if (!line.starts_with(name)) return false;
  line = trimmed(line.substr(name.size()));
  return line.starts_with('(');
}

// The prompt up to the function's own definition: imports and helpers.
std::string preamble(const CodeReference& code) {
  std::string kept, pending;
  for (const std::string_view line : lines_of(code.prompt)) {
    if (indent_of(line) == 0 && defines(line, code.entry_point)) kept = pending;
    pending.append(line) += '\n';
  }
  return kept;
}

void append_lines(const std::vector<std::string_view>& lines, size_t indent, std::string& text) {
  for (const std::string_view line : lines) {
    if (!is_blank(line)) text.append(indent, ' ').append(line);
    text += '\n';
  }
}

// Less what all lines are indented by, as code within a list is.
std::vector<std::string_view> dedented(std::vector<std::string_view> lines, size_t indent) {
  for (std::string_view& line : lines) line.remove_prefix(std::min(indent, indent_of(line)));
  return lines;
}

bool is_top_level_code(std::string_view line) {
  constexpr auto kStarts = std::to_array<std::string_view>(
      {"def ", "async def ", "class ", "import ", "@", "#", ")", "]", "}"});
  if (line.starts_with("from ")) return line.find(" import ") != kNone;
  if (std::any_of(kStarts.begin(), kStarts.end(),
                  [&](std::string_view start) { return line.starts_with(start); })) {
    return true;
  }
  // NAME = ...
  size_t i = 0;
  while (i < line.size() && (is_alnum(line[i]) || line[i] == '_')) ++i;
  return i > 0 && line.substr(i).starts_with(" = ");
}

// Of prose with code in it, the code: from the first line of the top level that is code, every such
// line with the indented lines below it.
std::vector<std::string_view> without_prose(const std::vector<std::string_view>& lines) {
  std::vector<std::string_view> kept;
  bool inside = false;
  for (const std::string_view line : lines) {
    if (!is_blank(line) && indent_of(line) == 0) inside = is_top_level_code(line);
    if (inside) kept.push_back(line);
  }
  return kept;
}

// The name that a line of the top level defines; empty where it defines none.
std::string_view defined_name(std::string_view line) {
  if (line.starts_with("async ")) line.remove_prefix(6);
  for (const std::string_view keyword : {"def ", "class "}) {
    if (!line.starts_with(keyword)) continue;
    line.remove_prefix(keyword.size());
    return line.substr(0, line.find_first_of(" (:"));
  }
  const std::string_view name = line.substr(0, line.find_first_of(" ="));
  const bool assigned = line.size() > name.size() &&
                        trimmed(line.substr(name.size())).starts_with("=") &&
                        !trimmed(line.substr(name.size())).starts_with("==");
  const bool word =
      std::all_of(name.begin(), name.end(), [](char c) { return is_alnum(c) || c == '_'; });
  return assigned && word ? name : std::string_view();
}

bool uses(const std::vector<std::string_view>& lines, std::string_view name) {
  const auto is_part = [](std::string_view line, size_t i) {
    return i < line.size() && (is_alnum(line[i]) || line[i] == '_');
  };
  return std::any_of(lines.begin(), lines.end(), [&](std::string_view line) {
    for (size_t at = line.find(name); at != kNone; at = line.find(name, at + 1)) {
      if ((at == 0 || !is_part(line, at - 1)) && !is_part(line, at + name.size())) return true;
    }
    return false;
  });
}

// Of the other blocks, before or after the function's, the lines of those that define what it uses
// and does not define itself.
std::vector<std::string_view> helper_lines(const CodeBlock& block, const CodeReference& code) {
  std::vector<std::string_view> helpers;
  for (const auto& other : block.others) {
    const bool helps = std::any_of(other.begin(), other.end(), [&](std::string_view line) {
      const std::string_view name = defined_name(line);
      return !name.empty() && uses(block.lines, name) &&
             std::none_of(block.lines.begin(), block.lines.end(),
                          [&](std::string_view own) { return defined_name(own) == name; });
    });
    const bool rival = std::any_of(other.begin(), other.end(), [&](std::string_view line) {
      return defines(line, code.entry_point);
    });
    if (helps && !rival) helpers.insert(helpers.end(), other.begin(), other.end());
  }
  return helpers;
}

std::string whole_function(const CodeBlock& block, size_t definition, const CodeReference& code) {
  std::vector<std::string_view> lines = block.lines;
  if (const size_t indent = indent_of(lines[definition]); indent > 0)
    lines = dedented(lines, indent);
  if (!block.fenced) lines = without_prose(lines);
  std::string program = preamble(code);
  append_lines(helper_lines(block, code), 0, program);
  append_lines(lines, 0, program);
  return program;
}

// Whether the body's first line alone lost its indentation, as it does when a response is trimmed.
// What a first line with a colon opens is deeper than the body; a line that returns from there, but
// not to the margin, returns to the body.
bool lost_first_indent(const std::vector<std::string_view>& body) {
  std::optional<size_t> next;
  for (size_t i = 1; i < body.size(); ++i) {
    if (is_blank(body[i])) continue;
    const size_t indent = indent_of(body[i]);
    if (!next) next = indent;
    if (indent < *next) return indent > 0;
  }
  const bool opens = trimmed(body.front()).ends_with(':');
  return !next || *next >= (opens ? 2 : 1) * kIndent.size();
}

// "Here is the body:"
bool is_sentence(std::string_view line) {
  return !line.empty() && is_upper(line.front()) && line.find(' ') != kNone &&
         line.find_first_of("=([") == kNone;
}

// Blank lines, and sentences above the code.
void drop_opening(std::vector<std::string_view>& body) {
  size_t first = 0;
  while (first < body.size() && (is_blank(body[first]) || is_sentence(body[first]))) ++first;
  body.erase(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(first));
}

std::string body_only(const CodeBlock& block, const CodeReference& code) {
  std::vector<std::string_view> body = block.lines;
  std::string program = code.prompt;
  if (!program.empty() && program.back() != '\n') program += '\n';
  drop_opening(body);
  if (body.empty()) return program;
  const bool indented = indent_of(body.front()) > 0;
  if (!indented && !lost_first_indent(body)) {
    append_lines(body, kIndent.size(), program);
    return program;
  }
  PythonLines python;  // Lines of a text in triple quotes have any indentation.
  for (size_t i = 0; i < body.size(); ++i) {
    const std::string_view line = body[i];
    const bool top = !is_blank(line) && indent_of(line) == 0 && !(i == 0 && !indented);
    if (top && !python.in_text() && std::string_view(")]}").find(line.front()) == kNone) break;
    if (i == 0 && !indented) program += kIndent;
    program.append(line) += '\n';
    python.add(line);
  }
  return program;
}

// As the official harness puts them together.
std::string with_tests(const std::string& program, const CodeReference& code) {
  return program + "\n" + code.test + "\ncheck(" + code.entry_point + ")\n";
}

}  // namespace

std::string complete_program(std::string_view response, const CodeReference& code) {
  const CodeBlock block =
      code_block(response, [&](std::string_view line) { return defines(line, code.entry_point); });
  for (size_t i = 0; i < block.lines.size(); ++i) {
    if (!defines(block.lines[i], code.entry_point)) continue;
    // A function of that name inside the body's own helper is no whole answer.
    const auto before = block.lines.begin() + static_cast<std::ptrdiff_t>(i);
    const bool outermost = std::all_of(block.lines.begin(), before, [&](std::string_view line) {
      return is_blank(line) || indent_of(line) >= indent_of(block.lines[i]) || !block.fenced;
    });
    if (outermost) return whole_function(block, i, code);
  }
  return body_only(block, code);
}

std::string test_program(std::string_view response, const CodeReference& code) {
  return with_tests(complete_program(response, code), code);
}

std::string sample_program(std::string_view completion, const CodeReference& code) {
  return with_tests(code.prompt + std::string(completion), code);
}

bool sample_passes(std::string_view completion, const CodeReference& code, CodeRunner& runner) {
  return runner.run_python(sample_program(completion, code)).verdict == CodeVerdict::kPassed;
}

bool code_passes(std::string_view response, const CodeReference& code, CodeRunner& runner) {
  return runner.run_python(test_program(response, code)).verdict == CodeVerdict::kPassed;
}

double pass_at_k(int64_t samples, int64_t passed, int64_t k) {
  if (passed < 0 || passed > samples || k < 1 || k > samples) {
    throw Error(ErrorCode::kUsage, "pass@" + std::to_string(k) + " of " + std::to_string(passed) +
                                       " passed among " + std::to_string(samples) +
                                       " samples; expected 0 <= passed <= samples and "
                                       "1 <= k <= samples");
  }
  if (samples - passed < k) return 1;
  double all_fail = 1;
  for (int64_t i = samples - passed + 1; i <= samples; ++i) {
    all_fail *= 1 - static_cast<double>(k) / static_cast<double>(i);
  }
  return 1 - all_fail;
}

}  // namespace paq
