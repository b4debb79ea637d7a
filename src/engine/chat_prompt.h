// SPDX-License-Identifier: MIT
// Messages -> the text that a model was trained to continue. Internal to engine/.
#pragma once

#include <llama.h>

#include <memory>
#include <span>
#include <string>

#include "core/prompt.h"

namespace paq {

/// A model's chat template, run by llama.cpp's Jinja engine.
///
/// A file without a template gets ChatML where its vocabulary has <|im_start|>; else it is taken
/// for a base model, and the contents are joined by line ends. Two things are held fixed so that a
/// prompt is the same text on every day and in every run: the date that Llama 3 templates print is
/// their own default, and models that can think aloud are asked not to.
class ChatPrompt {
 public:
  /// `model` must outlive this. Throws Error(kBadFile) for a template that can't be parsed.
  explicit ChatPrompt(const llama_model* model);
  ~ChatPrompt();

  /// The prompt up to where the assistant speaks, without the BOS that tokenising adds. Throws
  /// Error(kUsage) where the template refuses the messages, for example two user turns in a row.
  std::string render(std::span<const Message> messages) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace paq
