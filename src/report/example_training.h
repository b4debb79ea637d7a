// SPDX-License-Identifier: MIT
// How a router of two widths was trained, for tests: no field is at its default.
#pragma once

#include <string>

#include "core/training_record.h"

namespace paq {

inline TrainingRecord example_training(BitWidth small, BitWidth large) {
  TrainingRecord record;
  record.epochs = {{.training_loss = 0.75, .validation_loss = 0.7, .validation_accuracy = 0.5},
                   {.training_loss = 0.5, .validation_loss = 0.6, .validation_accuracy = 0.7},
                   {.training_loss = 0.25, .validation_loss = 0.9, .validation_accuracy = 0.65}};
  record.best_epoch = 2;
  record.majority_baseline = 0.6;
  record.labelled = {{small, 1400}, {large, 600}};
  record.training = {{small, 500}, {large, 500}};
  record.validation = {{small, 12}, {large, 8}};
  record.class_weights = {{small, 1}, {large, 1.25}};
  record.tasks = {{"even", 1200}, {"odd", 800}};
  record.confusion = {{9, 3}, {3, 5}};
  record.calibration = TrainingCalibration{.method = "temperature",
                                           .prompts = 90,
                                           .held_out_prompts = 80,
                                           .uncalibrated_loss = 0.625,
                                           .uncalibrated_error = 0.125,
                                           .calibrated_loss = 0.5,
                                           .calibrated_error = 0.0625};
  record.cut_prompts = 3;
  record.dropped_tokens = 1234;
  record.training_tokens = 56789;
  record.parameters = 1000000;
  record.seconds = 12.5;
  record.device = "cpu";
  record.settings = {{"size", std::string("tiny")},
                     {"epochs", uint64_t{3}},
                     {"warmup", 0.0625},
                     {"offset", int64_t{-1}},
                     {"without_tasks", std::vector<std::string>{"a", "b"}},
                     {"bf16", true}};
  return record;
}

}  // namespace paq
