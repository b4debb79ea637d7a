// SPDX-License-Identifier: MIT
// What is checked before anything is asked.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/ladder.h"
#include "core/prompt.h"
#include "engine/engine.h"
#include "label/labeler.h"

namespace paq {

/// Tokens of context of each variant that is asked; 0 of the others.
std::vector<int> contexts_of(Engine& engine, const Ladder& ladder, const LabelOptions& options);

/// "gsm8k/train/17", for messages.
std::string name_of(const Prompt& prompt);

/// The prompts, each once, those together that are asked and scored in the same way. Throws what
/// label_prompts() says of options and prompts that make no sense.
std::vector<Prompt> prepare_prompts(std::span<const Prompt> prompts, const LabelOptions& options);

}  // namespace paq
