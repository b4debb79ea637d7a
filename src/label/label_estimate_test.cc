// SPDX-License-Identifier: MIT
// Estimates against what the runs they are of then take.
#include "label/label_estimate.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/testing/error_code.h"
#include "label/fake_engine.h"

namespace paq {
namespace {

class LabelEstimateTest : public testing::Test {
 protected:
  ~LabelEstimateTest() override {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path_.string() + end);
  }

  LabelEstimate estimate(const std::vector<Prompt>& prompts, const EstimateOptions& options = {},
                         const Store* store = nullptr) {
    return estimate_labels(engine_, ladder_, store, prompts, options);
  }

  std::filesystem::path path_ = std::filesystem::temp_directory_path() /
                                ("paq_estimate_test_" + std::to_string(::getpid()) + ".sqlite");
  FakeEngine engine_;
  Ladder ladder_ = fake_ladder();
};

TEST_F(LabelEstimateTest, CountsTimeAndTokensFromASample) {
  const auto prompts = fake_prompts(1000);
  EstimateOptions options;
  options.label.concurrency = 4;
  options.sample = 40;
  const LabelEstimate result = estimate(prompts, options);
  ASSERT_EQ(result.variants.size(), 2u);
  double tokens = 0;
  for (const Prompt& prompt : prompts) {
    for (const int bits : {2, 4}) {
      tokens +=
          static_cast<double>(FakeEngine::answer({bits}, prompt.messages.back().content).size());
    }
  }
  EXPECT_NEAR(result.tokens, tokens, 0.05 * tokens);
  for (const VariantEstimate& variant : result.variants) {
    EXPECT_EQ(variant.to_ask, 1000);
    EXPECT_EQ(variant.there, 0);
    EXPECT_EQ(variant.sampled, 40);
    // Half a second each, four at a time.
    EXPECT_NEAR(variant.seconds, 125, 5);
  }
  EXPECT_NEAR(result.seconds, 250, 10);
  options.label.side_by_side = true;
  EXPECT_NEAR(estimate(prompts, options).seconds, 125, 5);
}

TEST_F(LabelEstimateTest, LeavesTheStoreAloneAndCountsWhatItHas) {
  const auto prompts = fake_prompts(300);
  Store store = Store::open(path_, Store::Mode::kWrite);
  label_prompts(engine_, ladder_, store, std::span(prompts).first(100), {});
  const LabelEstimate result = estimate(prompts, {}, &store);
  EXPECT_EQ(result.variants[0].there, 100);
  EXPECT_EQ(result.variants[0].to_ask, 200);
  EXPECT_EQ(store.outcome_count(), 200);
  EXPECT_EQ(store.prompts({}).size(), 100u);
  label_prompts(engine_, ladder_, store, prompts, {});
  engine_.answered = 0;
  const LabelEstimate nothing = estimate(prompts, {}, &store);
  EXPECT_EQ(nothing.seconds, 0);
  EXPECT_EQ(nothing.disk_bytes, 0);
  EXPECT_EQ(engine_.answered, 0);
}

TEST_F(LabelEstimateTest, DiskIsWhatTheStoreThenGrowsBy) {
  const auto prompts = fake_prompts(1500);
  const LabelEstimate result = estimate(prompts);
  {
    Store store = Store::open(path_, Store::Mode::kWrite);
    label_prompts(engine_, ladder_, store, prompts, {});
  }
  const auto bytes = static_cast<double>(std::filesystem::file_size(path_));
  EXPECT_NEAR(static_cast<double>(result.disk_bytes), bytes, 0.25 * bytes);
}

TEST_F(LabelEstimateTest, AWalkExpectsWhatTheSampleWalks) {
  const auto prompts = fake_prompts(800);
  EstimateOptions options;
  options.label.lazy = LazyWalk{.tau = 1.036, .full_share = 0.1, .seed = 3};
  options.sample = 200;
  const LabelEstimate expected = estimate(prompts, options);
  EXPECT_EQ(expected.variants[0].to_ask, 800);
  Store store = Store::open(path_, Store::Mode::kWrite);
  const LabelSummary summary = label_prompts(engine_, ladder_, store, prompts, options.label);
  const auto walked = static_cast<double>(summary.added - 800);
  EXPECT_GT(summary.spared, 0);
  EXPECT_NEAR(static_cast<double>(expected.variants[1].to_ask), walked, 100);
}

// Half of the prompts have answers of the smaller variant, whose labels settle nothing about the
// others.
TEST_F(LabelEstimateTest, AWalkThatWasBegunIsEstimatedFromWhatIsKnown) {
  const auto prompts = fake_prompts(800);
  Store store = Store::open(path_, Store::Mode::kWrite);
  EstimateOptions options;
  options.label.lazy = LazyWalk{.tau = 1.036, .full_share = 0.1, .seed = 3};
  LabelOptions small = options.label;
  small.bits = {{2}};
  options.sample = 200;
  for (const size_t known : {400u, 800u}) {
    label_prompts(engine_, ladder_, store, std::span(prompts).first(known), small);
    const LabelEstimate expected = estimate(prompts, options, &store);
    EXPECT_EQ(expected.variants[0].there, static_cast<int64_t>(known));
    EXPECT_EQ(expected.variants[0].to_ask, 800 - static_cast<int64_t>(known));
    const auto copy = path_.string() + "-copy";
    LabelSummary summary;
    {
      Store whole = Store::open(copy, Store::Mode::kWrite);
      whole.merge(path_);
      summary = label_prompts(engine_, ladder_, whole, prompts, options.label);
    }
    const auto walked = summary.added - (800 - static_cast<int64_t>(known));
    EXPECT_GT(walked, 50);
    EXPECT_NEAR(static_cast<double>(expected.variants[1].to_ask), static_cast<double>(walked),
                known == 800 ? 0 : 60);
    std::filesystem::remove(copy);
  }
}

TEST_F(LabelEstimateTest, SettledPromptsAreNotAskedFurther) {
  EstimateOptions options;
  options.label.concurrency = 1;
  options.label.lazy = LazyWalk{.tau = 1e6, .full_share = 0, .seed = 3};
  options.sample = 50;
  engine_.answered = 0;
  const LabelEstimate all_settle = estimate(fake_prompts(400), options);
  EXPECT_EQ(all_settle.variants[1].to_ask, 0);
  EXPECT_EQ(all_settle.variants[1].sampled, 0);
  EXPECT_LE(engine_.answered, 51);  // and a warm-up
}

TEST_F(LabelEstimateTest, PromptsThatDoNotFitAreNoneToAsk) {
  auto prompts = fake_prompts(400);
  for (size_t i = 0; i < prompts.size(); i += 2) {
    prompts[i].messages[0].content += std::string(2000, 'x');
  }
  EstimateOptions options;
  options.sample = 100;
  const LabelEstimate expected = estimate(prompts, options);
  for (const VariantEstimate& variant : expected.variants) {
    EXPECT_NEAR(static_cast<double>(variant.refused), 200, 20);
    EXPECT_EQ(variant.to_ask + variant.refused, 400);
  }
  for (Prompt& prompt : prompts) prompt.messages[0].content += std::string(2000, 'x');
  for (const VariantEstimate& variant : estimate(prompts, options).variants) {
    EXPECT_EQ(variant.refused, 400);
    EXPECT_EQ(variant.to_ask, 0);
  }
}

// A walk goes from one server to the next.
TEST_F(LabelEstimateTest, OnlyWithoutAWalkDoServersWorkAtATime) {
  EstimateOptions options;
  options.label.side_by_side = true;
  const auto sums = [&](const LabelEstimate& result) {
    double slowest = 0, all = 0;
    for (const VariantEstimate& variant : result.variants) {
      slowest = std::max(slowest, variant.seconds);
      all += variant.seconds;
    }
    return std::pair(slowest, all);
  };
  const LabelEstimate together = estimate(fake_prompts(300), options);
  EXPECT_DOUBLE_EQ(together.seconds, sums(together).first);
  options.label.lazy = LazyWalk{.tau = 1.036, .full_share = 0.5, .seed = 3};
  const LabelEstimate walk = estimate(fake_prompts(300), options);
  EXPECT_DOUBLE_EQ(walk.seconds, sums(walk).second);
  EXPECT_GT(walk.seconds, sums(walk).first);
}

TEST_F(LabelEstimateTest, FaultsAreThoseOfTheRun) {
  engine_.on_width = [](BitWidth bits) {
    if (bits.bits == 4) throw Error(ErrorCode::kBadFile, "variant 4 is truncated");
  };
  EXPECT_EQ(code_of([&] { estimate(fake_prompts(20)); }), ErrorCode::kBadFile);
  EXPECT_FALSE(engine_.step()) << "requests were left in the engine";
  EstimateOptions options;
  options.label.concurrency = 0;
  EXPECT_EQ(code_of([&] { estimate(fake_prompts(20), options); }), ErrorCode::kUsage);
}

}  // namespace
}  // namespace paq
