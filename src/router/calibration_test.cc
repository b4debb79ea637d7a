// SPDX-License-Identifier: MIT
#include "router/calibration.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <numeric>

#include "core/testing/error_code.h"
#include "ladder/gguf_reader.h"
#include "ladder/gguf_writer.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

class CalibrationKeys : public testing::Test {
 protected:
  void SetUp() override {
    path_ = fs::path(testing::TempDir()) / ("paq_calibration_" + std::to_string(::getpid()));
  }
  void TearDown() override { fs::remove(path_); }

  // What is read back of keys, for three labels.
  RouterCalibration read(const GgufWriter& writer) {
    writer.write(path_);
    return read_calibration(GgufReader(path_), 3);
  }

  // The error that reading gives.
  ErrorCode code(const GgufWriter& writer, std::string* message) {
    return code_of([&] { read(writer); }, message);
  }

  static RouterCalibration isotonic() {
    return {.method = CalibrationMethod::kIsotonic,
            .temperature = 2,
            .maps = {{{0.25f, 0.75f}, {0.125f, 0.5f}}, {{0.5f}, {0.75f}}}};
  }

  fs::path path_;
};

TEST(MonotoneMap, IsStraightBetweenPointsAndLevelBeyond) {
  const MonotoneMap map{{0.2f, 0.4f, 0.8f}, {0.1f, 0.3f, 0.3f}};
  EXPECT_FLOAT_EQ(map.at(0), 0.1f);
  EXPECT_FLOAT_EQ(map.at(0.2f), 0.1f);
  EXPECT_NEAR(map.at(0.3), 0.2, 1e-6);
  EXPECT_FLOAT_EQ(map.at(0.6), 0.3f);
  EXPECT_FLOAT_EQ(map.at(1), 0.3f);
}

TEST(RouterCalibration, CumulativeProbabilitiesGoThroughTheirMaps) {
  const RouterCalibration calibration{.method = CalibrationMethod::kIsotonic,
                                      .temperature = 1,
                                      .maps = {{{0, 1}, {0, 0.5f}}, {{0, 1}, {0.5f, 1}}}};
  // Softmax 1/2, 1/4, 1/4.
  const std::vector<float> logits = {std::log(2.0f), 0, 0};
  const std::vector<float> p = calibration.probabilities(logits);
  EXPECT_NEAR(p[0], 0.25, 1e-6);
  EXPECT_NEAR(p[0] + p[1], 0.875, 1e-6);
  EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-6);
}

TEST(RouterCalibration, MapsThatCrossGiveNoNegativeProbability) {
  const RouterCalibration calibration{.method = CalibrationMethod::kIsotonic,
                                      .temperature = 1,
                                      .maps = {{{0.5f}, {0.8f}}, {{0.5f}, {0.3f}}}};
  const std::vector<float> logits = {0, 0, 0};
  const std::vector<float> p = calibration.probabilities(logits);
  EXPECT_NEAR(p[0], 0.8, 1e-6);
  EXPECT_EQ(p[1], 0);
  EXPECT_NEAR(p[2], 0.2, 1e-6);
}

TEST(CalibrationMethods, NamesAreReadAsTheyAreWritten) {
  for (const auto method :
       {CalibrationMethod::kNone, CalibrationMethod::kTemperature, CalibrationMethod::kIsotonic}) {
    EXPECT_EQ(parse_calibration_method(calibration_method_name(method)), method);
  }
  std::string message;
  EXPECT_EQ(code_of([] { parse_calibration_method("platt"); }, &message), ErrorCode::kUsage);
  EXPECT_NE(message.find("none, temperature or isotonic"), std::string::npos) << message;
}

TEST_F(CalibrationKeys, KeepsWhatWasWritten) {
  GgufWriter writer;
  write_calibration(writer, isotonic());
  const RouterCalibration read_back = read(writer);
  EXPECT_EQ(read_back.method, CalibrationMethod::kIsotonic);
  EXPECT_EQ(read_back.temperature, 2);
  ASSERT_EQ(read_back.maps.size(), 2u);
  EXPECT_EQ(read_back.maps[0].x, isotonic().maps[0].x);
  EXPECT_EQ(read_back.maps[0].y, isotonic().maps[0].y);
  EXPECT_EQ(read_back.maps[1].x, isotonic().maps[1].x);
}

TEST_F(CalibrationKeys, AFileOfTheFirstLayoutHasATemperature) {
  GgufWriter writer;
  writer.set_f64("paq.router.temperature", 1.5);
  EXPECT_EQ(read(writer).method, CalibrationMethod::kTemperature);
  EXPECT_EQ(read(writer).temperature, 1.5);
}

TEST_F(CalibrationKeys, ContradictionsAreRefused) {
  std::string message;
  const auto changed = [&](auto&& change) {
    GgufWriter writer;
    write_calibration(writer, isotonic());
    change(writer);
    return code(writer, &message);
  };
  const std::string prefix = "paq.router.calibration.";
  EXPECT_EQ(changed([&](GgufWriter& w) { w.set_string(prefix + "method", "dowsing"); }),
            ErrorCode::kMismatch);
  EXPECT_NE(message.find("dowsing"), std::string::npos) << message;
  EXPECT_EQ(changed([&](GgufWriter& w) { w.set_f64("paq.router.temperature", 0); }),
            ErrorCode::kBadFile);
  const std::vector<int32_t> one_map = {3}, too_long = {2, 2}, too_short = {1, 1}, none = {0, 3};
  for (const auto& sizes : {one_map, too_long, too_short, none}) {
    EXPECT_EQ(changed([&](GgufWriter& w) { w.set_i32s(prefix + "map_sizes", sizes); }),
              ErrorCode::kBadFile)
        << message;
  }
  const std::vector<float> falling = {0.75f, 0.25f, 0.5f}, outside = {0.25f, 1.5f, 0.5f},
                           nan = {0.25f, NAN, 0.5f}, few = {0.5f};
  for (const auto& values : {falling, outside, nan, few}) {
    EXPECT_EQ(changed([&](GgufWriter& w) { w.set_f32s(prefix + "map_x", values); }),
              ErrorCode::kBadFile);
    EXPECT_EQ(changed([&](GgufWriter& w) { w.set_f32s(prefix + "map_y", values); }),
              ErrorCode::kBadFile);
  }
  GgufWriter bare;
  bare.set_string(prefix + "method", "isotonic");
  EXPECT_EQ(code(bare, &message), ErrorCode::kBadFile);
}

}  // namespace
}  // namespace paq
