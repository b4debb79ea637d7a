// SPDX-License-Identifier: MIT
// No more than one variant at a time is held, and nothing of the interface is lost by that.
#include "label/sparing_engine.h"

#include <gtest/gtest.h>

#include <string>

#include "core/testing/error_code.h"
#include "label/fake_engine.h"

namespace paq {
namespace {

class SparingEngineTest : public testing::Test {
 protected:
  // Counts those that are there, and remembers the newest.
  class Counted : public FakeEngine {
   public:
    explicit Counted(SparingEngineTest& test) : test_(test) {
      ++test_.open_;
      ++test_.opened_;
      test_.newest_ = this;
    }
    ~Counted() override { --test_.open_; }
    EngineStats stats() const override { return {.prefill_tokens = answered, .batches = 1}; }

   private:
    SparingEngineTest& test_;
  };

  Request request(int bits, const std::string& prompt, std::string* answer = nullptr) {
    Request request;
    request.bits = {bits};
    request.messages = {{"user", prompt}};
    if (answer != nullptr) {
      request.on_done = [answer](const Completion& completion) {
        *answer = completion.finish == FinishReason::kCancelled ? "cancelled" : completion.text;
      };
    }
    return request;
  }

  int open_ = 0, opened_ = 0;
  FakeEngine* newest_ = nullptr;
  bool fails_ = false;
  SparingEngine engine_{[this]() -> std::unique_ptr<Engine> {
    if (fails_) throw Error(ErrorCode::kNotFound, "the file is gone");
    return std::make_unique<Counted>(*this);
  }};
};

TEST_F(SparingEngineTest, OpensAnewForAnotherWidthOnly) {
  EXPECT_EQ(opened_, 1);
  run_all(engine_, {request(2, "one"), request(2, "two")});
  run_all(engine_, {request(2, "three")});
  EXPECT_EQ(opened_, 1);
  EXPECT_EQ(run_all(engine_, {request(4, "one")}).front().text,
            FakeEngine::answer(BitWidth{4}, "one"));
  EXPECT_EQ(opened_, 2);
  EXPECT_EQ(open_, 1) << "the engine before is still there";
  EXPECT_EQ(newest_->answered, 1);
  EXPECT_EQ(engine_.stats().prefill_tokens, 4);
  EXPECT_EQ(engine_.stats().batches, 2);
  EXPECT_EQ(engine_.bit_widths().size(), 2u);
  EXPECT_EQ(engine_.context_tokens({4}), 1000);
  EXPECT_FALSE(engine_.keeps_all_loaded());
}

TEST_F(SparingEngineTest, WidthsThatAreAskedTogetherAreAnsweredTogether) {
  std::string two, four;
  engine_.submit(request(2, "one", &two));
  engine_.submit(request(4, "one", &four));
  while (engine_.step()) {
  }
  EXPECT_EQ(opened_, 1);
  EXPECT_EQ(two, FakeEngine::answer(BitWidth{2}, "one"));
  EXPECT_EQ(four, FakeEngine::answer(BitWidth{4}, "one"));
  run_all(engine_, {request(2, "two")});
  EXPECT_EQ(opened_, 1) << "both are loaded";
}

TEST_F(SparingEngineTest, IdsStayDifferentAndOldOnesMeanNothing) {
  std::string first, second;
  const RequestId old = engine_.submit(request(2, "one", &first));
  while (engine_.step()) {
  }
  const RequestId now = engine_.submit(request(4, "one", &second));
  EXPECT_NE(old, now);
  engine_.cancel(old);
  engine_.step();
  EXPECT_EQ(second, "");
  engine_.cancel(now);
  while (engine_.step()) {
  }
  EXPECT_EQ(second, "cancelled");
}

TEST_F(SparingEngineTest, WhatCantBeOpenedLeavesTheOneThereIs) {
  run_all(engine_, {request(2, "one")});
  fails_ = true;
  EXPECT_EQ(code_of([&] { engine_.submit(request(4, "one")); }), ErrorCode::kNotFound);
  EXPECT_EQ(run_all(engine_, {request(2, "two")}).front().text,
            FakeEngine::answer(BitWidth{2}, "two"));
}

}  // namespace
}  // namespace paq
