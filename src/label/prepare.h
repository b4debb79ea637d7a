// SPDX-License-Identifier: MIT
// What is checked before anything is asked.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/prompt.h"
#include "label/labeler.h"

namespace paq {

/// "gsm8k/train/17", for messages.
std::string name_of(const Prompt& prompt);

/// The prompts, each once, those together that are asked and scored in the same way. Throws what
/// label_prompts() says of options and prompts that make no sense.
std::vector<Prompt> prepare_prompts(std::span<const Prompt> prompts, const LabelOptions& options);

}  // namespace paq
