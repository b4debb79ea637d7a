// SPDX-License-Identifier: MIT
// Where a response states its answer. Internal to tasks/; docs/scoring.md has the rules.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace paq {

/// The response without its reasoning, up to a special token that the model spelt out
/// ("<|im_end|>"). Reasoning is what stands before the last "</think>" or the channel "final";
/// nothing is left where it never ended.
std::string_view without_reasoning(std::string_view response);

/// without_reasoning(), less the next question that a base model goes on to invent ("\nQuestion:").
/// A question that the response restates before it has answered belongs to it.
std::string_view own_answer(std::string_view response);

/// What the word in [begin, end), "answer" for one, states: after a colon, its line or the next
/// that has text; after "is", its sentence; after nothing else on its line, the next; within
/// "<answer>" tags. Empty where it only speaks of an answer ("a common answer", "I thought the
/// answer was", "the answer is based on ..."), nullopt where nothing of this follows.
std::optional<std::string_view> stated_by(std::string_view text, size_t begin, size_t end);

/// The text that the last statement of an answer gives: what the word "answer" states, or the
/// inside of "\boxed{}", whichever comes last. An "Answer:" after which the text breaks off does
/// not count. nullopt where nothing is stated. `text` is what own_answer() gave.
std::optional<std::string_view> last_statement(std::string_view text);

/// Where the first statement begins, "####" with a number behind it too; npos where there is none.
size_t first_statement(std::string_view text);

/// The sentence that begins at `begin`; "St.", "U.S." and "3.5" end none.
std::string_view sentence_at(std::string_view text, size_t begin);

/// Whether the text only speaks of an answer: "I hope this answer is clear."
bool speaks_of_an_answer(std::string_view text);

/// Whether an answer says that there is none: "unanswerable", "The passage does not say."
bool denies_an_answer(std::string_view answer);

/// Without the markdown, quotes, list marks, LaTeX and full stop around it.
std::string_view bare_answer(std::string_view text);

/// The answer in few words: the last statement, else the first line that has text and is no code
/// fence. Empty where there is none.
std::string_view short_answer(std::string_view response);

}  // namespace paq
