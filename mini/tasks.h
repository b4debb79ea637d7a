// SPDX-License-Identifier: MIT
// Prompts for the miniature: seven task families that mirror the seven benchmarks.
//
// Every prompt is made on the spot from a seed; nothing is read from disk. The splits are disjoint:
// whether a prompt belongs to train, validation or test follows from a hash of its text alone. The
// same arguments give the same prompts on every machine. Its own vocabulary of about 400 words; no
// natural text. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/prompt.h"
#include "core/random.h"

namespace paq {

enum class MiniSplit { kTrain, kValidation, kTest };

/// "train", "validation", "test", as in Prompt::split.
std::string_view to_string(MiniSplit split);

/// The seven families, in the order of tables: "mini-squad2", "mini-drop", ...
std::span<const std::string_view> mini_task_names();

/// `count` different prompts of one split. Throws Error(kUsage) for an unknown task, or where the
/// family has fewer different prompts than that.
std::vector<Prompt> generate_mini_task(std::string_view task, MiniSplit split, size_t count,
                                       uint64_t seed);

namespace mini {

/// A prompt together with the one text that the miniature is trained to answer it with.
struct Example {
  Prompt prompt;
  std::string answer;
};

/// As generate_mini_task, with the answers.
std::vector<Example> generate_examples(std::string_view task, MiniSplit split, size_t count,
                                       uint64_t seed);

/// One random example of a task in a split, for an endless stream. `difficulty` in [0, 1] limits
/// how long passages and chains get; 1 is what generate_examples uses.
Example next_example(std::string_view task, MiniSplit split, Random& random, double difficulty);

}  // namespace mini
}  // namespace paq
