// SPDX-License-Identifier: MIT
// GGUF files of any bytes are refused or lie whole in their file: every key can be asked for as
// every type, and every tensor's bytes are there.
#include <cstdint>
#include <string>

#include "ladder/gguf_reader.h"
#include "memory_file.h"

namespace {

using namespace paq;

// A key may be absent or of another type.
template <typename Question>
void ask(const Question& question) {
  try {
    question();
  } catch (const Error& error) {
    require_bad_file(error);
  }
}

void ask_all(const GgufReader& reader) {
  for (const char* name : {"general.architecture", "general.name", "general.file_type",
                           "tokenizer.ggml.tokens", "tokenizer.ggml.token_type", "a", "list"}) {
    const std::string key = name;
    ask([&] { reader.string(key); });
    ask([&] { reader.integer(key); });
    ask([&] { reader.integers(key); });
    ask([&] { reader.number(key); });
    ask([&] { reader.strings(key); });
    ask([&] { reader.array_length(key); });
  }
  ask([&] { reader.file_type(); });
  require(reader.tokenizer_hash().size() == 64);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static MemoryFile file;
  file.write(data, size);
  try {
    const GgufReader reader(file.path());
    ask_all(reader);
    int64_t bytes = 0;
    for (const GgufTensor& tensor : reader.tensors()) {
      require(!tensor.shape.empty() && reader.tensor(tensor.name) != nullptr);
      require(tensor.bytes >= 0 && tensor.bytes <= static_cast<int64_t>(size));
      require(reader.tensor_bytes(tensor).size() == static_cast<size_t>(tensor.bytes));
      bytes += tensor.bytes;
    }
    require(reader.parameters() >= 0 && (bytes == 0 || reader.bits_per_weight() > 0));
  } catch (const Error& error) {
    require_bad_file(error);
  }
  return 0;
}
