// SPDX-License-Identifier: MIT
#include "label/label_order.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>

#include "label/answer.h"

namespace paq {
namespace {

// Everything that a chat template is given, in its order.
std::string text_of(const Prompt& prompt) {
  std::string text;
  for (const Message& message : prompt.messages) {
    text += message.role;
    text += '\0';
    text += message.content;
    text += '\0';
  }
  return text;
}

size_t common_beginning(const std::string& a, const std::string& b) {
  const size_t most = std::min(a.size(), b.size());
  return static_cast<size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<ptrdiff_t>(most), b.begin()).first -
      a.begin());
}

// Roughly how much work a prompt is, in bytes of text.
size_t work_of(const Prompt& prompt, const std::string& text) {
  constexpr size_t kBytesPerToken = 4;
  return text.size() + kBytesPerToken * static_cast<size_t>(longest_answer(prompt));
}

struct Group {
  size_t begin = 0, end = 0;  // Into the sorted order.
  size_t work = 0;            // Of its largest prompt.
};

}  // namespace

bool begin_alike(std::span<const Prompt> prompts) {
  std::vector<std::string> texts;
  for (const Prompt& prompt : prompts) texts.push_back(text_of(prompt));
  std::ranges::sort(texts);
  size_t shared = 0, all = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    all += texts[i].size();
    const size_t common = i > 0 ? common_beginning(texts[i - 1], texts[i]) : 0;
    if (common >= kSharedBeginning) shared += common;
  }
  return 10 * shared >= all && shared > 0;
}

std::vector<size_t> labelling_order(std::span<const Prompt> prompts) {
  std::vector<std::string> texts;
  for (const Prompt& prompt : prompts) texts.push_back(text_of(prompt));
  std::vector<size_t> sorted(prompts.size());
  std::iota(sorted.begin(), sorted.end(), size_t{0});
  std::stable_sort(sorted.begin(), sorted.end(), [&](size_t a, size_t b) {
    return std::tie(texts[a], prompts[a].id) < std::tie(texts[b], prompts[b].id);
  });
  std::vector<Group> groups;
  for (size_t i = 0; i < sorted.size(); ++i) {
    const bool goes_on =
        i > 0 && common_beginning(texts[sorted[i - 1]], texts[sorted[i]]) >= kSharedBeginning;
    if (!goes_on) groups.push_back({i, i, 0});
    groups.back().end = i + 1;
    groups.back().work =
        std::max(groups.back().work, work_of(prompts[sorted[i]], texts[sorted[i]]));
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Group& a, const Group& b) { return a.work > b.work; });
  std::vector<size_t> order;
  for (const Group& group : groups) {
    for (size_t i = group.begin; i < group.end; ++i) order.push_back(sorted[i]);
  }
  return order;
}

}  // namespace paq
