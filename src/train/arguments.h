// SPDX-License-Identifier: MIT
// paq-train's command line.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/label_rule.h"
#include "train/material.h"
#include "train/trainer.h"

namespace CLI {
class App;
}

namespace paq {

struct Arguments {
  /// What is not given on the command line is as in `defaults`.
  explicit Arguments(const TrainOptions& defaults);

  MaterialOptions material;
  std::filesystem::path out;
  std::filesystem::path base;  ///< Published weights to start from; empty: none.
  std::vector<double> taus;    ///< finish_arguments() puts in the label mode's usual one.
  std::string label_mode = "perplexity";
  bool reject_loops = false;
  bool paper = false;
  bool restart = false;
  bool json = false;
  bool half = false;
  TrainOptions options;

  // As given; finish_arguments() puts them into `options`.
  std::string size, schedule, order, class_weights, prior, calibration, device;
  double learning_rate = 0;
};

/// The options of `app`, which fill `arguments` when it parses.
void declare_arguments(CLI::App& app, Arguments& arguments);

/// What follows from what was parsed. Throws Error(kUsage) for words and thresholds that have no
/// meaning.
void finish_arguments(Arguments& arguments);

LabelRule rule_of(const Arguments& arguments, double tau);

/// Where the router of one threshold goes: --out itself when there is one threshold only.
std::filesystem::path output_path(const Arguments& arguments, double tau);

/// Where its training notes how far it is; empty where the router is written into a device.
std::filesystem::path checkpoint_path(const std::filesystem::path& router);

/// Where its model card goes: `router.md` beside `router.gguf`; empty likewise.
std::filesystem::path card_path(const std::filesystem::path& router);

/// Throws Error(kUsage) where an output would replace an input or what is no earlier output of its
/// kind, Error(kIo) where a folder cannot be written to: known before a training, not after it.
void check_outputs(const Arguments& arguments);

}  // namespace paq
