// SPDX-License-Identifier: MIT
#include "router/policy_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/testing/error_code.h"

namespace paq {
namespace {

using ::testing::HasSubstr;

const std::vector<BitWidth> kWidths = {{2}, {4}};

class PolicyFile : public ::testing::Test {
 protected:
  PolicyFile() {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("paq_policy_file_" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~PolicyFile() override { std::filesystem::remove_all(folder_); }

  // A file with a key and a tensor that are none of the policies' business.
  static GgufWriter other_content() {
    GgufWriter writer;
    writer.set_string("paq.router.bit_widths", "2,4");
    writer.add_tensor("weights", std::vector<int64_t>{3}, std::vector<float>{1, 2, 3},
                      TensorType::kF16);
    return writer;
  }

  static PolicyData all_data() {
    PolicyData data;
    data.calibration = CalibrationTable{
        .labels = {0, 1, 1}, .adequate = {0.5f, 1, 0.25f, 1, 0.125f, 1}, .split = "validation"};
    data.costs = WidthCosts{.values = {0.1, 0.3}, .unit = "seconds", .source = "paq bench"};
    data.preferred = parse_policy("floor:0.05");
    return data;
  }

  PolicyData read(const std::string& name) const {
    return read_policy_data(GgufReader(folder_ / name), kWidths);
  }

  std::filesystem::path folder_;
};

TEST_F(PolicyFile, ReadsBackWhatWasWritten) {
  other_content().write(folder_ / "a.gguf");
  const PolicyData none = read("a.gguf");  // of an older paq
  EXPECT_FALSE(none.calibration);
  EXPECT_FALSE(none.costs);
  EXPECT_EQ(none.preferred.kind, PolicyKind::kArgMax);

  rewrite_router(folder_ / "a.gguf", folder_ / "b.gguf", all_data());
  const PolicyData data = read("b.gguf");
  ASSERT_TRUE(data.calibration);
  EXPECT_EQ(data.calibration->labels, all_data().calibration->labels);
  EXPECT_EQ(data.calibration->adequate, all_data().calibration->adequate);
  EXPECT_EQ(data.calibration->split, "validation");
  ASSERT_TRUE(data.costs);
  EXPECT_EQ(data.costs->values, (std::vector<double>{0.1, 0.3}));
  EXPECT_EQ(data.costs->unit, "seconds");
  EXPECT_EQ(to_string(data.preferred), "floor:0.05");

  const GgufReader before(folder_ / "a.gguf"), after(folder_ / "b.gguf");
  EXPECT_EQ(after.string("paq.router.bit_widths"), "2,4");
  ASSERT_NE(after.tensor("weights"), nullptr);
  EXPECT_EQ(after.tensor_bytes(*after.tensor("weights")),
            before.tensor_bytes(*before.tensor("weights")));
}

TEST_F(PolicyFile, NothingOfOldDataIsLeft) {
  other_content().write(folder_ / "a.gguf");
  rewrite_router(folder_ / "a.gguf", folder_ / "b.gguf", all_data());
  rewrite_router(folder_ / "b.gguf", folder_ / "c.gguf", {});
  const PolicyData data = read("c.gguf");
  EXPECT_FALSE(data.calibration);
  EXPECT_FALSE(data.costs);
  EXPECT_EQ(data.preferred.kind, PolicyKind::kArgMax);
}

TEST_F(PolicyFile, RefusesWhatItCannotUse) {
  const auto fails = [&](const std::function<void(GgufWriter&)>& change) {
    GgufWriter writer = other_content();
    write_policy_data(writer, all_data());
    change(writer);
    writer.write(folder_ / "bad.gguf");
    std::string message;
    const ErrorCode code = code_of([&] { read("bad.gguf"); }, &message);
    EXPECT_THAT(message, HasSubstr("bad.gguf"));
    return std::pair(code, message);
  };
  const auto newer = fails([](GgufWriter& w) { w.set_u32("paq.router.policy.version", 2); });
  EXPECT_EQ(newer.first, ErrorCode::kMismatch);
  EXPECT_THAT(newer.second, HasSubstr("policies of format 2, this program reads up to 1"));
  const auto unknown =
      fails([](GgufWriter& w) { w.set_string("paq.router.policy.preferred", "cheapest"); });
  EXPECT_EQ(unknown.first, ErrorCode::kBadFile);
  EXPECT_THAT(unknown.second, HasSubstr("\"cheapest\" is no policy"));
  const auto costs =
      fails([](GgufWriter& w) { w.set_f64s("paq.router.policy.costs", std::vector<double>{0.1}); });
  EXPECT_EQ(costs.first, ErrorCode::kBadFile);
  EXPECT_THAT(costs.second, HasSubstr("1 costs for the widths 2,4"));
  const auto half = fails([](GgufWriter& w) { w.remove_keys("paq.router.calibration.adequate"); });
  EXPECT_EQ(half.first, ErrorCode::kBadFile);
  EXPECT_THAT(half.second, HasSubstr("0 probabilities, expected 3 prompts times 2 widths"));
  const auto type =
      fails([](GgufWriter& w) { w.set_string("paq.router.calibration.labels", "0,1"); });
  EXPECT_EQ(type.first, ErrorCode::kBadFile);
  EXPECT_THAT(type.second, HasSubstr("paq.router.calibration.labels"));
}

}  // namespace
}  // namespace paq
