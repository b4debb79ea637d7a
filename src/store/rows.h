// SPDX-License-Identifier: MIT
// Prompts and outcomes as columns. Internal to store/.
//
// No public header: it includes SQLiteCpp.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>

#include "core/outcome.h"
#include "core/prompt.h"
#include "store/store.h"

namespace paq {

/// The `messages` column: [{"role", "content"}]. Throws Error(kUsage) for text that is not UTF-8.
std::string messages_column(const Prompt& prompt);
/// The `reference` column: {"answers": [...], "tests": [{"call", "expected"}]}. Throws likewise.
std::string reference_column(const Prompt& prompt);

/// The prompt in columns `first` to `first` + 4: task, split, id, messages, reference.
Prompt read_prompt(SQLite::Statement& row, int first);

/// The twelve columns of an outcome that are its own, in the order of the next two.
inline const std::string kOutcomeColumns =
    "score, perplexity, seconds, seconds_to_first_token, prompt_tokens, tokens, finish, response, "
    "logprobs, token_ids, concurrency, scorer";

/// Binds kOutcomeColumns to the twelve parameters from `first` on.
void bind_outcome(SQLite::Statement& statement, int first, const Outcome& outcome);
/// Reads the same twelve from the columns from `first` on.
Outcome read_outcome(SQLite::Statement& row, int first, BitWidth bits);

/// Finds what tells whether an outcome has to be measured again; prepared once for many.
inline constexpr const char* kFindOutcomeState =
    "SELECT concurrency, finish, prompt_tokens, tokens, perplexity FROM outcomes "
    "JOIN variants USING (variant_id) "
    "WHERE prompt_id = ? AND variants.hash = ? AND bits = ? AND settings = ?";
std::optional<OutcomeState> find_outcome_state(SQLite::Statement& find, int64_t prompt_id,
                                               const OutcomeSource& source);

}  // namespace paq
