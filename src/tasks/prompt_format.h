// SPDX-License-Identifier: MIT
// How a benchmark's questions are put to a model: one table that people can read and override.
//
// It knows nothing of files of questions; task.h's load_prompts brings the two together. Tasks
// whose files hold ready prompts (prompts, chat, mini-*) have no format.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/prompt.h"

namespace paq {

/// Texts with placeholders such as {question}; "{{" and "}}" stand for braces.
struct PromptFormat {
  std::string task;
  std::string source;               ///< Whose convention it follows.
  std::vector<std::string> fields;  ///< The placeholders there are.
  std::string system;               ///< System message; empty: none.
  std::string chat;                 ///< A question as the user's turn.
  std::string answer;               ///< An exemplar's answer; empty: no exemplars (zero-shot only).
  std::string raw_opening;          ///< Raw: what stands before the first exemplar.
  std::string raw;                  ///< Raw: a question up to where its answer begins.
  /// By likelihood: a question in place of `chat` and `raw`; empty: those, and `answer`.
  std::string cloze = {};
  std::string cloze_answer = {};  ///< By likelihood: an answer to it, {option} or {answer}.
  std::vector<std::string> stop;  ///< Raw: what ends an answer.
};

/// Values of placeholders, by name.
using PromptFields = std::map<std::string, std::string>;

enum class PromptStyle {
  kChat,  ///< Turns, for the model's chat template: each exemplar a question and an answer.
  kRaw,   ///< One user message to be continued as it is; exemplars are separated by blank lines.
};

/// The built-in table, in the order of the task table.
std::span<const PromptFormat> prompt_formats();

/// nullptr where the task has none.
const PromptFormat* find_prompt_format(std::span<const PromptFormat> formats,
                                       std::string_view task);

/// The built-in table with the texts that a YAML file gives in their place:
///
///     gsm8k:
///       system: You are a careful mathematician.
///       chat: |-
///         {question}
///         End with "#### " and the number.
///
/// Keys are the members of PromptFormat from `system` on. Throws Error(kNotFound), or
/// Error(kBadFile) that names the line of an unknown task, key or placeholder.
std::vector<PromptFormat> read_prompt_formats(const std::filesystem::path& file);

/// The messages for one question after its exemplars. Throws Error(kUsage) for exemplars where the
/// format has no answer text.
std::vector<Message> render_prompt(const PromptFormat& format, PromptStyle style,
                                   std::span<const PromptFields> exemplars,
                                   const PromptFields& question);

/// What follows the question of render_prompt() where `question` is answered: an exemplar's answer,
/// after a blank in raw style.
std::string render_answer(const PromptFormat& format, PromptStyle style,
                          const PromptFields& question);

/// The format for questions that are answered by the likelihood of their options.
PromptFormat likelihood_format(PromptFormat format);

/// Puts values in place of placeholders. Throws Error(kUsage) for a placeholder without a value and
/// a brace that nothing closes.
std::string fill_template(std::string_view text, const PromptFields& fields);

}  // namespace paq
