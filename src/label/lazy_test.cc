// SPDX-License-Identifier: MIT
// Walking the ladder: no more is asked than labels need, and nothing is asked too little.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/outcome.h"
#include "core/testing/error_code.h"
#include "label/fake_engine.h"
#include "label/labeler.h"
#include "label/shard.h"

namespace paq {
namespace {

constexpr int kPrompts = 200;
// Of the fake answers about half have a perplexity of at most this at 4 bits, all at 8.
constexpr double kTau = 1.019;
const std::vector<BitWidth> kWidths = {{1}, {2}, {4}, {8}};

Ladder four_variants() {
  Ladder ladder = fake_ladder();
  ladder.variants.clear();
  for (const BitWidth bits : kWidths) {
    Variant variant;
    variant.bits = bits;
    variant.sha256 = "sha-" + to_string(bits);
    variant.type = "F";
    ladder.variants.push_back(variant);
  }
  return ladder;
}

class LazyTest : public testing::Test {
 protected:
  LazyTest() { label(whole_, {}); }
  ~LazyTest() override { std::filesystem::remove_all(folder_); }

  Store open(const std::string& name) const {
    std::filesystem::create_directories(folder_);
    std::filesystem::remove(folder_ / name);
    return Store::open(folder_ / name, Store::Mode::kWrite);
  }

  LabelSummary label(Store& store, const LabelOptions& options) {
    return label(store, options, fake_prompts(kPrompts));
  }

  LabelSummary label(Store& store, const LabelOptions& options,
                     const std::vector<Prompt>& prompts) {
    return label_prompts(engine_, ladder_, store, prompts, options);
  }

  static LabelOptions lazy(double full_share, double tau = kTau) {
    LabelOptions options;
    options.lazy = LazyWalk{.tau = tau, .full_share = full_share, .seed = 7};
    return options;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("paq_lazy_test_" + std::to_string(::getpid()));
  Ladder ladder_ = four_variants();
  FakeEngine engine_;
  Store whole_ = open("whole.sqlite");
};

TEST_F(LazyTest, StopsAtTheFirstVariantThatIsGoodEnough) {
  Store store = open("lazy.sqlite");
  const LabelSummary summary = label(store, lazy(0));
  EXPECT_EQ(summary.added + summary.spared, 4 * kPrompts);
  EXPECT_GT(summary.spared, 0);
  std::map<size_t, int> asked;
  const auto walked = store.outcomes({}), whole = whole_.outcomes({});
  ASSERT_EQ(walked.size(), whole.size());
  for (size_t i = 0; i < walked.size(); ++i) {
    const auto& outcomes = walked[i].outcomes;
    ASSERT_FALSE(outcomes.empty());
    ++asked[outcomes.size()];
    for (size_t k = 0; k < outcomes.size(); ++k) {
      ASSERT_TRUE(outcomes.contains(kWidths[k])) << "a variant was passed over";
      const bool good_enough = *outcomes.at(kWidths[k]).perplexity <= kTau;
      EXPECT_EQ(good_enough, k + 1 == outcomes.size()) << walked[i].prompt.id;
    }
    // What was left out would have changed no label of this threshold or a larger one.
    for (const double tau : {kTau, 1.02, 1.03, 1.07, 2.0}) {
      const auto label = perplexity_label(walked[i], kWidths, tau);
      ASSERT_TRUE(label.has_value());
      EXPECT_EQ(label, perplexity_label(whole[i], kWidths, tau));
    }
  }
  EXPECT_GE(asked.size(), 2u) << "all prompts stop at the same variant: nothing was tested";
}

TEST_F(LazyTest, AsksNothingTwiceAndTheRestWithoutIt) {
  Store store = open("lazy.sqlite");
  const LabelSummary first = label(store, lazy(0));
  engine_.answered = 0;
  const LabelSummary again = label(store, lazy(0));
  EXPECT_EQ(again.added, 0);
  EXPECT_EQ(again.already_there, first.added);
  EXPECT_EQ(again.spared, first.spared);
  EXPECT_EQ(engine_.answered, 0);
  // A smaller threshold asks for more, a larger one for nothing.
  EXPECT_EQ(label(store, lazy(0, 1.05)).added, 0);
  const LabelSummary stricter = label(store, lazy(0, 1.01));
  EXPECT_GT(stricter.added, 0);
  EXPECT_EQ(label(store, {}).added, first.spared - stricter.added);
}

TEST_F(LazyTest, ASampleIsAnsweredByEveryVariant) {
  Store store = open("lazy.sqlite");
  label(store, lazy(0.25));
  int full = 0, settled_early = 0;
  for (const PromptOutcomes& prompt : store.outcomes({})) {
    full += prompt.outcomes.size() == kWidths.size();
    settled_early +=
        prompt.outcomes.size() == kWidths.size() && *prompt.outcomes.at({4}).perplexity <= kTau;
  }
  EXPECT_GT(settled_early, kPrompts / 16) << "the sample must not be those that are hard anyway";
  EXPECT_LT(full, kPrompts);
  EXPECT_EQ(label(store, lazy(0.25)).added, 0) << "another sample was drawn";
  EXPECT_EQ(label(store, lazy(1)).spared, 0);
  for (const double share : {-0.1, 1.1}) {
    EXPECT_EQ(code_of([&] { label(store, lazy(share)); }), ErrorCode::kUsage);
  }
}

TEST_F(LazyTest, ShardsDrawTheSameSampleAsOneRun) {
  Store one = open("one.sqlite");
  label(one, lazy(0.25));
  Store shards = open("shards.sqlite");
  for (const int index : {1, 2}) {
    label(shards, lazy(0.25), shard_of(fake_prompts(kPrompts), {index, 2}));
  }
  EXPECT_EQ(shards.outcome_count(), one.outcome_count());
  std::map<std::string, size_t> counts;
  for (const PromptOutcomes& prompt : one.outcomes({})) {
    counts[prompt.prompt.id] = prompt.outcomes.size();
  }
  for (const PromptOutcomes& prompt : shards.outcomes({})) {
    EXPECT_EQ(prompt.outcomes.size(), counts.at(prompt.prompt.id)) << prompt.prompt.id;
  }
}

TEST_F(LazyTest, OneAtATimeWalksToo) {
  Store many = open("many.sqlite"), one = open("one.sqlite");
  engine_.all_loaded = true;
  LabelOptions options = lazy(0);
  const LabelSummary expected = label(many, options);
  options.concurrency = 1;
  EXPECT_EQ(label(one, options).added, expected.added);
}

TEST_F(LazyTest, ProgressCountsDownWhatIsSpared) {
  Store store = open("lazy.sqlite");
  LabelOptions options = lazy(0);
  std::vector<Progress> seen;
  options.progress = [&](const Progress& progress) { seen.push_back(progress); };
  const LabelSummary summary = label(store, options);
  EXPECT_EQ(seen.front().total, 4 * kPrompts);
  for (size_t i = 1; i < seen.size(); ++i) EXPECT_LE(seen[i].total, seen[i - 1].total);
  EXPECT_EQ(seen.back().total, summary.added);
  EXPECT_EQ(seen.back().done, summary.added);
}

TEST_F(LazyTest, WhatDoesNotFitGoesOnUpwards) {
  auto prompts = fake_prompts(10);
  prompts[3].messages.back().content = std::string(2000, 'x');
  Store store = open("lazy.sqlite");
  const LabelSummary summary = label(store, lazy(0, 2.0), prompts);
  EXPECT_EQ(summary.too_long, 4);
  EXPECT_EQ(summary.added, 9);
  EXPECT_EQ(summary.spared, 27);
}

}  // namespace
}  // namespace paq
