// SPDX-License-Identifier: MIT
// The miniature's tokenizer and chat template, both stored in its GGUF file.
#pragma once

#include <string>
#include <string_view>

#include "train/bpe.h"

namespace paq::mini {

inline constexpr std::string_view kEndOfTurn = "<|end|>";

/// In Jinja, as `tokenizer.chat_template`. The blank before each turn's text makes its first word
/// the same token as that word inside a sentence.
inline constexpr std::string_view kChatTemplate =
    "{% for m in messages %}{{ '<|' + m['role'] + '|> ' + m['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

/// One turn as the template renders it.
std::string render_turn(std::string_view role, std::string_view content);

/// What the template renders for one user message and the model's turn.
std::string render_prompt(std::string_view question);

/// A BPE vocabulary in which every word of the tasks, with the blank before it, is one token.
/// Deterministic; takes a moment.
BpeVocab make_vocabulary();

}  // namespace paq::mini
