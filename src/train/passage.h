// SPDX-License-Identifier: MIT
// Which prompts are about the same passage, told from their texts alone: a store knows no passages,
// and users' own prompts have none by name.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_set>

#include "train/dataset.h"

namespace paq {

/// Shorter lines are no passages.
inline constexpr size_t kPassageBytes = 100;

/// A prompt's passage is its first line of at least kPassageBytes that is no instruction; an
/// instruction is a line that more than half of the prompts of a task have. Benchmarks put the
/// passage before the question, so two questions about one passage get the same key.
class PassageKeys {
 public:
  /// Learns which lines are instructions.
  explicit PassageKeys(std::span<const Example> examples);

  /// The passage, or the whole text where there is none; a view into `text`.
  std::string_view key(std::string_view text) const;

 private:
  std::unordered_set<std::string> instructions_;
};

}  // namespace paq
