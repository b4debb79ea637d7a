// SPDX-License-Identifier: MIT
// Keeps a command's outputs from destroying what it reads, or what is no earlier output of its
// kind.
//
// Where an output goes and how it is written is files.h's business.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace paq {

/// A file on a command line.
struct NamedFile {
  std::string option;          ///< That names it: "--store".
  std::filesystem::path path;  ///< Empty: not given. "-": a standard stream.
};

/// "an SQLite database" or "a GGUF file" where a regular file begins like one; else empty.
std::string_view binary_kind(const std::filesystem::path& path);

/// Throws Error(kUsage) where an output is one of the inputs or another output, whatever names they
/// go by (links, relative paths), or one of the files that SQLite keeps beside an input. Devices
/// and FIFOs may be named twice: nothing in them is replaced.
void check_apart(std::span<const NamedFile> outputs, std::span<const NamedFile> inputs);

/// check_apart, and throws Error(kUsage) where a text (page, table, JSONL) would replace a database
/// or a model.
void check_text_outputs(std::span<const NamedFile> outputs, std::span<const NamedFile> inputs);

}  // namespace paq
