// SPDX-License-Identifier: MIT
// Outcomes as a JSONL file, to bring in what was measured elsewhere and to take out what was
// measured here. One object a line:
//
//     {"id", "task", "split", "prompt" or "messages", "answers", "tests",
//      "outcomes": {"4": {"score": 0..1, "perplexity": x, "seconds": s, "tokens": n,
//                         "response": "...", "logprobs": [...], "token_ids": [...]}, ...}}
//
// `task` is any name; `split`, `answers` and `tests` may be absent, as in a prompts file; all of an
// outcome may be absent but one of score and perplexity.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/outcome.h"
#include "store/store.h"

namespace paq {

/// Reads a whole file's bytes; `name` stands for the file in messages. Throws Error(kBadFile) with
/// file, line and field for the first thing that is wrong.
std::vector<PromptOutcomes> parse_outcomes(std::string_view bytes, std::string_view name);

/// One line of the file, without the newline. Bytes of a response that are not UTF-8 become U+FFFD.
std::string outcomes_line(const PromptOutcomes& prompt);

struct ImportSummary {
  int64_t prompts = 0;
  int64_t outcomes = 0;
};

/// Stores all of a file's outcomes, or none of them. A prompt that the store has with the same text
/// keeps its answers where the file gives none. Throws Error(kNotFound, kBadFile) for the file, and
/// Error(kMismatch) for a prompt that the store has with another text or other answers: importing
/// never discards outcomes.
ImportSummary import_outcomes(const std::filesystem::path& path, Store& store);

}  // namespace paq
