// SPDX-License-Identifier: MIT
// Prompts that are answered by the likelihood of their choices, through the whole of labelling.
#include "label/answer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "core/testing/error_code.h"
#include "label/fake_engine.h"

namespace paq {
namespace {

// What the fake engine gives for one choice, token by token.
std::vector<double> logprobs_of(BitWidth bits, const std::string& prompt,
                                const std::string& choice) {
  std::vector<int32_t> before;
  std::vector<double> logprobs;
  for (const char byte : choice) {
    const std::vector<float> logits = FakeEngine::logits(bits, prompt, before);
    double sum = 0;
    for (const float logit : logits) sum += std::exp(logit);
    before.push_back(static_cast<unsigned char>(byte));
    logprobs.push_back(logits.at(static_cast<size_t>(before.back())) - std::log(sum));
  }
  return logprobs;
}

double sum_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

std::vector<Prompt> choice_prompts(int count, const std::string& metric) {
  std::vector<Prompt> prompts;
  for (int i = 0; i < count; ++i) {
    Prompt prompt;
    prompt.task = "mini-mmlu";
    prompt.split = "train";
    prompt.id = metric + std::to_string(i);
    prompt.messages = {{"user", "which " + std::string(static_cast<size_t>(i % 17), '?')}};
    prompt.reference.answers = {std::string(1, static_cast<char>('A' + i % 3))};
    prompt.reference.choices = {" oak", " a long answer", " iron " + std::to_string(i)};
    prompt.reference.metric = metric;
    prompts.push_back(prompt);
  }
  return prompts;
}

class ChoiceAnswers : public testing::Test {
 protected:
  ~ChoiceAnswers() override { std::filesystem::remove_all(path_); }

  std::filesystem::path path_ = std::filesystem::temp_directory_path() /
                                ("paq_answer_test_" + std::to_string(::getpid()) + ".sqlite");
  Store store_ = [this] {
    std::filesystem::remove(path_);
    return Store::open(path_, Store::Mode::kWrite);
  }();
  FakeEngine engine_;
  Ladder ladder_ = fake_ladder();
};

TEST_F(ChoiceAnswers, AreTheLikeliestAndNothingIsGenerated) {
  for (const bool per_byte : {false, true}) {
    const auto prompts =
        choice_prompts(30, per_byte ? "choice-likelihood-per-byte" : "choice-likelihood");
    const LabelSummary summary = label_prompts(engine_, ladder_, store_, prompts, {});
    EXPECT_EQ(summary.added, 60);
  }
  EXPECT_EQ(engine_.answered, 4) << "more than the warm-ups was generated";
  int right = 0, differ = 0;
  std::map<std::string, std::string> chosen;
  for (const PromptOutcomes& item : store_.outcomes({})) {
    const Prompt& prompt = item.prompt;
    const bool per_byte = prompt.reference.metric == "choice-likelihood-per-byte";
    ASSERT_EQ(item.outcomes.size(), 2u);
    for (const auto& [bits, outcome] : item.outcomes) {
      size_t best = 0;
      double best_value = -1e9;
      for (size_t i = 0; i < 3; ++i) {
        const std::string& choice = prompt.reference.choices[i];
        const double sum = sum_of(logprobs_of(bits, prompt.messages[0].content, choice));
        const double value = per_byte ? sum / static_cast<double>(choice.size() - 1) : sum;
        if (value > best_value) best = i, best_value = value;
      }
      const std::string& choice = prompt.reference.choices[best];
      EXPECT_EQ(outcome.response, choice);
      const auto logprobs = logprobs_of(bits, prompt.messages[0].content, choice);
      ASSERT_EQ(outcome.logprobs.size(), logprobs.size());
      EXPECT_EQ(outcome.token_ids.size(), logprobs.size());
      EXPECT_EQ(outcome.tokens, static_cast<int>(logprobs.size()));
      const double mean = sum_of(logprobs) / static_cast<double>(logprobs.size());
      EXPECT_NEAR(*outcome.perplexity, std::exp(-mean), 1e-4 * std::exp(-mean));
      EXPECT_EQ(outcome.finish, std::nullopt);
      EXPECT_EQ(outcome.seconds_to_first_token, std::nullopt);
      EXPECT_NEAR(*outcome.seconds, 0.5, 0.1);
      EXPECT_EQ(outcome.score, prompt.reference.answers[0][0] == static_cast<char>('A' + best));
      EXPECT_EQ(outcome.scorer, prompt.reference.metric + "/1");
      right += *outcome.score == 1;
      const std::string key =
          prompt.messages[0].content + prompt.reference.choices[2] + to_string(bits);
      const auto [other, is_new] = chosen.emplace(key, choice);
      differ += !is_new && other->second != choice;
    }
  }
  EXPECT_GT(right, 0);
  EXPECT_LT(right, 120);
  EXPECT_GT(differ, 0) << "normalising by length never mattered";
}

TEST_F(ChoiceAnswers, AreNotAskedTwiceNorScoredAnew) {
  const auto prompts = choice_prompts(5, "choice-likelihood");
  label_prompts(engine_, ladder_, store_, prompts, {});
  const LabelSummary again = label_prompts(engine_, ladder_, store_, prompts, {});
  EXPECT_EQ(again.added, 0);
  EXPECT_EQ(again.rescored, 0);
  // An older version of the scorer needs the stored choice alone.
  store_.rescore("mini-mmlu", "choice-likelihood/0",
                 [](const Prompt&, std::string_view) { return std::optional(0.5); });
  const LabelSummary rescored = label_prompts(engine_, ladder_, store_, prompts, {});
  EXPECT_EQ(rescored.rescored, 10);
  EXPECT_EQ(rescored.added, 0);
}

TEST_F(ChoiceAnswers, NeverMixWithGeneratedOnes) {
  auto prompts = choice_prompts(4, "choice-likelihood");
  label_prompts(engine_, ladder_, store_, prompts, {});
  for (Prompt& prompt : prompts) prompt.reference.metric.clear();
  EXPECT_EQ(code_of([&] { label_prompts(engine_, ladder_, store_, prompts, {}); }),
            ErrorCode::kMismatch);
  // Side by side in one run, each is asked in its own way.
  auto both = choice_prompts(4, "choice-likelihood");
  for (Prompt& prompt : prompts) prompt.id += "g", both.push_back(prompt);
  EXPECT_EQ(label_prompts(engine_, ladder_, store_, both, {}).added, 8);
  for (const PromptOutcomes& item : store_.outcomes({})) {
    const bool generated = item.prompt.reference.metric.empty();
    EXPECT_EQ(item.outcomes.at({2}).finish.has_value(), generated);
  }
}

TEST_F(ChoiceAnswers, HaveSettingsOfTheirOwn) {
  const Prompt sum = choice_prompts(1, "choice-likelihood")[0];
  const Prompt per_byte = choice_prompts(1, "choice-likelihood-per-byte")[0];
  Prompt letter = sum;
  letter.reference.metric.clear();
  LabelOptions raw;
  raw.form = PromptForm::kRaw;
  const std::set<std::string> settings = {answer_settings(sum, {}), answer_settings(per_byte, {}),
                                          answer_settings(letter, {}), answer_settings(sum, raw)};
  EXPECT_EQ(settings.size(), 4u);
}

TEST_F(ChoiceAnswers, ThatDoNotFitAreCounted) {
  auto prompts = choice_prompts(3, "choice-likelihood");
  prompts[1].reference.choices[0] = std::string(2000, 'x');
  const LabelSummary summary = label_prompts(engine_, ladder_, store_, prompts, {});
  EXPECT_EQ(summary.too_long, 2);
  EXPECT_EQ(summary.added, 4);
}

}  // namespace
}  // namespace paq
