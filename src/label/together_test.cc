// SPDX-License-Identifier: MIT
// Several runs of labelling on one store, and runs over some of a ladder's variants.
#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/testing/error_code.h"
#include "label/fake_engine.h"
#include "label/label_estimate.h"
#include "label/labeler.h"

namespace paq {
namespace {

constexpr BitWidth kTwo{2}, kFour{4};

class TogetherTest : public testing::Test {
 protected:
  TogetherTest() { std::filesystem::create_directories(folder_); }
  ~TogetherTest() override { std::filesystem::remove_all(folder_); }

  Store open() const { return Store::open(folder_ / "s.sqlite", Store::Mode::kWrite); }

  LabelSummary label(FakeEngine& engine, int count, const LabelOptions& options) const {
    Store store = open();
    return label_prompts(engine, ladder_, store, fake_prompts(count), options);
  }

  int64_t outcomes() const { return open().outcome_count(); }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("paq_together_test_" + std::to_string(::getpid()));
  Ladder ladder_ = fake_ladder();
};

// The other run begins and ends while the first is in its first answers.
TEST_F(TogetherTest, WhatAnotherRunHasFinishedIsNotAskedAgain) {
  FakeEngine first, second;
  bool begun = false;
  first.on_step = [&] {
    if (first.answered < 3 || begun) return;
    begun = true;
    EXPECT_GT(label(second, 100, {.concurrency = 1}).added, 190);
  };
  const LabelSummary summary = label(first, 100, {.concurrency = 1});
  EXPECT_EQ(outcomes(), 200);
  EXPECT_EQ(summary.added + summary.elsewhere, 200);
  EXPECT_LT(summary.added, 10);
  EXPECT_LT(first.answered, 10);
}

// Makes two threads take turns, until one has ended.
class TurnTaking {
 public:
  void step(int who) {
    std::unique_lock lock(mutex_);
    turn_ = 1 - who;
    changed_.notify_all();
    changed_.wait(lock, [&] { return turn_ == who || ended_; });
  }
  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int turn_ = 0;
  bool ended_ = false;
};

// They begin with the same prompts, and at the same pace would stay with them to the end.
TEST_F(TogetherTest, TwoRunsSideBySideShareTheWork) {
  constexpr int kPrompts = 400;
  open();  // Made once.
  TurnTaking turns;
  FakeEngine engines[2];
  LabelSummary summaries[2];
  std::vector<std::thread> threads;
  for (int who = 0; who < 2; ++who) {
    engines[who].on_step = [&, who] { turns.step(who); };
    threads.emplace_back([&, who] {
      summaries[who] = label(engines[who], kPrompts, {.concurrency = 2});
      turns.end();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(outcomes(), 2 * kPrompts);
  for (int who = 0; who < 2; ++who) {
    const LabelSummary& one = summaries[who];
    EXPECT_EQ(one.added + one.elsewhere + one.already_there, 2 * kPrompts);
    EXPECT_GT(one.added, kPrompts / 4) << "one did all of it";
  }
  EXPECT_EQ(summaries[0].added + summaries[1].added, 2 * kPrompts);
  EXPECT_LT(engines[0].answered + engines[1].answered, 2 * kPrompts * 5 / 4)
      << "of " << 2 * kPrompts << ", with none twice";
}

TEST_F(TogetherTest, OfARunOverSomeVariantsTheRestIsMissing) {
  FakeEngine engine;
  const LabelSummary two = label(engine, 30, {.bits = {kTwo}});
  EXPECT_EQ(two.added, 30);
  EXPECT_EQ(engine.order, std::vector<BitWidth>{kTwo});
  const LabelSummary again = label(engine, 30, {.bits = {kTwo}});
  EXPECT_EQ(again.added, 0);
  EXPECT_EQ(again.already_there, 30);
  const LabelSummary rest = label(engine, 30, {});
  EXPECT_EQ(rest.already_there, 30);
  EXPECT_EQ(rest.added, 30);
  EXPECT_EQ(outcomes(), 60);
  // One ladder, whichever of its variants a run has asked.
  const Store store = open();
  ASSERT_EQ(store.ladders({}).size(), 1u);
  EXPECT_EQ(store.ladders({}).front().ladder.hash, ladder_.hash());
  EXPECT_EQ(code_of([&] { label(engine, 30, {.bits = {BitWidth{3}}}); }), ErrorCode::kNotFound);
}

// One width after another is a lazy walk too.
TEST_F(TogetherTest, OfALazyWalkTheVariantsThatAreNotAskedCount) {
  FakeEngine engine;
  const LazyWalk walk{.tau = 1.033, .full_share = 0};
  const LabelSummary two = label(engine, 60, {.bits = {kTwo}, .lazy = walk});
  EXPECT_EQ(two.added, 60);
  EXPECT_EQ(two.spared, 0);
  const LabelSummary four = label(engine, 60, {.bits = {kFour}, .lazy = walk});
  EXPECT_GT(four.spared, 0) << "what is good enough at 2 bits was asked at 4";
  EXPECT_GT(four.added, 0);
  EXPECT_EQ(four.added + four.spared, 60);
  const LabelSummary both = label(engine, 60, {.lazy = walk});
  EXPECT_EQ(both.added, 0) << "a walk in one run would have asked something else";
  EXPECT_EQ(both.spared, four.spared);
}

TEST_F(TogetherTest, AnEstimateIsOfTheVariantsThatAreAsked) {
  FakeEngine engine;
  const LabelEstimate estimate =
      estimate_labels(engine, ladder_, nullptr, fake_prompts(50), {.label = {.bits = {kFour}}});
  ASSERT_EQ(estimate.variants.size(), 1u);
  EXPECT_EQ(estimate.variants[0].bits, kFour);
  EXPECT_EQ(estimate.variants[0].to_ask, 50);
  EXPECT_EQ(engine.order, std::vector<BitWidth>{kFour});
}

}  // namespace
}  // namespace paq
