// SPDX-License-Identifier: MIT
// A prompt's identity, for messages.
#pragma once

#include <string>

#include "core/prompt.h"

namespace paq {

/// "gsm8k/train/17"
inline std::string name_of(const Prompt& prompt) {
  return prompt.task + "/" + prompt.split + "/" + prompt.id;
}

}  // namespace paq
