// SPDX-License-Identifier: MIT
// Prompt formats in YAML of any bytes are read or refused; what was read renders with and without
// exemplars, both ways.
#include <cstdint>
#include <vector>

#include "memory_file.h"
#include "tasks/prompt_format.h"

namespace {

using namespace paq;

void render(const PromptFormat& format) {
  PromptFields fields;
  for (const std::string& field : format.fields) fields[field] = "{" + field + "}\n";
  const std::vector<PromptFields> exemplars(format.answer.empty() ? 0 : 2, fields);
  for (const PromptStyle style : {PromptStyle::kChat, PromptStyle::kRaw}) {
    const auto messages = render_prompt(format, style, exemplars, fields);
    require(!messages.empty() && messages.back().role == "user");
    render_answer(format, style, fields);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static MemoryFile file;
  file.write(data, size);
  std::vector<PromptFormat> formats;
  try {
    formats = read_prompt_formats(file.path());
  } catch (const Error& error) {
    require_bad_file(error);
    return 0;
  }
  require(formats.size() == prompt_formats().size());
  for (const PromptFormat& format : formats) {
    render(format);
    render(likelihood_format(format));
  }
  return 0;
}
