// SPDX-License-Identifier: MIT
#include "cli/prompt_argument.h"

#include <iostream>
#include <iterator>

#include "core/error.h"

namespace paq {

std::string read_prompt(const std::string& argument) {
  std::string prompt = argument;
  if (argument == "-") {
    prompt.assign(std::istreambuf_iterator<char>(std::cin), {});
    if (!prompt.empty() && prompt.back() == '\n') prompt.pop_back();
  }
  if (prompt.empty()) {
    throw Error(ErrorCode::kUsage,
                argument == "-"
                    ? "standard input is empty; pipe the prompt into it"
                    : "the prompt is empty; give it in quotes, or - for standard input");
  }
  return prompt;
}

}  // namespace paq
