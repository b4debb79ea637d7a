// SPDX-License-Identifier: MIT
// Questions with options that are answered by the likelihood of the options as continuations of the
// prompt. Internal to tasks/; task.h has what others need of it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/prompt.h"
#include "tasks/task.h"

namespace paq {

/// Whether the metric is one of the two by likelihood.
bool is_likelihood(Metric metric);

/// Bytes of a choice without the white space before it: what per-byte likelihoods are divided by.
double choice_bytes(std::string_view choice);

/// 'A' for the response that is the first choice, byte for byte; nullopt for one that is none.
std::optional<char> option_of_choice(std::string_view response,
                                     std::span<const std::string> choices);

/// The options that a text lists with a letter behind each, letters included: "oven(A)" and
/// "axe(B)" of "oven(A) axe(B). tool of actor?". Fewer than two: it lists none.
std::vector<std::string> listed_options(std::string_view text);

/// Has the prompt, whose metric is kChoiceLetter, answered by likelihood. Choices that are not
/// there yet become the options that its last message lists, after a blank. Throws Error(kUsage)
/// where it lists none.
void answer_by_likelihood(Prompt& prompt, ChoiceScoring scoring);

}  // namespace paq
