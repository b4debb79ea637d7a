// SPDX-License-Identifier: MIT
// An evaluation as JSON, as a terminal table and as one self-contained HTML page.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/evaluation.h"

namespace paq {

/// Where the figures come from; stands on every rendering.
struct ReportMeta {
  std::string model;
  std::string machine;
  std::string command;
  std::string date;                       ///< ISO 8601, UTC.
  std::string router;                     ///< File name and size of the router.
  std::string note;                       ///< For example that the model is the miniature.
  std::map<std::string, int64_t> counts;  ///< Prompts per task.
};

/// Stable keys: strategies, routing, router, differences, meta. docs/formats.md describes them.
std::string evaluation_json(const Evaluation& evaluation, const ReportMeta& meta);

/// Reads what evaluation_json wrote. Throws Error(kBadFile).
Evaluation parse_evaluation(std::string_view json, ReportMeta* meta);

/// `width` columns of plain text, ANSI colours never.
std::string evaluation_table(const Evaluation& evaluation, const ReportMeta& meta);

/// A page that opens from disk without a network: the table and the paper's two pictures (score
/// and time per strategy; stacked routing distribution), light and dark.
std::string evaluation_html(const Evaluation& evaluation, const ReportMeta& meta);

}  // namespace paq
