// SPDX-License-Identifier: MIT
#include "ladder/gguf_handles.h"

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <string>
#include <system_error>

#include "core/error.h"
#include "ladder/llama_log.h"

namespace paq {
namespace {

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

[[noreturn]] void bad_file(const std::filesystem::path& path, const std::string& reason) {
  throw Error(ErrorCode::kBadFile, path.string() + " " + reason);
}

File open_regular_file(const std::filesystem::path& path) {
  // A folder or a pipe would open, and the parser would then read nonsense or block.
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    throw Error(ErrorCode::kNotFound, "there is no file " + path.string());
  }
  if (error) throw Error(ErrorCode::kIo, "cannot open " + path.string() + ": " + error.message());
  if (!std::filesystem::is_regular_file(status)) {
    throw Error(ErrorCode::kBadFile,
                path.string() + " is not a regular file; expected a GGUF file");
  }
  File file(std::fopen(path.c_str(), "rb"));
  if (!file) throw error_from_errno("cannot open " + path.string());
  return file;
}

// ggml checks that a shape's product fits 63 bits only after it multiplied in 64; a product that
// wraps to zero gets past it. Checked here again, in full.
uint64_t checked_tensor_bytes(const gguf_context* gguf, int64_t id,
                              const std::filesystem::path& path) {
  const int64_t* ne = gguf_get_tensor_ne(gguf, id);
  constexpr int64_t kMost = int64_t{1} << 56;
  int64_t elements = 1;
  for (int d = 0; d < GGML_MAX_DIMS; ++d) {
    if (ne[d] <= 0 || ne[d] > kMost / elements) {
      bad_file(path, "is damaged: tensor " + std::string(gguf_get_tensor_name(gguf, id)) +
                         " has an impossible shape; fetch or write the file again");
    }
    elements *= ne[d];
  }
  return gguf_get_tensor_size(gguf, id);
}

}  // namespace

GgufHandle open_gguf(const std::filesystem::path& path) {
  const File file = open_regular_file(path);
  char magic[4] = {};
  const size_t n = std::fread(magic, 1, sizeof magic, file.get());
  if (n < sizeof magic || std::string_view(magic, 4) != GGUF_MAGIC) {
    bad_file(path, "is no GGUF file: it does not start with \"GGUF\"");
  }
  std::rewind(file.get());

  const LlamaLogCapture log;
  GgufHandle gguf(gguf_init_from_file_ptr(file.get(), {.no_alloc = true, .ctx = nullptr}));
  if (!gguf) {
    const std::string detail = log.first_error();
    bad_file(path, "is truncated or damaged: its header can't be read" +
                       (detail.empty() ? "" : " (" + detail + ")") +
                       "; fetch or write the file again");
  }

  uint64_t end = gguf_get_data_offset(gguf.get());
  for (int64_t id = 0; id < gguf_get_n_tensors(gguf.get()); ++id) {
    const uint64_t bytes = checked_tensor_bytes(gguf.get(), id, path);
    end = std::max(
        end, gguf_get_data_offset(gguf.get()) + gguf_get_tensor_offset(gguf.get(), id) + bytes);
  }
  if (std::fseek(file.get(), 0, SEEK_END) != 0)
    throw error_from_errno("cannot read " + path.string());
  const uint64_t size = static_cast<uint64_t>(std::ftell(file.get()));
  if (size < end) {
    bad_file(path, "is truncated: its tensors need " + std::to_string(end) +
                       " bytes, the file has " + std::to_string(size) + "; fetch it again");
  }
  return gguf;
}

}  // namespace paq
