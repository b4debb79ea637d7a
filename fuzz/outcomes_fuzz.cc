// SPDX-License-Identifier: MIT
// Outcomes files of any bytes are read or refused; what was read is the same after it was written
// and read again.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "label/outcomes_file.h"
#include "require.h"

namespace {

using namespace paq;

std::string write(const std::vector<PromptOutcomes>& prompts) {
  std::string text;
  for (const PromptOutcomes& prompt : prompts) text += outcomes_line(prompt) + "\n";
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<PromptOutcomes> prompts;
  try {
    prompts = parse_outcomes(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz");
  } catch (const Error& error) {
    require_bad_file(error);
    return 0;
  }
  const std::string text = write(prompts);
  require(write(parse_outcomes(text, "again")) == text);
  return 0;
}
