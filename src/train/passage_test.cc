// SPDX-License-Identifier: MIT
#include "core/passage.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "train/dataset.h"

namespace paq {
namespace {

const std::string kInstruction =
    "Answer the question from the passage alone; where the passage does not say, answer with the "
    "one word unanswerable.";

std::string passage(int number) {
  return "In the year " + std::to_string(1400 + number) +
         " the fleet lay in the harbour for nine weeks, waiting for the wind, and its captains "
         "played cards.";
}

std::vector<Example> questions(int passages, int each) {
  std::vector<Example> examples;
  for (int p = 0; p < passages; ++p) {
    for (int q = 0; q < each; ++q) {
      examples.push_back(
          {kInstruction + "\n" + passage(p) + "\nQuestion " + std::to_string(q) + "?", "squad2",
           q % 2});
    }
  }
  return examples;
}

TEST(PassageKeys, QuestionsAboutOnePassageHaveItsKey) {
  const std::vector<Example> examples = questions(20, 4);
  const PassageKeys keys = passage_keys(examples);
  std::set<std::string_view> seen;
  for (size_t i = 0; i < examples.size(); ++i) {
    EXPECT_EQ(keys.key(examples[i].text), passage(static_cast<int>(i / 4)));
  }
}

TEST(PassageKeys, WithoutAPassageTheTextIsTheKey) {
  const std::vector<Example> examples = {{"short", "t", 0}, {"also\nshort", "t", 0}, {"", "t", 0}};
  const PassageKeys keys = passage_keys(examples);
  for (const Example& example : examples) EXPECT_EQ(keys.key(example.text), example.text);
}

TEST(SplitExamples, NeverPartsWhatSharesAPassage) {
  const Split split =
      split_examples(questions(200, 5), {.validation = 0.2, .calibration = 0.2, .policy = 0.2}, 1);
  std::map<std::string, std::set<const void*>> sides;
  const PassageKeys keys = passage_keys(questions(200, 5));
  for (const auto* side : {&split.training, &split.validation, &split.calibration, &split.policy}) {
    if (side != &split.policy) EXPECT_GE(side->size(), 100u);
    for (const Example& example : *side) {
      sides[std::string(keys.key(example.text))].insert(side);
    }
  }
  EXPECT_EQ(sides.size(), 200u);
  for (const auto& [key, where] : sides) EXPECT_EQ(where.size(), 1u) << key;
}

// A bound counts what fares independently.
TEST(SplitExamples, KeepsOnePromptOfAPassageForPolicies) {
  const auto split = [](uint64_t seed) {
    return split_examples(questions(200, 5), {.validation = 0.2, .calibration = 0.2, .policy = 0.3},
                          seed)
        .policy;
  };
  const PassageKeys keys = passage_keys(questions(200, 5));
  const std::vector<Example> policy = split(1);
  std::set<std::string_view> passages;
  std::set<std::string> asked;
  for (const Example& example : policy) {
    EXPECT_TRUE(passages.insert(keys.key(example.text)).second);
    asked.insert(example.text.substr(example.text.rfind('\n')));
  }
  EXPECT_NEAR(static_cast<double>(policy.size()), 60, 25);
  EXPECT_EQ(asked.size(), 5u) << "always the same question of a passage";
  EXPECT_EQ(split(1), policy);
}

TEST(RemoveTexts, TakesOtherQuestionsAboutATestPassageToo) {
  std::vector<Example> examples = questions(10, 3);
  EXPECT_EQ(remove_texts(examples, {kInstruction + "\n" + passage(4) + "\nAnother question?"}), 3);
  EXPECT_EQ(examples.size(), 27u);
}

}  // namespace
}  // namespace paq
