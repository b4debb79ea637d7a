// SPDX-License-Identifier: MIT
// A small comparison of label modes for the tests of this folder: two modes with labels, one
// without, one area that is not defined.
#pragma once

#include "core/mode_comparison.h"

namespace paq {

inline ModeComparison example_modes() {
  constexpr BitWidth two{2}, sixteen{16};
  const RocArea good{.area = {0.875, 0.75, 1}, .right = 6, .wrong = 2};
  const RocArea fair{.area = {0.625, 0.5, 0.75}, .right = 5, .wrong = 3};
  ModeComparison comparison;
  comparison.prompts = 10;
  comparison.common = 8;
  comparison.modes = {{.rule = {LabelMode::kPerplexity, 1.05, true},
                       .labelled = 10,
                       .use = {{two, 6}, {sixteen, 2}},
                       .score = 0.75,
                       .seconds = 0.02,
                       .bits = 5.5,
                       .areas = {{two, {good, {}}}, {sixteen, {{}, {}}}},
                       .pooled = ModeAreas{good, fair}},
                      {.rule = {LabelMode::kDivergence, 0.02, true},
                       .labelled = 0,
                       .use = {{two, 0}, {sixteen, 0}},
                       .score = {},
                       .seconds = {},
                       .bits = 0,
                       .areas = {},
                       .pooled = {}},
                      {.rule = {LabelMode::kScore, 0, true},
                       .labelled = 8,
                       .use = {{two, 4}, {sixteen, 4}},
                       .score = 1,
                       .seconds = {},
                       .bits = 9,
                       .areas = {},
                       .pooled = {}}};
  comparison.pairs = {{LabelMode::kPerplexity, LabelMode::kScore, 8, 0.75, 0.5}};
  comparison.loops[two] = {.answers = 10,
                           .loops = 1,
                           .perplexity = 1.25,
                           .other_perplexity = 1.5,
                           .score = 0,
                           .other_score = 0.5,
                           .accepted = 1};
  comparison.loops[sixteen] = {.answers = 10,
                               .loops = 0,
                               .perplexity = {},
                               .other_perplexity = 1.125,
                               .score = {},
                               .other_score = 1,
                               .accepted = 0};
  return comparison;
}

}  // namespace paq
