// SPDX-License-Identifier: MIT
// Some prompts answered by one variant for the sake of what that takes. Nothing is stored.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "core/completion.h"
#include "core/random.h"
#include "engine/engine.h"
#include "label/label_plan.h"
#include "label/labeler.h"
#include "label/work_queue.h"

namespace paq {

/// Prompts are indexes into those of the plan.
struct LabelSample {
  std::vector<std::pair<size_t, Completion>> answered = {};
  std::vector<size_t> refused = {};  ///< Too long for the context, or by the model's template.
};

/// About `count` of `prompts`, in runs of neighbours at equal distances: tasks and lengths have
/// their shares, and what neighbours have in common is computed once, as in the whole. All of them
/// where there are no more.
std::vector<size_t> spread_sample(const std::vector<size_t>& prompts, size_t count, Random random);

/// Whether a walk ends with this answer.
bool is_good_enough(const Completion& completion, double tau);

/// All arguments must outlive it.
class LabelSampler {
 public:
  LabelSampler(Engine& engine, const LabelPlan& plan, const LabelOptions& options)
      : engine_(engine), plan_(plan), options_(options) {}

  /// Asks as label_prompts() does, the variant being loaded beforehand. Throws Error(kCancelled)
  /// and what the engine throws.
  LabelSample answer(size_t variant, const std::vector<size_t>& prompts);

 private:
  void work_off(WorkQueue& queue, size_t variant, size_t total, LabelSample& sample);
  void report(size_t variant, size_t done, size_t total) const;

  Engine& engine_;
  const LabelPlan& plan_;
  const LabelOptions& options_;
};

}  // namespace paq
