// SPDX-License-Identifier: MIT
// The policies' part of a router's file: calibration prompts, costs, the preferred policy.
// docs/router.md lists the keys.
#pragma once

#include <filesystem>
#include <span>

#include "core/bit_width.h"
#include "ladder/gguf_reader.h"
#include "ladder/gguf_writer.h"
#include "router/policy.h"

namespace paq {

/// A file without these keys gives data without anything. Throws Error(kMismatch) for a newer
/// layout, Error(kBadFile) where a key is of another type or the data don't fit `widths`.
PolicyData read_policy_data(const GgufReader& reader, std::span<const BitWidth> widths);

/// Replaces whatever policy data the writer has.
void write_policy_data(GgufWriter& writer, const PolicyData& data);

/// Writes the router of `source` to `target` with `data` in place of its own policy data; weights
/// and all other keys stay as they are. Throws Error(kBadFile, kNoSpace or kIo); `target` is whole
/// or as it was.
void rewrite_router(const std::filesystem::path& source, const std::filesystem::path& target,
                    const PolicyData& data);

}  // namespace paq
