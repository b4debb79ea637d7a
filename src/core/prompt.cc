// SPDX-License-Identifier: MIT
#include "core/prompt.h"

#include <algorithm>

#include "core/hash.h"

namespace paq {

std::string_view request_text(const Prompt& prompt) {
  const auto last = std::find_if(prompt.messages.rbegin(), prompt.messages.rend(),
                                 [](const Message& message) { return message.role == "user"; });
  return last == prompt.messages.rend() ? std::string_view{} : std::string_view(last->content);
}

std::string prompt_hash(const Prompt& prompt) {
  Sha256 hash;
  hash.update_field(std::to_string(prompt.messages.size()));
  for (const Message& message : prompt.messages) {
    hash.update_field(message.role);
    hash.update_field(message.content);
  }
  hash.update_field(std::to_string(prompt.reference.answers.size()));
  for (const std::string& answer : prompt.reference.answers) hash.update_field(answer);
  for (const ProgramTest& test : prompt.reference.tests) {
    hash.update_field(test.call);
    hash.update_field(test.expected);
  }
  return hash.finish();
}

}  // namespace paq
