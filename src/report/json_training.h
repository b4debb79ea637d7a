// SPDX-License-Identifier: MIT
// A router's training as JSON and back: the layout of the router's file (docs/router.md), less what
// is not shown. Only report/'s own files include this.
#pragma once

#include <span>

#include "core/training_record.h"
#include "report/json_router.h"

namespace paq {

/// `widths` are those of the record's maps and, in their order, of its confusion.
EvaluationJson training_record_json(const TrainingRecord& record, std::span<const BitWidth> widths);

/// Takes what a router's file has and what training_record_json() wrote. Throws Error(kBadFile)
/// that names the key where one is missing, of another type, out of its range or too long.
TrainingRecord parse_training_record(const EvaluationJson& json, std::span<const BitWidth> widths);

}  // namespace paq
