// SPDX-License-Identifier: MIT
#include "label/roc.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/random.h"

namespace paq {
namespace {

TEST(RocArea, KnownValues) {
  const struct {
    std::vector<double> right, wrong;
    double area;
  } cases[] = {
      {{1, 2}, {3, 4}, 1},    {{3, 4}, {1, 2}, 0}, {{1, 1}, {1, 1}, 0.5},
      {{1, 3}, {2, 4}, 0.75}, {{2}, {2, 3}, 0.75}, {{1, 2, 3}, {2}, 0.5},
  };
  for (const auto& [right, wrong, area] : cases) {
    std::vector<MeasuredAnswer> answers;
    for (const double measure : wrong) answers.push_back({measure, false, answers.size()});
    for (const double measure : right) answers.push_back({measure, true, answers.size()});
    const RocArea found = roc_area(answers);
    EXPECT_DOUBLE_EQ(found.area.value, area);
    EXPECT_EQ(found.right, static_cast<int64_t>(right.size()));
    EXPECT_LE(found.area.low, area);
    EXPECT_GE(found.area.high, area);
  }
}

TEST(RocArea, OneKindAloneHasNone) {
  EXPECT_FALSE(roc_area({}).is_defined());
  const std::vector<MeasuredAnswer> right = {{1, true, 0}, {2, true, 1}};
  EXPECT_FALSE(roc_area(right).is_defined());
  EXPECT_EQ(roc_area(right).area, (Estimate{0.5, 0, 1}));
}

TEST(RocArea, NoNumberIsTheWorstMeasure) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  const std::vector<MeasuredAnswer> answers = {{nan, false, 0}, {5, true, 1}, {infinity, true, 2}};
  EXPECT_DOUBLE_EQ(roc_area(answers).area.value, 0.75);
}

// DeLong's worked-out variance for one answer a prompt, from its definition over pairs.
TEST(RocArea, TheErrorIsDeLongs) {
  Random random(5, "roc");
  std::vector<MeasuredAnswer> answers;
  std::vector<double> right, wrong;
  for (size_t i = 0; i < 60; ++i) {
    const bool is_right = i % 3 != 0;
    const double measure = std::round(4 * (random.normal() + (is_right ? 0 : 1))) / 4;
    answers.push_back({measure, is_right, i});
    (is_right ? right : wrong).push_back(measure);
  }
  const auto wins = [](double a, double b) { return a < b ? 1.0 : a == b ? 0.5 : 0.0; };
  const auto m = static_cast<double>(right.size()), n = static_cast<double>(wrong.size());
  double area = 0;
  for (const double a : right) {
    for (const double b : wrong) area += wins(a, b) / (m * n);
  }
  double s10 = 0, s01 = 0;
  for (const double a : right) {
    double placement = 0;
    for (const double b : wrong) placement += wins(a, b) / n;
    s10 += (placement - area) * (placement - area) / (m - 1);
  }
  for (const double b : wrong) {
    double placement = 0;
    for (const double a : right) placement += wins(a, b) / m;
    s01 += (placement - area) * (placement - area) / (n - 1);
  }
  const RocArea found = roc_area(answers);
  EXPECT_NEAR(found.area.value, area, 1e-12);
  EXPECT_NEAR(found.area.high - area, 1.959964 * std::sqrt(s10 / m + s01 / n), 1e-6);
}

// Every answer three times over, as answers of one prompt, says no more than once.
TEST(RocArea, RepeatedAnswersOfAPromptNarrowNothing) {
  Random random(6, "roc");
  std::vector<MeasuredAnswer> once, thrice;
  for (size_t i = 0; i < 100; ++i) {
    const bool is_right = random.below(2) == 0;
    const MeasuredAnswer answer{random.normal() - is_right, is_right, i};
    once.push_back(answer);
    for (int k = 0; k < 3; ++k) thrice.push_back(answer);
  }
  const RocArea a = roc_area(once), b = roc_area(thrice);
  EXPECT_NEAR(a.area.value, b.area.value, 1e-12);
  EXPECT_NEAR(a.area.low, b.area.low, 1e-9);
  EXPECT_NEAR(a.area.high, b.area.high, 1e-9);
}

}  // namespace
}  // namespace paq
