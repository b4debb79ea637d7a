// SPDX-License-Identifier: MIT
// Which prompts are about the same passage, told from their texts alone: a store knows no passages,
// and users' own prompts have none by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace paq {

/// Shorter lines are no passages.
inline constexpr size_t kPassageBytes = 100;

struct TaskText {
  std::string_view task, text;
};

/// A prompt's passage is its first line of at least kPassageBytes that is no instruction; an
/// instruction is a line that more than half of the prompts of a task have. Benchmarks put the
/// passage before the question, so two questions about one passage get the same key.
class PassageKeys {
 public:
  /// Learns which lines are instructions. Keeps nothing of `prompts`.
  explicit PassageKeys(std::span<const TaskText> prompts);

  /// The passage, or the whole text where there is none; a view into `text`.
  std::string_view key(std::string_view text) const;

 private:
  std::unordered_set<std::string> instructions_;
};

/// Indexes into `texts`, ascending: of every passage one text, drawn by `seed`.
std::vector<size_t> draw_one_per_passage(std::span<const std::string_view> texts,
                                         const PassageKeys& keys, uint64_t seed);

}  // namespace paq
