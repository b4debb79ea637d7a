// SPDX-License-Identifier: MIT
// An evaluation as JSON and as a terminal table; page.h and exports.h have its other forms.
//
// Pure: nothing here reads a file, a clock or the environment.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/evaluation.h"

namespace paq {

/// What one step of a run cost.
struct StageCost {
  std::string name;
  double seconds = 0;
  int64_t peak_bytes = 0;  ///< Largest resident memory of the step's process; 0 where unknown.

  bool operator==(const StageCost&) const = default;
};

/// Where the figures come from; stands on every rendering.
struct ReportMeta {
  std::string model;
  std::string ladder;  ///< Its hash, or "imported"; empty where not known (of an older paq).
  std::string machine;
  std::string command;
  std::string date;                       ///< ISO 8601, UTC.
  std::string router;                     ///< File name and size of the router.
  std::string note;                       ///< For example that the model is the miniature.
  std::map<std::string, int64_t> counts;  ///< Prompts per task, and whatever else was counted.
  std::vector<StageCost> stages;          ///< In the order they ran; may be empty.

  bool operator==(const ReportMeta&) const = default;
};

/// Stable keys: strategies, routing, router, differences, best_mix, meta. docs/cli.md describes
/// them. Invalid UTF-8 in texts is replaced.
std::string evaluation_json(const Evaluation& evaluation, const ReportMeta& meta);

/// Reads what evaluation_json wrote; `meta` may be null. Throws Error(kBadFile).
Evaluation parse_evaluation(std::string_view json, ReportMeta* meta);

/// Plain text, at most 100 columns for the seven tasks of the miniature, ANSI colours never.
std::string evaluation_table(const Evaluation& evaluation, const ReportMeta& meta);

}  // namespace paq
