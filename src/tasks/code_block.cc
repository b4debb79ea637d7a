// SPDX-License-Identifier: MIT
#include "tasks/code_block.h"

#include <algorithm>

#include "tasks/ascii.h"
#include "tasks/python_lines.h"
#include "tasks/statement.h"

namespace paq {
namespace {

using Lines = std::vector<std::string_view>;

bool is_fence(std::string_view line) {
  line = trimmed(line);
  return line.starts_with("```") || line.starts_with("~~~");
}

size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(" \t"), line.size());
}

// "```python" opens; a bare fence after code closes what the prompt opened.
bool closes_first(const Lines& lines, size_t fence,
                  const std::function<bool(std::string_view)>& is_definition) {
  if (trimmed(lines[fence]).size() != 3) return false;
  if (std::count_if(lines.begin(), lines.end(), is_fence) % 2 == 0) return false;
  for (size_t i = 0; i < fence; ++i) {
    if (is_definition(lines[i])) return true;
    if (!trimmed(lines[i]).empty())
      return indent_of(lines[i]) > 0 || trimmed(lines[i]).starts_with("return");
  }
  return false;
}

bool returns(const Lines& lines) {
  return std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
    return trimmed(line).starts_with("return") || trimmed(line).starts_with("yield");
  });
}

bool is_empty(const Lines& lines) {
  return std::all_of(lines.begin(), lines.end(),
                     [](std::string_view line) { return trimmed(line).empty(); });
}

struct Blocks {
  std::vector<Lines> fenced;
  Lines outside;
  bool broken = false;  ///< The last block ends within a text in triple quotes.
};

Blocks blocks_of(const Lines& lines, bool know_texts) {
  Blocks blocks;
  PythonLines python;
  bool inside = false;
  size_t indent = 0;
  for (std::string_view line : lines) {
    if (is_fence(line) && !(know_texts && inside && python.in_text())) {
      inside = !inside;
      indent = indent_of(line);
      python = {};
      if (inside) blocks.fenced.emplace_back();
    } else if (inside) {
      line.remove_prefix(std::min(indent, indent_of(line)));
      blocks.fenced.back().push_back(line);
      python.add(line);
    } else {
      blocks.outside.push_back(line);
    }
  }
  blocks.broken = python.in_text();
  return blocks;
}

}  // namespace

std::vector<std::string_view> lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

CodeBlock code_block(std::string_view response,
                     const std::function<bool(std::string_view line)>& is_definition) {
  const Lines lines = lines_of(without_reasoning(response));
  const auto first = std::find_if(lines.begin(), lines.end(), is_fence);
  if (first == lines.end()) return {lines, false};
  if (closes_first(lines, static_cast<size_t>(first - lines.begin()), is_definition)) {
    return {Lines(lines.begin(), first), true};
  }
  Blocks found = blocks_of(lines, /*know_texts=*/true);
  // A quote that never ends, in prose or in code, hides no fence.
  if (found.broken) found = blocks_of(lines, /*know_texts=*/false);
  auto& [blocks, outside, broken] = found;
  const auto has_definition = [&](const Lines& block) {
    return std::any_of(block.begin(), block.end(), is_definition);
  };
  const auto wanted = std::find_if(blocks.rbegin(), blocks.rend(), has_definition);
  if (wanted != blocks.rend()) {
    CodeBlock code{*wanted, true};
    blocks.erase(std::next(wanted).base());
    code.others = std::move(blocks);
    return code;
  }
  if (has_definition(outside)) return {outside, false};
  std::erase_if(blocks, is_empty);
  if (blocks.empty()) return {outside, false};
  const auto returning = std::find_if(blocks.begin(), blocks.end(), returns);
  return {returning != blocks.end() ? *returning : blocks.front(), true};
}

}  // namespace paq
