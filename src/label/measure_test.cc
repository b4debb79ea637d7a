// SPDX-License-Identifier: MIT
#include "label/measure.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/testing/error_code.h"
#include "label/answer.h"
#include "label/fake_engine.h"

namespace paq {
namespace {

class MeasureTest : public testing::Test {
 protected:
  MeasureTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("paq_measure_test_" + std::to_string(::getpid()))),
        store_(open_in(folder_)) {
    prompts_ = fake_prompts(12);
    label_prompts(engine_, ladder_, store_, prompts_, {});
  }
  ~MeasureTest() override { std::filesystem::remove_all(folder_); }

  static Store open_in(const std::filesystem::path& folder) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    return Store::open(folder / "s.sqlite", Store::Mode::kWrite);
  }

  MeasureSummary measure(const MeasureOptions& options = {}) {
    return measure_comparisons(engine_, ladder_, store_, prompts_, options);
  }

  std::map<std::string, Comparison> stored() const {
    std::map<std::string, Comparison> found;
    for (const PromptOutcomes& item : store_.outcomes({}, &ladder_)) {
      EXPECT_LE(item.comparisons.size(), 1u);
      for (const auto& [bits, comparison] : item.comparisons) found[item.prompt.id] = comparison;
    }
    return found;
  }

  std::filesystem::path folder_;
  Store store_;
  FakeEngine engine_;
  Ladder ladder_ = fake_ladder();
  std::vector<Prompt> prompts_;
};

// The definitions, token by token.
Comparison expected(const Prompt& prompt) {
  const std::string& text = prompt.messages.back().content;
  const std::string answer = FakeEngine::answer({4}, text);
  const std::vector<int32_t> ids(answer.begin(), answer.end());
  Comparison comparison{.bits = {2}, .reference = {4}, .tokens = static_cast<int>(ids.size())};
  double divergence = 0, same = 0;
  for (size_t t = 0; t < ids.size(); ++t) {
    const auto before = std::span(ids).subspan(0, t);
    const auto p = FakeEngine::logits({4}, text, before), q = FakeEngine::logits({2}, text, before);
    double p_sum = 0, q_sum = 0;
    for (size_t i = 0; i < p.size(); ++i) {
      p_sum += std::exp(static_cast<double>(p[i]));
      q_sum += std::exp(static_cast<double>(q[i]));
    }
    for (size_t i = 0; i < p.size(); ++i) {
      divergence += std::exp(p[i]) / p_sum * (p[i] - q[i] - std::log(p_sum / q_sum));
    }
    same += std::max_element(p.begin(), p.end()) - p.begin() ==
            std::max_element(q.begin(), q.end()) - q.begin();
    comparison.logprob += q[static_cast<size_t>(ids[t])] - std::log(q_sum);
    comparison.reference_logprob += p[static_cast<size_t>(ids[t])] - std::log(p_sum);
  }
  comparison.logprob /= comparison.tokens;
  comparison.reference_logprob /= comparison.tokens;
  comparison.divergence = divergence / comparison.tokens;
  comparison.agreement = same / comparison.tokens;
  return comparison;
}

TEST_F(MeasureTest, ComputesWhatTheDefinitionsSay) {
  const MeasureSummary summary = measure();
  EXPECT_EQ(summary.added, 12);
  EXPECT_EQ(summary.already_there, 0);
  EXPECT_EQ(summary.unanswered, 0);
  EXPECT_EQ(summary.refused, 0);
  const auto found = stored();
  ASSERT_EQ(found.size(), 12u);
  int64_t tokens = 0;
  for (const Prompt& prompt : prompts_) {
    const Comparison& comparison = found.at(prompt.id);
    const Comparison should = expected(prompt);
    EXPECT_EQ(comparison.bits, should.bits);
    EXPECT_EQ(comparison.reference, should.reference);
    EXPECT_EQ(comparison.tokens, should.tokens);
    EXPECT_NEAR(comparison.logprob, should.logprob, 1e-5);
    EXPECT_NEAR(comparison.reference_logprob, should.reference_logprob, 1e-5);
    EXPECT_NEAR(*comparison.divergence, *should.divergence, 1e-5);
    EXPECT_NEAR(*comparison.agreement, *should.agreement, 1e-12);
    EXPECT_NEAR(*comparison.lumped, 0, 1e-9);
    EXPECT_EQ(comparison.logprobs.size(), static_cast<size_t>(should.tokens));
    tokens += 2 * should.tokens;
  }
  EXPECT_EQ(summary.tokens, tokens);
}

TEST_F(MeasureTest, DoesNothingTwice) {
  measure();
  const int64_t asked = engine_.answered;
  int steps = 0;
  engine_.on_step = [&] { ++steps; };
  const MeasureSummary again = measure();
  EXPECT_EQ(again.added, 0);
  EXPECT_EQ(again.already_there, 12);
  EXPECT_EQ(steps, 0);
  EXPECT_EQ(engine_.answered, asked);
}

TEST_F(MeasureTest, WindowsAndConcurrencyChangeNothing) {
  measure();
  const auto whole = stored();
  for (const int concurrency : {1, 3}) {
    Store other = open_in(folder_ / ("w" + std::to_string(concurrency)));
    label_prompts(engine_, ladder_, other, prompts_, {});
    measure_comparisons(
        engine_, ladder_, other, prompts_,
        {.concurrency = concurrency, .memory_bytes = concurrency == 1 ? 0 : 100000});
    for (const PromptOutcomes& item : other.outcomes({}, &ladder_)) {
      const Comparison& a = item.comparisons.at({2});
      const Comparison& b = whole.at(item.prompt.id);
      EXPECT_EQ(a.logprob, b.logprob);
      EXPECT_EQ(a.divergence, b.divergence);
      EXPECT_EQ(a.agreement, b.agreement);
    }
  }
}

TEST_F(MeasureTest, StopsWhereItIsToldAndGoesOnFromThere) {
  CancelFlag cancel = false;
  const MeasureOptions options{.concurrency = 2, .memory_bytes = 0, .cancel = &cancel};
  int steps = 0;
  engine_.on_step = [&] { cancel = ++steps == 7; };
  EXPECT_EQ(code_of([&] { measure(options); }), ErrorCode::kCancelled);
  const size_t kept = stored().size();
  EXPECT_GT(kept, 0u);
  EXPECT_LT(kept, 12u);
  cancel = false;
  engine_.on_step = nullptr;
  const MeasureSummary rest = measure(options);
  EXPECT_EQ(rest.already_there, static_cast<int64_t>(kept));
  EXPECT_EQ(rest.added, 12 - static_cast<int64_t>(kept));
  EXPECT_EQ(stored().size(), 12u);
}

TEST_F(MeasureTest, AFailureLeavesTheEngineUsable) {
  engine_.on_width = [](BitWidth bits) {
    if (bits.bits == 2) throw Error(ErrorCode::kOutOfMemory, "no room");
  };
  EXPECT_EQ(code_of([&] { measure({.concurrency = 5}); }), ErrorCode::kOutOfMemory);
  EXPECT_FALSE(engine_.step());
  engine_.on_width = nullptr;
  EXPECT_EQ(measure().added, 12);
}

TEST_F(MeasureTest, LikelihoodsAloneAreMeasuredAgainForTheRest) {
  EXPECT_EQ(measure({.divergence = false}).added, 12);
  for (const auto& [id, comparison] : stored()) {
    EXPECT_FALSE(comparison.divergence);
    EXPECT_FALSE(comparison.agreement);
    EXPECT_LT(comparison.logprob, 0);
  }
  EXPECT_EQ(measure({.divergence = false}).already_there, 12);
  EXPECT_EQ(measure().added, 12);
  for (const auto& [id, comparison] : stored()) EXPECT_TRUE(comparison.divergence);
  EXPECT_EQ(measure({.divergence = false}).already_there, 12);
}

TEST_F(MeasureTest, CountsWhatCannotBeMeasured) {
  prompts_.push_back(prompts_.front());
  prompts_.back().id = "unanswered";
  store_.add_prompts(prompts_);
  engine_.context = 18;  // Some answers fitted before and do not now.
  const MeasureSummary summary = measure();
  EXPECT_EQ(summary.unanswered, 1);
  EXPECT_GT(summary.refused, 0);
  EXPECT_EQ(summary.added + summary.refused, 12);
  EXPECT_NE(summary.first_refused.find("too long"), std::string::npos);
}

TEST_F(MeasureTest, TextStandsInForTokensThatWereNotKept) {
  measure();
  const auto whole = stored();
  Store other = open_in(folder_ / "text");
  label_prompts(engine_, ladder_, other, prompts_, {});
  for (const PromptOutcomes& item : other.outcomes({}, &ladder_)) {
    Outcome outcome = item.outcomes.at({4});
    outcome.token_ids.clear();
    const auto with_prompt = [&](const Variant& variant) {
      return OutcomeSource{variant.bits, variant.sha256,
                           answer_settings(item.prompt, LabelOptions{})};
    };
    other.put_outcome(item.prompt, with_prompt(ladder_.variants.back()), outcome);
  }
  EXPECT_EQ(measure_comparisons(engine_, ladder_, other, prompts_, {}).added, 12);
  for (const PromptOutcomes& item : other.outcomes({}, &ladder_)) {
    EXPECT_EQ(item.comparisons.at({2}).divergence, whole.at(item.prompt.id).divergence);
  }
}

}  // namespace
}  // namespace paq
