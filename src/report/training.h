// SPDX-License-Identifier: MIT
// What a router's file says of its training. Pure.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/training_record.h"

namespace paq {

/// Reads the JSON of a router's file, which anybody may have written; `widths` are the router's.
/// nullopt where it is empty, is broken, or holds a value that can't be: then none of it is to be
/// relied on. At most 1 MiB, 1,000 epochs, 1,000 tasks and 100 settings.
std::optional<TrainingRecord> read_training(std::string_view json,
                                            std::span<const BitWidth> widths);

}  // namespace paq
