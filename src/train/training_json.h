// SPDX-License-Identifier: MIT
// What a training run was told and what came of it, as JSON: the paq.router.training key, and what
// paq-train --json prints. docs/router.md lists the fields.
#pragma once

#include <span>
#include <string>

#include "core/bit_width.h"
#include "train/trainer.h"

namespace paq {

/// The settings alone.
std::string settings_json(const TrainOptions& options);

/// An object with "settings" and "metrics"; labels are named by their bit widths.
std::string training_json(const TrainOptions& options, const TrainReport& report,
                          std::span<const BitWidth> widths);

}  // namespace paq
