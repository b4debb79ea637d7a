// SPDX-License-Identifier: MIT
// An evaluation as one self-contained HTML page, with what only a store can add to it.
//
// The page's script and style come from web/, built and embedded with the program; here is only the
// data that goes into it. Pure: nothing here reads a file, a store or a clock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/evaluation.h"
#include "core/mode_comparison.h"
#include "report/report.h"

namespace paq {

/// What labels of one threshold would be; label/thresholds.h computes it.
struct PageThreshold {
  double tau = 0;
  int64_t prompts = 0;              ///< With a label.
  std::map<BitWidth, int64_t> use;  ///< Prompts per label.
  std::optional<double> score, seconds;
  double bits = 0;
};

struct LostAnswer {
  BitWidth bits;
  double score = 0;
  std::optional<double> seconds = {};
  std::optional<int> tokens = {};
  std::optional<std::string> text =
      {};  ///< Absent where the store has another answer by now, or none.
};

/// A prompt that another width would have answered better. Texts may hold anything.
struct LostPrompt {
  std::string task, split, id;
  std::string prompt;
  std::vector<std::string> expected;  ///< As a reader understands it; may be empty.
  BitWidth choice, oracle;
  std::optional<BitWidth> label;
  std::optional<double> probability;  ///< Of the choice.
  std::vector<LostAnswer> answers;    ///< One per width, ascending.
};

/// What a page has besides the evaluation.
struct PageDetails {
  std::string version = {};                    ///< Of paq.
  std::vector<PageThreshold> thresholds = {};  ///< Tau ascending; may be empty.
  std::vector<LostPrompt> lost = {};           ///< The largest losses first.
  int64_t lost_in_all = 0;                     ///< Prompts on which another width scores higher.
  bool lost_known = false;                     ///< False: the single prompts are not known here.
  /// Of the evaluated prompts; absent where fewer than two modes have labels. The second at
  /// thresholds of equal mean bits, absent where only one mode's can be chosen.
  std::optional<ModeComparison> modes = {}, matched_modes = {};
};

/// Indexes into evaluation.decisions of the prompts on which another width scores higher than the
/// router's choice: the largest difference first, of equal ones every task in turn.
std::vector<size_t> largest_losses(const Evaluation& evaluation);

/// The page. Texts are escaped; bytes that are no UTF-8 are replaced.
std::string report_page(const Evaluation& evaluation, const ReportMeta& meta,
                        const PageDetails& details);

/// The page without data, as built from web/report.html; {{data}} stands where JSON goes.
std::string_view page_template();

}  // namespace paq
