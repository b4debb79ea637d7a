// SPDX-License-Identifier: MIT
// Curves whose corners can be seen by eye, and the best mix of two points by trying all of them.
#include "eval/cost_curve.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/random.h"
#include "eval/mix.h"

namespace paq {
namespace {

TEST(CostCurve, GoesStraightBetweenTwoPoints) {
  const CostCurve curve({{1, 0.2}, {3, 0.8}});
  EXPECT_DOUBLE_EQ(curve.at(1), 0.2);
  EXPECT_DOUBLE_EQ(curve.at(2), 0.5);
  EXPECT_DOUBLE_EQ(curve.at(3), 0.8);
  EXPECT_DOUBLE_EQ(curve.at(9), 0.8);
  EXPECT_DOUBLE_EQ(curve.area(1, 3), 1.0);   // 2 * (0.2 + 0.8) / 2
  EXPECT_DOUBLE_EQ(curve.area(2, 5), 2.25);  // (0.5 + 0.8) / 2 + 2 * 0.8
  EXPECT_DOUBLE_EQ(curve.area(2, 2), 0);
  EXPECT_DOUBLE_EQ(curve.cost_of(0.5).value(), 2);
  EXPECT_DOUBLE_EQ(curve.cost_of(0.1).value(), 1);
  EXPECT_FALSE(curve.cost_of(0.81).has_value());
}

// (2, 0.3) lies under the line from (1, 0.2) to (3, 0.8); (4, 0.7) is dearer and worse; of two
// points at a cost of 3 the better one counts.
TEST(CostCurve, LeavesOutWhatAMixBeats) {
  const CostCurve curve({{4, 0.7}, {2, 0.3}, {3, 0.8}, {1, 0.2}, {3, 0.6}});
  EXPECT_DOUBLE_EQ(curve.at(2), 0.5);
  EXPECT_DOUBLE_EQ(curve.at(4), 0.8);
  EXPECT_DOUBLE_EQ(CostCurve({{1, 0.9}, {2, 0.5}}).area(1, 3), 1.8);
}

TEST(CostCurve, IsTheBestMixOfAnyTwoPoints) {
  Random random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<CostPoint> points(1 + random.below(7));
    for (CostPoint& point : points) {
      point = {static_cast<double>(random.below(6)), static_cast<double>(random.below(9)) / 8};
    }
    const double cheapest = std::min_element(points.begin(), points.end(), [](auto& a, auto& b) {
                              return a.cost < b.cost;
                            })->cost;
    const CostCurve curve(points);
    for (double budget = cheapest; budget < 7; budget += 0.25) {
      EXPECT_NEAR(curve.at(budget), best_mix_within(budget, points)->score, 1e-12);
    }
  }
}

TEST(BestMix, IsTheCheapestOfEquals) {
  const std::vector<CostPoint> points = {{3, 0.1 + 0.2}, {1, 0.3}, {2, 0.3}};
  for (const double budget : {3.0, 10.0}) {
    const WidthMix mix = best_mix_within(budget, points).value();
    EXPECT_EQ(mix.low, 1u);
    EXPECT_EQ(mix.high, 1u);
    EXPECT_EQ(mix.cost, 1);
  }
}

TEST(BestMix, IsNoneWhereEverythingIsDearer) {
  EXPECT_FALSE(best_mix_within(0.5, std::vector<CostPoint>{{1, 1}, {2, 1}}).has_value());
}

}  // namespace
}  // namespace paq
