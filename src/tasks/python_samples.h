// SPDX-License-Identifier: MIT
// Samples of HumanEval's problems, run and counted. Internal to tasks/.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tasks/task_score.h"

namespace paq {

/// One problem. `code` outlives it.
struct PythonSamples {
  const CodeReference* code = nullptr;
  std::vector<std::string_view> responses;
  int64_t passed = 0;
};

/// Counts in each problem how many of its responses pass, `options.jobs` programs at a time;
/// without `options.responses` they are the official harness's completions. Throws Error(kUsage)
/// without a runner, Error(kCancelled), and what the runner throws.
void run_samples(std::vector<PythonSamples>& problems, const TaskScoreOptions& options);

/// score, total, samples and pass@k, in percent. Throws Error(kUsage) for a k that exceeds the
/// samples of a problem; without `ks` those of 1, 10 and 100 that do not. A problem without any
/// sample counts as one that failed.
std::vector<std::pair<std::string, double>> pass_at_k_figures(
    const std::vector<PythonSamples>& problems, std::vector<int64_t> ks);

}  // namespace paq
