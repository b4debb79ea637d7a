// SPDX-License-Identifier: MIT
// Programs of any bytes end, within their limits, and give the same value again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tasks/program.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // The first line is the call, the rest the program.
  const size_t end = std::min(bytes.find('\n'), bytes.size());
  const std::string_view call = bytes.substr(0, end);
  const std::string_view program = bytes.substr(std::min(end + 1, bytes.size()));
  const auto value = paq::run_program(program, call);
  if (value != paq::run_program(program, call)) std::abort();
  paq::run_program(bytes, "f(3)");
  return 0;
}
