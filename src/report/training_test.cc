// SPDX-License-Identifier: MIT
// What routers' files say of their training: read as it is written, refused where it can't be.
#include "report/training.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "report/example_training.h"
#include "report/json_training.h"

namespace paq {
namespace {

using nlohmann::json;

const std::vector<BitWidth> kWidths = {{2}, {16}};

std::string text_of(const TrainingRecord& record) {
  return training_record_json(record, kWidths).dump();
}

// The example with something else in it; by JSON pointer.
std::string with(const std::string& place, const json& value) {
  json changed = json::parse(text_of(example_training({2}, {16})));
  changed[json::json_pointer(place)] = value;
  return changed.dump();
}

TEST(Training, IsReadAsItWasWritten) {
  const TrainingRecord record = example_training({2}, {16});
  EXPECT_EQ(read_training(text_of(record), kWidths), record);
}

TEST(Training, HasTheNamesOfRoutersFiles) {
  const json text = json::parse(text_of(example_training({2}, {16})));
  EXPECT_EQ(text["settings"]["size"], "tiny");
  const json& metrics = text["metrics"];
  EXPECT_EQ(metrics["epochs"][1]["validation_accuracy"], 0.7);
  EXPECT_EQ(metrics["best_epoch"], 2);
  EXPECT_EQ(metrics["confusion"]["2"]["16"], 3);
  EXPECT_EQ(metrics["calibration"]["calibrated"]["error"], 0.0625);
}

// What a router of the first paq-train says.
TEST(Training, OfAnOldRouterIsReadAsFarAsItGoes) {
  const auto record = read_training(R"({
    "settings": {"size": "tiny", "learning_rate": 0.001, "without_tasks": [], "seed": 5},
    "metrics": {"best_epoch": 1, "majority_baseline": 0.5,
                "labelled": {"2": 7, "16": 3}, "logit_shift": {"2": 0.1, "16": -0.1},
                "temperature": 1.2, "cut_prompts": 0,
                "epochs": [{"training_loss": null, "validation_loss": 0.5,
                            "validation_accuracy": 1}]}})",
                                    kWidths);
  ASSERT_TRUE(record.has_value());
  EXPECT_FALSE(record->epochs[0].training_loss.has_value());
  EXPECT_EQ(record->labelled.at({16}), 3);
  EXPECT_TRUE(record->confusion.empty());
  EXPECT_TRUE(record->tasks.empty());
  EXPECT_FALSE(record->calibration.has_value());
  EXPECT_EQ(record->cut_prompts, 0);
  EXPECT_FALSE(record->dropped_tokens.has_value());
  EXPECT_EQ(record->settings.size(), 4u);
  EXPECT_EQ(read_training(text_of(*record), kWidths), record);
}

TEST(Training, IsAbsentWhereTheFileSaysNothing) {
  for (const char* text : {"", "{}", "null", "[]", "3", "of another program", "{\"metrics\": {",
                           R"({"metrics": {}})", R"({"metrics": [], "settings": {}})"}) {
    EXPECT_FALSE(read_training(text, kWidths).has_value()) << text;
  }
}

TEST(Training, IsRefusedWhereAValueCannotBe) {
  const struct {
    const char* place;
    json value;
  } cases[] = {
      {"/metrics/epochs", json::array()},
      {"/metrics/epochs", "many"},
      {"/metrics/epochs/0", 3},
      {"/metrics/epochs/0/training_loss", -0.5},
      {"/metrics/epochs/0/validation_loss", 1e300},
      {"/metrics/epochs/0/validation_accuracy", 1.5},
      {"/metrics/epochs/0/validation_accuracy", "0.5"},
      {"/metrics/best_epoch", 0},
      {"/metrics/best_epoch", 4},
      {"/metrics/best_epoch", 1.5},
      {"/metrics/best_epoch", nullptr},
      {"/metrics/majority_baseline", -1},
      {"/metrics/labelled/2", -1},
      {"/metrics/labelled/2", 1e300},
      {"/metrics/labelled/2", uint64_t{1} << 60},
      {"/metrics/labelled/4", 1},
      {"/metrics/training", json::array({1, 2})},
      {"/metrics/validation", {{"2", 1}}},
      {"/metrics/validation", {{"2", 1}, {"8", 1}}},
      {"/metrics/class_weights/2", nullptr},
      {"/metrics/confusion/2", nullptr},
      {"/metrics/confusion/2/16", "3"},
      {"/metrics/confusion", {{"2", {{"2", 1}, {"16", 1}}}}},
      {"/metrics/calibration", "temperature"},
      {"/metrics/calibration/method", std::string(1001, 'a')},
      {"/metrics/calibration/calibrated", nullptr},
      {"/metrics/calibration/calibrated/error", 2},
      {"/metrics/calibration/held_out_prompts", -5},
      {"/metrics/tasks", json::array({"a"})},
      {"/metrics/tasks/even", 0.5},
      {"/metrics/cut_prompts", "none"},
      {"/metrics/seconds", -1},
      {"/metrics/device", 5},
      {"/settings", json::array()},
      {"/settings/size", {{"a", 1}}},
      {"/settings/without_tasks", json::array({3})},
      {"/settings/size", std::string(1001, 'a')},
  };
  for (const auto& [place, value] : cases) {
    EXPECT_FALSE(read_training(with(place, value), kWidths).has_value()) << place << value;
  }
}

TEST(Training, IsRefusedWhereThereIsTooMuchOfIt) {
  const json epoch = {{"training_loss", 1}, {"validation_loss", 1}, {"validation_accuracy", 1}};
  EXPECT_TRUE(read_training(with("/metrics/epochs", json(1000, epoch)), kWidths).has_value());
  EXPECT_FALSE(read_training(with("/metrics/epochs", json(1001, epoch)), kWidths).has_value());
  json many = json::object();
  for (int i = 0; i <= 1000; ++i) many["task " + std::to_string(i)] = i;
  EXPECT_FALSE(read_training(with("/metrics/tasks", many), kWidths).has_value());
  EXPECT_FALSE(read_training(with("/settings", many), kWidths).has_value());
  const std::string spaces(size_t{1} << 20, ' ');
  EXPECT_FALSE(read_training(text_of(example_training({2}, {16})) + spaces, kWidths).has_value());
  EXPECT_FALSE(read_training(std::string(1000000, '['), kWidths).has_value());
}

TEST(Training, IsOfTheRoutersWidths) {
  const std::string text = text_of(example_training({2}, {16}));
  EXPECT_FALSE(read_training(text, std::vector<BitWidth>{{2}, {8}}).has_value());
  EXPECT_FALSE(read_training(text, std::vector<BitWidth>{{2}, {8}, {16}}).has_value());
}

}  // namespace
}  // namespace paq
