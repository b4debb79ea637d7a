// SPDX-License-Identifier: MIT
// Prompts and outcomes as columns. Internal to store/.
//
// No public header: it includes SQLiteCpp.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>

#include "core/outcome.h"
#include "core/prompt.h"

namespace paq {

/// The `messages` column: [{"role", "content"}]. Throws Error(kUsage) for text that is not UTF-8.
std::string messages_column(const Prompt& prompt);
/// The `reference` column: {"answers": [...], "tests": [{"call", "expected"}]}. Throws likewise.
std::string reference_column(const Prompt& prompt);

/// The prompt in columns `first` to `first` + 4: task, split, id, messages, reference.
Prompt read_prompt(SQLite::Statement& row, int first);

/// Binds score, perplexity, seconds, seconds_to_first_token, prompt_tokens, tokens, finish,
/// response, logprobs, token_ids, concurrency and scorer to the twelve parameters from `first` on.
void bind_outcome(SQLite::Statement& statement, int first, const Outcome& outcome);
/// Reads the same twelve from the columns from `first` on.
Outcome read_outcome(SQLite::Statement& row, int first, BitWidth bits);

}  // namespace paq
