// SPDX-License-Identifier: MIT
// A comparison of label modes as JSON, for spreadsheets and papers. Pure.
#pragma once

#include <string>

#include "core/mode_comparison.h"
#include "report/report.h"

namespace paq {

/// One object: {prompts, common, modes: [...], pairs: [...], loops: {bits: ...}}; docs/cli.md has
/// the keys.
std::string modes_json(const ModeComparison& comparison);

/// RFC 4180, a header and one line per mode: mode, version, threshold, reject_loops, labelled,
/// prompts, score, seconds_mean, bits_mean, share_<bits>..., auc_right, auc_right_low,
/// auc_right_high, auc_adequate, auc_adequate_low, auc_adequate_high, then for every mode
/// agreement_<mode> and kappa_<mode>. `prompts` are those that score, means and shares are over,
/// the same for all modes. What is not known is empty.
std::string modes_csv(const ModeComparison& comparison);

/// Two table environments: every mode with labels, and how far each two agree. Needs the booktabs
/// package.
std::string modes_latex(const ModeComparison& comparison, const ReportMeta& meta);

}  // namespace paq
