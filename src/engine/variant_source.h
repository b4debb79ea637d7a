// SPDX-License-Identifier: MIT
// From a ladder and options to what is loaded. Internal to engine/.
#pragma once

#include "core/ladder.h"
#include "engine/embedded_engine.h"
#include "engine/variant_model.h"

namespace paq {

/// Throws Error(kUsage) that names the option, its range and its value.
void check_engine_options(const EmbeddedEngineOptions& options);

/// Reads the file's header. Throws Error(kNotFound, kBadFile).
VariantModel::Source source_of(const Ladder& ladder, const Variant& variant,
                               const EmbeddedEngineOptions& options);

}  // namespace paq
