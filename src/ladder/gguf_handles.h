// SPDX-License-Identifier: MIT
// Owners for ggml's GGUF handles and the one way a GGUF file is opened. Internal to ladder/.
#pragma once

#include <ggml.h>
#include <gguf.h>

#include <filesystem>
#include <memory>

namespace paq {

struct GgufDeleter {
  void operator()(gguf_context* context) const { gguf_free(context); }
};
using GgufHandle = std::unique_ptr<gguf_context, GgufDeleter>;

struct GgmlDeleter {
  void operator()(ggml_context* context) const { ggml_free(context); }
};
using GgmlHandle = std::unique_ptr<ggml_context, GgmlDeleter>;

/// Parses a file's metadata and checks that every tensor's bytes lie inside the file. Throws
/// Error(kNotFound, kIo or kBadFile).
GgufHandle open_gguf(const std::filesystem::path& path);

}  // namespace paq
