// SPDX-License-Identifier: MIT
// Safetensors files of any bytes are refused or accounted for: every byte after the header belongs
// to exactly one tensor, and every tensor can be read.
#include <cstdint>
#include <string>

#include "ladder/safetensors.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace paq;
  static MemoryFile file;
  file.write(data, size);
  try {
    const SafetensorsReader reader(file.path());
    int64_t end = 0;
    for (const SafeTensor& tensor : reader.tensors()) {
      require(tensor.begin == end && tensor.bytes >= 0);
      end += tensor.bytes;
      require(tensor.elements() >= 0 && tensor.elements() <= tensor.bytes);
      require(reader.tensor(tensor.name) == &tensor);
      if (is_float_type(tensor.type)) {
        require(reader.values(tensor).size() == static_cast<size_t>(tensor.elements()));
      }
    }
    require(end + 8 <= static_cast<int64_t>(size));
  } catch (const Error& error) {
    require_bad_file(error);
  }
  return 0;
}
