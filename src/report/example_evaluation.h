// SPDX-License-Identifier: MIT
// A small evaluation for the tests of this folder: two widths, two tasks, texts that need escaping.
#pragma once

#include <string>

#include "report/report.h"

namespace paq {

inline constexpr BitWidth kTwo{2}, kSixteen{16};

inline StrategyResult example_strategy(const std::string& name, double score,
                                       std::optional<double> seconds) {
  StrategyResult result;
  result.name = name;
  result.score = score;
  result.seconds_mean = seconds;
  result.bits_mean = 9;
  result.shares = {{kTwo, 0.25}, {kSixteen, 0.75}};
  for (const char* task : {"squad_2", "a,\"b\""}) {
    result.tasks[task] = {.score = score, .seconds_mean = seconds, .bits_mean = 9, .n = 5};
  }
  return result;
}

inline Evaluation example_evaluation() {
  Evaluation evaluation;
  evaluation.widths = {kTwo, kSixteen};
  evaluation.tau = 1.13;
  evaluation.prompts = 10;
  evaluation.tasks = {"squad_2", "a,\"b\""};
  evaluation.strategies = {example_strategy("fixed-2", 0.5, 0.01),
                           example_strategy("fixed-16", 0.875, std::nullopt),
                           example_strategy("router", 0.85, 0.02)};
  evaluation.strategies[2].score_interval = Estimate{0.85, 0.8, 0.9};
  for (const std::string& task : evaluation.tasks) {
    evaluation.routing[task] = {{kTwo, 0.4}, {kSixteen, 0.6}};
  }
  evaluation.router.confusion = {{3, 1}, {2, 4}};
  return evaluation;
}

inline ReportMeta example_meta() {
  return {.model = "R&D_100% </script><b>",
          .ladder = "1f0c9a3b77aa",
          .machine = "2 cores",
          .command = "paq eval",
          .date = "2026-01-02T03:04:05Z",
          .router = "router.gguf",
          .note = "a miniature",
          .counts = {},
          .stages = {}};
}

}  // namespace paq
