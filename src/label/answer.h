// SPDX-License-Identifier: MIT
// How a prompt is put to a variant, and what outcome its answer makes.
//
// The one place where it is decided whether a prompt is answered by generating or by the likelihood
// of its choices, so that labelling and answering for real ask alike.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "core/completion.h"
#include "core/error.h"
#include "core/outcome.h"
#include "core/prompt.h"
#include "engine/engine.h"
#include "label/labeler.h"

namespace paq {

/// Exactly one of on_done and on_error is called, inside the engine's step().
struct AnswerCallbacks {
  std::function<void()> on_token = nullptr;  ///< A token was generated; may be empty.
  /// By likelihood: the choice that is likeliest as the text, its tokens as if they were generated,
  /// and the time that scoring all choices took. Cancelled where it was cancelled.
  std::function<void(const Completion&)> on_done = nullptr;
  std::function<void(const Error&)> on_error = nullptr;  ///< As Request's.
};

/// Asks greedily. `prompt` of a known task. Throws like Engine::submit().
RequestId ask(Engine& engine, const Prompt& prompt, BitWidth bits, const LabelOptions& how,
              AnswerCallbacks callbacks);

/// Asks for one token that nobody keeps, so that the variant is loaded when it matters.
RequestId ask_warm_up(Engine& engine, BitWidth bits, AnswerCallbacks callbacks);

/// Longest answer in tokens; by likelihood 0, for nothing is generated.
int longest_answer(const Prompt& prompt);

/// More tokens than the longest of the prompts has with its answer and what a chat template adds:
/// a token is at least a byte.
int most_tokens(std::span<const Prompt> prompts);

/// Fingerprint of what changes the answer besides prompt and variant, for OutcomeSource. Answers
/// that were generated and those by likelihood never share one.
std::string answer_settings(const Prompt& prompt, const LabelOptions& how);

/// The answer, scored.
Outcome outcome_of(const Prompt& prompt, const Completion& completion, const LabelOptions& how);

}  // namespace paq
