// SPDX-License-Identifier: MIT
#include "train/model_card.h"

#include <gtest/gtest.h>

namespace paq {
namespace {

TrainReport example_report() {
  TrainReport report;
  report.tasks = {{"gsm8k", 70}, {"a|b", 30}};
  report.labelled = {60, 40};
  report.training = {30, 30};
  report.validation = {8, 2};
  report.epochs = {{0.9, 0.8, 0.6}, {0.5, 0.6, 0.7}};
  report.best_epoch = 1;
  report.majority_baseline = 0.8;
  report.confusion = {{6, 2}, {1, 1}};
  report.calibration = {
      .method = CalibrationMethod::kIsotonic, .temperature = 1.25, .maps = {{{0.5f}, {0.5f}}}};
  report.held_out = {.labels = {0, 1, 0}, .adequate = {0.5f, 1, 0.5f, 1, 0.5f, 1}};
  report.cut_prompts = 3;
  report.dropped_tokens = 417;
  report.training_tokens = 9000;
  report.parameters = 123456;
  return report;
}

TEST(ModelCard, SaysWhatTheReportSays) {
  const TrainReport report = example_report();
  const TrainOptions options;
  const RouterMetadata metadata{
      .bit_widths = {{2}, {8}}, .tau = 1.13, .base_model = "Boat_1B", .training_data_hash = "abc"};
  const std::string card = model_card({.file = "router.gguf",
                                       .metadata = metadata,
                                       .options = options,
                                       .report = report,
                                       .unlabelled = 11,
                                       .left_out = 7});
  EXPECT_TRUE(is_model_card(card));
  for (const char* part :
       {"# router.gguf", "Boat\\_1B", "threshold 1.13", "| gsm8k | 70 |", "| a\\|b | 30 |",
        "| labelled | 60 | 40 |", "70.0 % of the 10 validation", "| 2 (kept) |",
        "| 2-bit | 6 | 2 |", "| 8-bit | 1 | 1 |", "isotonic, temperature 1.250",
        "points per map: 1", "3 prompts were longer", "417 tokens were dropped", "11 for want",
        "7 that share", "| label\\_smoothing | 0.0 |"}) {
    EXPECT_NE(card.find(part), std::string::npos) << part << "\n" << card;
  }
  EXPECT_EQ(card.find("not calibrated"), std::string::npos);
}

TEST(ModelCard, OtherTextsAreNone) {
  EXPECT_FALSE(is_model_card("# my notes"));
  EXPECT_FALSE(is_model_card(""));
}

}  // namespace
}  // namespace paq
