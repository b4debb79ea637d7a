// SPDX-License-Identifier: MIT
#include "core/outputs.h"

#include <array>
#include <fstream>

#include "core/error.h"
#include "core/files.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

bool is_given(const NamedFile& file) { return !file.path.empty() && file.path != "-"; }

bool is_same(const fs::path& a, const fs::path& b) {
  std::error_code error;
  if (fs::equivalent(a, b, error)) return true;  // by device and number where both are there
  const fs::path whole_a = fs::weakly_canonical(a, error);
  return !error && whole_a == fs::weakly_canonical(b, error) && !error;
}

[[noreturn]] void refuse(const NamedFile& output, const std::string& what) {
  throw Error(ErrorCode::kUsage, output.option + " " + output.path.string() + " " + what +
                                     "; name another file for " + output.option);
}

// What SQLite keeps beside a database belongs to it.
void check_against(const NamedFile& output, const fs::path& place, const NamedFile& input) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    fs::path path = input.path;
    path += suffix;
    if (!is_same(place, path)) continue;
    refuse(output, "would overwrite what " + input.option + " names (" + path.string() + ")");
  }
}

}  // namespace

std::string_view binary_kind(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return "";
  std::array<char, 16> begin = {};
  std::ifstream(path, std::ios::binary).read(begin.data(), begin.size());
  const std::string_view bytes(begin.data(), begin.size());
  if (bytes.starts_with("SQLite format 3")) return "an SQLite database";
  if (bytes.starts_with("GGUF")) return "a GGUF file";
  return "";
}

void check_apart(std::span<const NamedFile> outputs, std::span<const NamedFile> inputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    const NamedFile& output = outputs[i];
    if (!is_given(output)) continue;
    const OutputPlace place = output_place(output.path);
    if (place.in_place) continue;
    for (const NamedFile& input : inputs) {
      if (is_given(input)) check_against(output, place.path, input);
    }
    for (const NamedFile& other : outputs.subspan(0, i)) {
      if (is_given(other) && is_same(place.path, output_place(other.path).path)) {
        refuse(output, "would be written twice: " + other.option + " names it too");
      }
    }
  }
}

void check_text_outputs(std::span<const NamedFile> outputs, std::span<const NamedFile> inputs) {
  check_apart(outputs, inputs);
  for (const NamedFile& output : outputs) {
    if (!is_given(output)) continue;
    const std::string_view kind = binary_kind(output.path);
    if (!kind.empty()) refuse(output, "is " + std::string(kind) + ", which a text would replace");
  }
}

}  // namespace paq
