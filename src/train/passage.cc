// SPDX-License-Identifier: MIT
#include "train/passage.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace paq {
namespace {

// Calls `visit` with each long line until it returns true.
template <typename Visit>
void for_long_lines(std::string_view text, Visit visit) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (line.size() >= kPassageBytes && visit(line)) return;
    begin = end + 1;
  }
}

}  // namespace

PassageKeys::PassageKeys(std::span<const Example> examples) {
  std::map<std::string_view, size_t> prompts;  // by task; equal texts count once
  std::map<std::pair<std::string_view, std::string_view>, size_t> lines;
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Example& example : examples) {
    if (!seen.emplace(example.task, example.text).second) continue;
    ++prompts[example.task];
    std::set<std::string_view> own;
    for_long_lines(example.text, [&](std::string_view line) {
      if (own.insert(line).second) ++lines[{example.task, line}];
      return false;
    });
  }
  for (const auto& [task_line, count] : lines) {
    if (count > 1 && 2 * count > prompts.at(task_line.first)) {
      instructions_.emplace(task_line.second);
    }
  }
}

std::string_view PassageKeys::key(std::string_view text) const {
  std::string_view found = text;
  for_long_lines(text, [&](std::string_view line) {
    if (instructions_.contains(std::string(line))) return false;
    found = line;
    return true;
  });
  return found;
}

}  // namespace paq
