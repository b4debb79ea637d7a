// SPDX-License-Identifier: MIT
#include "router/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/random.h"
#include "core/testing/error_code.h"

namespace paq {
namespace {

using ::testing::HasSubstr;

const std::vector<BitWidth> kWidths = {{2}, {4}, {8}};

// `prompts` with the same chances; the first `failing` need 8 bits, the others 2.
CalibrationTable table(int prompts, int failing, const std::vector<float>& adequate) {
  CalibrationTable result;
  for (int i = 0; i < prompts; ++i) {
    result.labels.push_back(i < failing ? 2 : 0);
    result.adequate.insert(result.adequate.end(), adequate.begin(), adequate.end());
  }
  return result;
}

std::string refusal(const std::string& text) {
  std::string message;
  EXPECT_EQ(code_of([&] { parse_policy(text); }, &message), ErrorCode::kUsage) << text;
  return message;
}

TEST(ParsePolicy, ReadsEveryForm) {
  EXPECT_EQ(parse_policy("argmax").kind, PolicyKind::kArgMax);
  EXPECT_EQ(parse_policy("expected-cost:2.5").kind, PolicyKind::kExpectedCost);
  EXPECT_EQ(parse_policy("expected-cost:2.5").price, 2.5);
  EXPECT_EQ(parse_policy("expected-cost:0").price, 0);
  EXPECT_EQ(parse_policy("floor:0.05").bound.alpha, 0.05);
  EXPECT_EQ(parse_policy("floor:0.05").bound.confidence, 0.9);
  EXPECT_EQ(parse_policy("floor:0.05:0.99").bound.confidence, 0.99);
  for (const char* text :
       {"argmax", "expected-cost:2.5", "expected-cost:0", "floor:0.05", "floor:0.1:0.95"}) {
    EXPECT_EQ(to_string(parse_policy(text)), text);
  }
  EXPECT_EQ(to_string(parse_policy("floor:0.050:0.9")), "floor:0.05");
}

TEST(ParsePolicy, SaysWhatIsExpected) {
  for (const char* text :
       {"", "cheapest", "argmax:1", "expected-cost", "expected-cost:", "expected-cost:x",
        "expected-cost:-1", "expected-cost:1:2", "expected-cost:inf", "expected-cost:nan", "floor",
        "floor:", "floor:5%", "floor:0.1:0.9:1", "floor:0.1:"}) {
    EXPECT_THAT(refusal(text), HasSubstr("expected argmax, expected-cost:PRICE")) << text;
  }
  EXPECT_THAT(refusal("floor:5"), HasSubstr("the share of floor:5 is 5, expected a share above 0"));
  EXPECT_THAT(refusal("floor:0"), HasSubstr("is 0, expected"));
  EXPECT_THAT(refusal("floor:1"), HasSubstr("is 1, expected"));
  EXPECT_THAT(refusal("floor:-0.1"), HasSubstr("expected a share above 0"));
  EXPECT_THAT(refusal("floor:0.1:1"), HasSubstr("the confidence of floor:0.1:1 is 1"));
}

TEST(Adequacy, AscendsToOne) {
  const std::vector<float> adequate = adequacy(std::vector<float>{0.5f, 0.25f, 0.25f});
  EXPECT_EQ(adequate, (std::vector<float>{0.5f, 0.75f, 1}));
  Random random(3);
  for (int i = 0; i < 1000; ++i) {
    std::vector<float> probabilities;
    double sum = 0;
    for (int k = 0; k < 4; ++k) {
      probabilities.push_back(static_cast<float>(std::exp(8 * random.normal())));
      sum += probabilities.back();
    }
    for (float& p : probabilities) p = static_cast<float>(p / sum);
    const std::vector<float> row = adequacy(probabilities);
    EXPECT_TRUE(std::is_sorted(row.begin(), row.end()));
    EXPECT_GE(row.front(), 0);
    EXPECT_EQ(row.back(), 1);
  }
}

TEST(ArgMax, TakesTheLikeliestLabel) {
  const Policy policy = Policy::make(parse_policy("argmax"), {}, kWidths);
  EXPECT_EQ(policy.choose(adequacy(std::vector<float>{0.2f, 0.5f, 0.3f})).bits, 4);
  EXPECT_EQ(policy.choose(adequacy(std::vector<float>{0.1f, 0.2f, 0.7f})).bits, 8);
  EXPECT_EQ(policy.choose(adequacy(std::vector<float>{0.5f, 0.25f, 0.25f})).bits, 2);
  EXPECT_FALSE(policy.floor());
}

TEST(ExpectedCost, WeighsCostAgainstThePriceOfAnInadequateAnswer) {
  PolicyData data;
  data.costs = WidthCosts{.values = {1, 2, 4}, .unit = "seconds", .source = ""};
  const auto choose = [&](const std::string& policy, std::vector<float> adequate) {
    return Policy::make(parse_policy(policy), data, kWidths).choose(adequate).bits;
  };
  // 1 + p 0.5, 2 + p 0.2, 4
  EXPECT_EQ(choose("expected-cost:0", {0.5f, 0.8f, 1}), 2);
  EXPECT_EQ(choose("expected-cost:3", {0.5f, 0.8f, 1}), 2);    // 2.5, 2.6, 4
  EXPECT_EQ(choose("expected-cost:4", {0.5f, 0.8f, 1}), 4);    // 3, 2.8, 4
  EXPECT_EQ(choose("expected-cost:9.9", {0.5f, 0.8f, 1}), 4);  // 5.95, 3.98, 4
  EXPECT_EQ(choose("expected-cost:11", {0.5f, 0.8f, 1}), 8);   // 6.5, 4.2, 4
  // Fewer bits are not always cheaper: nothing is gained by the smaller width then.
  data.costs->values = {3, 2, 4};
  EXPECT_EQ(choose("expected-cost:0", {0.5f, 0.8f, 1}), 4);
  data.costs->values = {2, 2, 2};
  EXPECT_EQ(choose("expected-cost:0", {0.5f, 0.8f, 1}), 2);
}

TEST(ExpectedCost, ChoosesWhatCostsLeastOverAll) {
  PolicyData data;
  data.costs = WidthCosts{.values = {1, 1.5, 4}, .unit = "seconds", .source = ""};
  const Policy policy = Policy::make(parse_policy("expected-cost:6"), data, kWidths);
  Random random(11);
  for (int i = 0; i < 1000; ++i) {
    const auto a = static_cast<float>(random.uniform());
    const std::vector<float> adequate = {a, a + (1 - a) * static_cast<float>(random.uniform()), 1};
    const BitWidth chosen = policy.choose(adequate);
    const auto expected = [&](size_t k) { return data.costs->values[k] + 6 * (1 - adequate[k]); };
    for (size_t k = 0; k < 3; ++k) {
      const size_t c = chosen.bits == 2 ? 0 : chosen.bits == 4 ? 1 : 2;
      EXPECT_LE(expected(c), expected(k) + 1e-6);
    }
  }
}

TEST(Floor, TakesTheSmallestWidthAboveItsThreshold) {
  PolicyData data;
  // 100 prompts, a chance of 0.6 at 2 bits and 0.9 at 4 for each of them.
  data.calibration = table(100, 10, {0.6f, 0.9f, 1});
  // At 10 % of 100 with confidence 0.9, five failures are allowed, ten prompts need 8 bits.
  const Policy strict = Policy::make(parse_policy("floor:0.1"), data, kWidths);
  ASSERT_TRUE(strict.floor());
  EXPECT_EQ(strict.floor()->prompts, 100);
  EXPECT_EQ(strict.floor()->allowed, 5);
  EXPECT_EQ(strict.floor()->failures, 0);
  EXPECT_FLOAT_EQ(strict.floor()->threshold, 0.9f);
  EXPECT_EQ(strict.choose(std::vector<float>{0.6f, 0.9f, 1}).bits, 8);
  EXPECT_EQ(strict.choose(std::vector<float>{0.6f, 0.95f, 1}).bits, 4);
  EXPECT_EQ(strict.choose(std::vector<float>{0.91f, 0.95f, 1}).bits, 2);
  // At 20 %, fourteen are: nothing is in the way of 2 bits for everybody.
  const Policy loose = Policy::make(parse_policy("floor:0.2"), data, kWidths);
  EXPECT_EQ(loose.floor()->failures, 10);
  EXPECT_EQ(loose.choose(std::vector<float>{0, 0, 1}).bits, 2);
}

TEST(Floor, SaysWhatItLacks) {
  PolicyData data;
  std::string message;
  const auto make = [&](const char* policy) {
    return code_of([&] { Policy::make(parse_policy(policy), data, kWidths); }, &message);
  };
  EXPECT_EQ(make("floor:0.05"), ErrorCode::kUsage);
  EXPECT_THAT(message, HasSubstr("needs calibration prompts"));
  EXPECT_THAT(message, HasSubstr("paq calibrate"));
  data.calibration = table(44, 0, {0.6f, 0.9f, 1});
  EXPECT_EQ(make("floor:0.05"), ErrorCode::kUsage);
  EXPECT_THAT(message, HasSubstr("has 44 calibration prompts, but floor:0.05 takes 45 at least"));
  data.calibration = table(45, 0, {0.6f, 0.9f, 1});
  EXPECT_NO_THROW(Policy::make(parse_policy("floor:0.05"), data, kWidths));
  EXPECT_EQ(make("floor:0.01:0.99"), ErrorCode::kUsage);
  EXPECT_THAT(message, HasSubstr("takes 459 at least"));
  EXPECT_EQ(make("expected-cost:1"), ErrorCode::kUsage);
  EXPECT_THAT(message, HasSubstr("needs the cost of every width"));
  EXPECT_THAT(message, HasSubstr("paq bench"));
}

TEST(CheckPolicyData, NamesWhatIsWrong) {
  std::string message;
  const auto check = [&](const PolicyData& data) {
    return code_of([&] { check_policy_data(data, kWidths); }, &message);
  };
  EXPECT_NO_THROW(check_policy_data({}, kWidths));
  PolicyData data;
  data.costs = WidthCosts{.values = {1, 2}, .unit = "", .source = ""};
  EXPECT_EQ(check(data), ErrorCode::kUsage);
  EXPECT_THAT(message, HasSubstr("2 costs for the widths 2,4,8"));
  data.costs->values = {1, std::numeric_limits<double>::quiet_NaN(), 2};
  EXPECT_EQ(check(data), ErrorCode::kUsage);
  EXPECT_THAT(message, HasSubstr("the cost at 4 bits is nan"));
  data.costs->values = {1, -0.5, 2};
  EXPECT_EQ(check(data), ErrorCode::kUsage);
  EXPECT_THAT(message, HasSubstr("the cost at 4 bits is -0.5"));

  for (const std::vector<float>& row : {std::vector<float>{0.9f, 0.6f, 1},
                                        {-0.1f, 0.6f, 1},
                                        {0.1f, 0.6f, 0.9f},
                                        {0.1f, std::numeric_limits<float>::quiet_NaN(), 1},
                                        {0.1f, 1.5f, 1}}) {
    PolicyData bad;
    bad.calibration = table(3, 1, row);
    EXPECT_EQ(check(bad), ErrorCode::kUsage);
    EXPECT_THAT(message, HasSubstr("do not ascend"));
  }
  PolicyData bad;
  bad.calibration = table(3, 1, {0.1f, 0.5f, 1});
  bad.calibration->labels[1] = 3;
  EXPECT_EQ(check(bad), ErrorCode::kUsage);
  EXPECT_THAT(message, HasSubstr("the label 3, expected 0 to 2"));
  bad.calibration->labels.pop_back();
  EXPECT_EQ(check(bad), ErrorCode::kUsage);
  EXPECT_THAT(message, HasSubstr("9 probabilities, expected 2 prompts times 3 widths"));
}

}  // namespace
}  // namespace paq
