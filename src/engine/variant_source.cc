// SPDX-License-Identifier: MIT
#include "engine/variant_source.h"

#include <algorithm>
#include <string>

#include "core/error.h"
#include "ladder/gguf_reader.h"
#include "ladder/language_model.h"

namespace paq {

void check_engine_options(const EmbeddedEngineOptions& options) {
  const auto require = [](bool holds, const char* what, int value) {
    if (!holds)
      throw Error(ErrorCode::kUsage, what + std::string(", got ") + std::to_string(value));
  };
  require(options.context_tokens >= 2, "context_tokens must be 2 or more", options.context_tokens);
  require(options.max_sequences >= 1 && options.max_sequences <= 255,
          "max_sequences must be 1 to 255", options.max_sequences);
  require(options.batch_tokens >= options.max_sequences,
          "batch_tokens must be max_sequences or more", options.batch_tokens);
  require(options.cache_tokens >= 0, "cache_tokens must be 0 or more", options.cache_tokens);
  require(options.threads >= 0, "threads must be 0 (all cores) or more", options.threads);
}

VariantModel::Source source_of(const Ladder& ladder, const Variant& variant,
                               const EmbeddedEngineOptions& options) {
  VariantModel::Source source;
  source.bits = variant.bits;
  source.path = ladder.path_of(variant);
  const ModelShape shape = language_model_shape(GgufReader(source.path));
  source.context_tokens =
      static_cast<int>(std::min<int64_t>(options.context_tokens, shape.context_tokens));
  constexpr int64_t kDefaultCache = 16384;
  const int64_t all = int64_t{source.context_tokens} * options.max_sequences;
  const int64_t wanted =
      options.cache_tokens > 0 ? options.cache_tokens : std::min(all, kDefaultCache);
  source.cache_tokens = static_cast<int>(std::max<int64_t>(wanted, source.context_tokens));
  return source;
}

}  // namespace paq
