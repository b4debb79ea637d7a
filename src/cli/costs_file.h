// SPDX-License-Identifier: MIT
// costs.json: what a prompt costs at each width, as paq bench writes it and policies read it.
// docs/cli.md lists the keys.
#pragma once

#include <filesystem>
#include <span>

#include "core/bit_width.h"
#include "router/policy.h"

namespace paq {

/// The costs of `widths`, in their order; further widths in the file are left alone. Throws
/// Error(kNotFound), Error(kBadFile) for what is no such file, Error(kUsage) where a width is
/// missing or a cost is below 0.
WidthCosts read_costs(const std::filesystem::path& file, std::span<const BitWidth> widths);

}  // namespace paq
