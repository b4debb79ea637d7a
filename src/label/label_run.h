// SPDX-License-Identifier: MIT
// Works a plan off: asks the engine, stores what it answers, tells where it is.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "core/progress.h"
#include "engine/engine.h"
#include "label/label_plan.h"
#include "label/labeler.h"
#include "label/work_queue.h"
#include "store/store.h"

namespace paq {

/// One run over one plan. All arguments must outlive it.
class LabelRun {
 public:
  LabelRun(Engine& engine, Store& store, LabelPlan& plan, const LabelOptions& options);

  /// Throws what label_prompts() says; what was finished is in the store, and the engine has
  /// forgotten the rest.
  LabelSummary run();

 private:
  using Clock = std::chrono::steady_clock;

  /// Where the variant that is being asked began.
  struct Leg {
    Clock::time_point started;
    int64_t done = 0, tokens = 0;
  };

  void run_variants();
  void answer(const std::vector<std::vector<Turn>>& lanes);
  std::vector<Turn> turns_of(size_t variant) const;
  void warm_up(size_t variant);
  void step(size_t variant);
  void keep_finished();
  void report(size_t variant) const;
  void stop_if_cancelled() const;
  int64_t done() const { return summary_.added + summary_.too_long + summary_.refused; }

  Engine& engine_;
  Store& store_;
  LabelPlan& plan_;
  const LabelOptions& options_;
  WorkQueue queue_;
  LabelSummary summary_;
  std::vector<int64_t> done_;  // Of each variant.
  Clock::time_point started_;
  Leg leg_;
};

}  // namespace paq
