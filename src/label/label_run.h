// SPDX-License-Identifier: MIT
// Works a plan off: asks the engine, stores what it answers, tells where it is.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/progress.h"
#include "core/random.h"
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

  /// Turns that are taken one after another.
  struct Lane {
    std::vector<Turn> turns;
    size_t next = 0;
    size_t stays_until = 0;  ///< Before this turn it does not move on again.
  };

  /// Of a variant.
  struct Tally {
    Clock::time_point started;
    int64_t done = 0;
  };

  void run_variants();
  void answer(std::vector<Lane> lanes);
  void move_on(Lane& lane);
  bool answered_elsewhere(const Turn& turn);
  void count_elsewhere(const Turn& turn);
  std::vector<Turn> turns_of(size_t variant) const;
  void warm_up(size_t variant);
  void step();
  void keep_finished();
  void report() const;
  std::string report_of(size_t variant) const;
  void stop_if_cancelled() const;
  int64_t done() const {
    return summary_.added + summary_.elsewhere + summary_.too_long + summary_.refused;
  }

  Engine& engine_;
  Store& store_;
  LabelPlan& plan_;
  const LabelOptions& options_;
  WorkQueue queue_;
  LabelSummary summary_;
  std::vector<Tally> tallies_;   // Of each variant.
  std::vector<size_t> at_work_;  // Variants.
  bool crowded_ = false;  // Somebody else has given an answer that this run was about to ask for.
  Random random_;
  Clock::time_point started_;
};

}  // namespace paq
