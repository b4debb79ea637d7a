// SPDX-License-Identifier: MIT
#include "core/passage.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/random.h"

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

PassageKeys::PassageKeys(std::span<const TaskText> prompts) {
  std::map<std::string_view, size_t> counts;  // by task; equal texts count once
  std::map<std::pair<std::string_view, std::string_view>, size_t> lines;
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const TaskText& prompt : prompts) {
    if (!seen.emplace(prompt.task, prompt.text).second) continue;
    ++counts[prompt.task];
    std::set<std::string_view> own;
    for_long_lines(prompt.text, [&](std::string_view line) {
      if (own.insert(line).second) ++lines[{prompt.task, line}];
      return false;
    });
  }
  for (const auto& [task_line, count] : lines) {
    if (count > 1 && 2 * count > counts.at(task_line.first)) {
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

std::vector<size_t> draw_one_per_passage(std::span<const std::string_view> texts,
                                         const PassageKeys& keys, uint64_t seed) {
  std::map<std::string_view, std::pair<double, size_t>> drawn;  // by passage: the least number
  for (size_t i = 0; i < texts.size(); ++i) {
    const double number = Random(seed, "one of a passage " + std::string(texts[i])).uniform();
    const auto [found, added] = drawn.try_emplace(keys.key(texts[i]), number, i);
    if (!added && number < found->second.first) found->second = {number, i};
  }
  std::vector<size_t> kept;
  for (const auto& [passage, number_and_place] : drawn) kept.push_back(number_and_place.second);
  std::sort(kept.begin(), kept.end());
  return kept;
}

}  // namespace paq
