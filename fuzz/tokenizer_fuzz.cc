// SPDX-License-Identifier: MIT
// A tokenizer.json of any bytes is refused, or gives what llama.cpp can take: distinct tokens, a
// kind for each, merges of tokens, special tokens around a text.
#include <cstdint>
#include <string_view>
#include <unordered_set>

#include "require.h"
#include "train/hf_tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace paq;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const HfTokenizer tokenizer = parse_hf_tokenizer(bytes, "tokenizer.json");
    require(tokenizer.kinds.size() == tokenizer.tokens.size());
    const std::unordered_set<std::string_view> tokens(tokenizer.tokens.begin(),
                                                      tokenizer.tokens.end());
    require(tokens.size() == tokenizer.tokens.size() && !tokens.contains(""));
    for (const int32_t id : {tokenizer.cls, tokenizer.sep}) {
      require(tokenizer.kinds.at(static_cast<size_t>(id)) == HfTokenizer::kControl);
    }
    for (const std::string_view merge : tokenizer.merges) {
      const size_t blank = merge.find(' ');
      require(blank != merge.npos && tokens.contains(merge.substr(0, blank)) &&
              tokens.contains(merge.substr(blank + 1)));
    }
  } catch (const Error& error) {
    require_bad_file(error);
  }
  return 0;
}
