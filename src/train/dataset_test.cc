// SPDX-License-Identifier: MIT
#include "train/dataset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "core/error.h"
#include "train/batches.h"
#include "train/calibration.h"

namespace paq {
namespace {

std::vector<Example> examples_of(const std::vector<int>& per_label, const std::string& task = "t") {
  std::vector<Example> examples;
  for (size_t label = 0; label < per_label.size(); ++label) {
    for (int i = 0; i < per_label[label]; ++i) {
      examples.push_back({task + " " + std::to_string(label) + "/" + std::to_string(i), task,
                          static_cast<int>(label)});
    }
  }
  return examples;
}

PromptOutcomes with_perplexities(const std::string& text, const std::vector<double>& perplexities) {
  PromptOutcomes outcomes;
  outcomes.prompt.task = "t";
  outcomes.prompt.messages = {{"system", "be brief"}, {"user", text}};
  int bits = 2;
  for (const double perplexity : perplexities) {
    Outcome outcome;
    outcome.bits = {bits};
    if (perplexity > 0) outcome.perplexity = perplexity;
    outcomes.outcomes[{bits}] = outcome;
    bits *= 2;
  }
  return outcomes;
}

TEST(LabelExamples, TakesTheSmallestWidthBelowTauAndSkipsTheUnknown) {
  const std::vector<PromptOutcomes> prompts = {
      with_perplexities("easy", {1.05, 1.01, 1.0}), with_perplexities("middle", {1.4, 1.13, 1.2}),
      with_perplexities("hard", {1.4, 1.3, 1.2}), with_perplexities("unknown", {1.4, 0, 1.2})};
  const std::vector<BitWidth> widths = {{2}, {4}, {8}};
  const std::vector<Example> wanted = {{"easy", "t", 0}, {"middle", "t", 1}, {"hard", "t", 2}};
  EXPECT_EQ(label_examples(prompts, widths, 1.13), wanted);
}

TEST(LabelExamples, FollowsAnyRule) {
  std::vector<PromptOutcomes> prompts = {with_perplexities("small", {1.4, 1.3, 1.2}),
                                         with_perplexities("large", {1.0, 1.0, 1.0}),
                                         with_perplexities("unmeasured", {1.0, 1.0, 1.0})};
  const std::vector<BitWidth> widths = {{2}, {4}, {8}};
  for (const int bits : {2, 4}) {
    prompts[0].comparisons[{bits}].divergence = 0.01;
    prompts[1].comparisons[{bits}].divergence = 0.5;
  }
  const std::vector<Example> wanted = {{"small", "t", 0}, {"large", "t", 2}};
  EXPECT_EQ(label_examples(prompts, widths, LabelRule{LabelMode::kDivergence, 0.05}), wanted);
}

TEST(RemoveTexts, KeepsTestPromptsOutOfTraining) {
  std::vector<Example> examples = examples_of({2, 1});
  EXPECT_EQ(remove_texts(examples, {"t 0/1", "elsewhere"}), 1);
  EXPECT_EQ(examples, (std::vector<Example>{{"t 0/0", "t", 0}, {"t 1/0", "t", 1}}));
}

TEST(LimitPerTask, LimitsEachTaskAlone) {
  std::vector<Example> examples = examples_of({30, 30}, "big");
  for (const Example& e : examples_of({5}, "small")) examples.push_back(e);
  const auto limited = limit_per_task(examples, 20, 3);
  EXPECT_EQ(std::count_if(limited.begin(), limited.end(),
                          [](const Example& e) { return e.task == "big"; }),
            20);
  EXPECT_EQ(limited.size(), 25u);
  EXPECT_EQ(limited, limit_per_task(examples, 20, 3));
  EXPECT_NE(limited, limit_per_task(examples, 20, 4));
}

TEST(SplitExamples, FollowsTheTextAndTheSeedAlone) {
  const std::vector<Example> examples = examples_of({500, 500});
  const Split split = split_examples(examples, {.validation = 0.1}, 7);
  EXPECT_EQ(split.training.size() + split.validation.size(), 1000u);
  EXPECT_NEAR(static_cast<double>(split.validation.size()), 100, 35);

  // The same prompts on the same sides from a part of the set in another order.
  std::vector<Example> part(examples.rbegin(), examples.rbegin() + 300);
  std::set<std::string> held_out;
  for (const Example& e : split.validation) held_out.insert(e.text);
  const Split again = split_examples(part, {.validation = 0.1}, 7);
  for (const Example& e : again.validation) EXPECT_TRUE(held_out.contains(e.text));
  for (const Example& e : again.training) EXPECT_FALSE(held_out.contains(e.text));

  EXPECT_NE(split.validation, split_examples(examples, {.validation = 0.1}, 8).validation);
  EXPECT_THROW(split_examples(examples, {.validation = 0}, 7), Error);
}

TEST(SplitExamples, NeverPartsDuplicates) {
  std::vector<Example> examples;
  for (int i = 0; i < 200; ++i) examples.push_back({"prompt " + std::to_string(i % 50), "t", 0});
  const Split split = split_examples(examples, {.validation = 0.3}, 1);
  std::set<std::string> training;
  for (const Example& e : split.training) training.insert(e.text);
  ASSERT_FALSE(split.validation.empty());
  for (const Example& e : split.validation) EXPECT_FALSE(training.contains(e.text));
}

TEST(BalanceLabels, EqualisesLargeSets) {
  const Balanced balanced = balance_labels(examples_of({900, 400, 300}), 3, 0, 5);
  EXPECT_EQ(count_labels(balanced.examples, 3), (std::vector<int64_t>{300, 300, 300}));
  EXPECT_EQ(balanced.class_weights, (std::vector<float>{1, 1, 1}));
  for (const double share : balanced.prior) EXPECT_NEAR(share, 1.0 / 3, 1e-9);
  EXPECT_EQ(balanced.examples, balance_labels(examples_of({900, 400, 300}), 3, 0, 5).examples);
  EXPECT_NE(balanced.examples, balance_labels(examples_of({900, 400, 300}), 3, 0, 6).examples);
}

TEST(BalanceLabels, ARareLabelDoesNotThrowTheRestAway) {
  const Balanced balanced = balance_labels(examples_of({900, 100, 10, 0}), 4, 200, 5);
  EXPECT_EQ(count_labels(balanced.examples, 4), (std::vector<int64_t>{200, 100, 10, 0}));
  // Evened out by weights, up to their limit; nothing for a label that does not occur.
  EXPECT_EQ(balanced.class_weights, (std::vector<float>{1, 2, kMaxClassWeight, 0}));
  EXPECT_NEAR(balanced.prior[0], 200.0 / 480, 1e-9);
  EXPECT_NEAR(balanced.prior[1], 200.0 / 480, 1e-9);
  EXPECT_NEAR(balanced.prior[2], 80.0 / 480, 1e-9);
  EXPECT_EQ(balanced.prior[3], 0);
}

TEST(HashExamples, SeesEveryField) {
  const std::string hash = hash_examples(examples_of({2, 1}));
  EXPECT_EQ(hash, hash_examples(examples_of({2, 1})));
  EXPECT_NE(hash, hash_examples(examples_of({1, 2})));
  EXPECT_NE(hash, hash_examples(examples_of({2, 1}, "u")));
}

TEST(BatchOrder, ShuffledPaysNoAttentionToLength) {
  std::vector<size_t> lengths;
  for (size_t i = 0; i < 320; ++i) lengths.push_back(i);
  Random random(9);
  const auto batches = epoch_batches(lengths, {.size = 16, .order = BatchOrder::kShuffled}, random);
  ASSERT_EQ(batches.size(), 20u);
  for (const auto& batch : batches) {
    const auto [low, high] = std::minmax_element(batch.begin(), batch.end());
    EXPECT_GT(*high - *low, 100u);
  }
}

TEST(JoinBatches, KeepsOrderAndLosesNothing) {
  const std::vector<std::vector<size_t>> batches = {{3, 1}, {4, 5}, {2}, {0, 6}, {7}};
  EXPECT_EQ(join_batches(batches, 2),
            (std::vector<std::vector<size_t>>{{3, 1, 4, 5}, {2, 0, 6}, {7}}));
  EXPECT_EQ(join_batches(batches, 1), batches);
}

TEST(DropClassWeights, GivesThePriorOfTheCounts) {
  Balanced balanced = balance_labels(examples_of({900, 100, 10, 0}), 4, 200, 5);
  drop_class_weights(balanced);
  EXPECT_EQ(balanced.class_weights, (std::vector<float>{1, 1, 1, 0}));
  EXPECT_NEAR(balanced.prior[0], 200.0 / 310, 1e-9);
  EXPECT_NEAR(balanced.prior[2], 10.0 / 310, 1e-9);
}

TEST(EpochBatches, CoverEverythingOnceWithLikeLengthsTogether) {
  std::vector<size_t> lengths;
  Random source(2);
  for (int i = 0; i < 1003; ++i) lengths.push_back(1 + source.below(200));
  Random random(9);
  const auto batches = epoch_batches(lengths, {.size = 16}, random);
  EXPECT_EQ(batches.size(), 63u);
  std::vector<int> seen(lengths.size(), 0);
  size_t padded = 0;
  for (const auto& batch : batches) {
    size_t longest = 0;
    for (const size_t i : batch) {
      ++seen.at(i);
      longest = std::max(longest, lengths[i]);
    }
    padded += longest * batch.size();
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), 1003);
  const size_t real = std::accumulate(lengths.begin(), lengths.end(), size_t{0});
  EXPECT_LT(static_cast<double>(padded), 1.15 * static_cast<double>(real));
  EXPECT_NE(batches, epoch_batches(lengths, {.size = 16}, random));  // every epoch another order
}

TEST(PriorShift, TurnsBalancedPosteriorsIntoNaturalOnes) {
  // p(x | a) = 0.3, p(x | b) = 0.6: balanced posterior 1/3, with shares 9:1 it is 2.7/3.3.
  const std::vector<int64_t> counts = {90000, 10000};
  const std::vector<double> balanced = {0.5, 0.5};
  const auto shift = prior_shift(counts, balanced);
  const double odds = std::log(0.3 / 0.6) + shift[0] - shift[1];
  EXPECT_NEAR(1 / (1 + std::exp(-odds)), 2.7 / 3.3, 1e-4);
  EXPECT_EQ(prior_shift(std::vector<int64_t>{5, 0}, std::vector<double>{1, 0})[1], 0);
}

TEST(FitTemperature, RecoversAKnownTemperature) {
  // Labels drawn from softmax(logits), then the logits made 2.5 times too confident.
  Random random(4);
  std::vector<Logits> logits;
  std::vector<int> labels;
  for (int i = 0; i < 4000; ++i) {
    Logits row;
    double sum = 0;
    for (int k = 0; k < 3; ++k) {
      row.push_back(static_cast<float>(random.normal()));
      sum += std::exp(row.back());
    }
    double u = random.uniform() * sum;
    int label = 0;
    while (label < 2 && (u -= std::exp(row[static_cast<size_t>(label)])) > 0) ++label;
    for (float& value : row) value *= 2.5f;
    logits.push_back(row);
    labels.push_back(label);
  }
  EXPECT_NEAR(fit_temperature(logits, labels), 2.5, 0.25);
  EXPECT_LT(mean_loss(logits, labels, 2.5), mean_loss(logits, labels, 1));
  EXPECT_EQ(fit_temperature({}, {}), 1);

  // Four right decisions are no proof of certainty.
  const std::vector<Logits> few(4, Logits{1, 0, 0});
  EXPECT_GT(fit_temperature(few, std::vector<int>{0, 0, 0, 0}), 0.5);
}

// Least squares under rising values has a closed form: the largest, over all beginnings at or
// before i, of the smallest mean up to an end at or after i.
TEST(FitIsotonic, IsTheLeastSquaresFit) {
  Random random(6);
  for (int round = 0; round < 20; ++round) {
    const size_t n = 30;
    std::vector<double> scores;
    std::vector<bool> hits;
    for (size_t i = 0; i < n; ++i) {
      scores.push_back((static_cast<double>(i) + 0.5) / n);
      hits.push_back(random.uniform() < scores.back());
    }
    const MonotoneMap map = fit_isotonic(scores, hits);
    for (size_t i = 0; i < n; ++i) {
      double best = 0;
      for (size_t a = 0; a <= i; ++a) {
        double least = 1;
        for (size_t b = i; b < n; ++b) {
          const double sum = std::accumulate(hits.begin() + static_cast<ptrdiff_t>(a),
                                             hits.begin() + static_cast<ptrdiff_t>(b) + 1, 0.0);
          least = std::min(least, sum / static_cast<double>(b - a + 1));
        }
        best = std::max(best, least);
      }
      EXPECT_NEAR(map.at(scores[i]), std::clamp(best, 1.0 / 32, 31.0 / 32), 1e-6);
    }
  }
}

TEST(FitIsotonic, EqualScoresAreOne) {
  const std::vector<double> scores = {0.5, 0.5, 0.5, 0.5};
  const MonotoneMap map = fit_isotonic(scores, {true, false, false, true});
  EXPECT_EQ(map.x, std::vector<float>{0.5f});
  EXPECT_EQ(map.y, std::vector<float>{0.5f});
}

TEST(FitCalibration, IsotonicMendsWhatATemperatureCannot) {
  // P(label <= 0) is said as the square of what it is: no temperature makes that good.
  Random random(12);
  const auto draw_prompts = [&](size_t count) {
    std::pair<std::vector<Logits>, std::vector<int>> prompts;
    for (size_t i = 0; i < count; ++i) {
      const double truth = 0.02 + 0.96 * random.uniform();
      const double said = truth * truth;
      prompts.first.push_back({static_cast<float>(std::log(said / (1 - said))), 0});
      prompts.second.push_back(random.uniform() < truth ? 0 : 1);
    }
    return prompts;
  };
  const auto [logits, labels] = draw_prompts(4000);
  const auto [others, other_labels] = draw_prompts(4000);
  const auto error = [&](CalibrationMethod method) {
    return calibration_quality(fit_calibration(method, logits, labels), others, other_labels);
  };
  const CalibrationQuality none = error(CalibrationMethod::kNone);
  const CalibrationQuality temperature = error(CalibrationMethod::kTemperature);
  const CalibrationQuality isotonic = error(CalibrationMethod::kIsotonic);
  EXPECT_GT(none.error, 0.1);
  EXPECT_GT(temperature.error, 0.05);
  EXPECT_LT(isotonic.error, 0.03);
  EXPECT_LT(isotonic.loss, none.loss);
  EXPECT_LT(isotonic.loss, temperature.loss);
  EXPECT_TRUE(fit_calibration(CalibrationMethod::kIsotonic, {}, {}).maps.empty());
}

}  // namespace
}  // namespace paq
