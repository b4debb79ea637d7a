// SPDX-License-Identifier: MIT
// A config.json of any bytes is refused, or gives a model that makes sense.
#include <cmath>
#include <cstdint>
#include <string_view>

#include "require.h"
#include "train/hf_config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace paq;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const ModernBertConfig config = parse_hf_config(bytes, "config.json").config;
    require(config.vocab_size > 0 && config.width > 0 && config.layers > 0 && config.ffn > 0);
    require(config.heads > 0 && config.width % (2 * config.heads) == 0);
    require(config.context_tokens >= 2 && config.global_every > 0);
    require(config.local_window >= 2 && config.local_window % 2 == 0);
    require(config.norm_epsilon > 0 && std::isfinite(config.norm_epsilon));
    require(std::isfinite(config.global_rope_base) && std::isfinite(config.local_rope_base));
  } catch (const Error& error) {
    require_bad_file(error);
  }
  return 0;
}
