// SPDX-License-Identifier: MIT
// Feeds the files of folders to a fuzz target, so that every test run repeats what is kept there.
#include <cstdint>
#include <cstdio>
#include <filesystem>

#include "core/error.h"
#include "core/files.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FOLDER...\n", argv[0]);
    return 2;
  }
  for (int i = 1; i < argc; ++i) {
    try {
      int count = 0;
      for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
        const std::string bytes = paq::read_file(entry.path());
        LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
        ++count;
      }
      std::printf("%s: %d inputs\n", argv[i], count);
      if (count == 0) return 1;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s: %s\n", argv[i], error.what());
      return 1;
    }
  }
  return 0;
}
