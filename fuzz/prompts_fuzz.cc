// SPDX-License-Identifier: MIT
// Prompts files of any bytes are read or refused with Error; what was read survives a round trip.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/error.h"
#include "tasks/task.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const std::string_view task : {"prompts", "mini-gsm8k", "mini-mmlu", "mini-humaneval"}) {
    try {
      const auto prompts = paq::parse_prompts(task, bytes, "fuzz");
      std::string again;
      for (const paq::Prompt& prompt : prompts) again += paq::prompt_line(prompt) + "\n";
      if (paq::parse_prompts(task, again, "again") != prompts) std::abort();
    } catch (const paq::Error& error) {
      if (std::string_view(error.what()).find('\n') != std::string_view::npos) std::abort();
    }
  }
  return 0;
}
