// SPDX-License-Identifier: MIT
#include "label/label_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "core/random.h"
#include "label/fake_engine.h"

namespace paq {
namespace {

Prompt prompt_of(const std::string& id, const std::string& text) {
  Prompt prompt;
  prompt.id = id;
  prompt.task = "prompts";
  prompt.split = "train";
  prompt.messages = {{"user", text}};
  return prompt;
}

std::vector<std::string> ordered_ids(const std::vector<Prompt>& prompts) {
  std::vector<std::string> ids;
  for (const size_t index : labelling_order(prompts)) ids.push_back(prompts[index].id);
  return ids;
}

TEST(BeginAlike, WhereATenthOfTheTextIsShared) {
  EXPECT_FALSE(begin_alike({}));
  EXPECT_FALSE(begin_alike(fake_prompts(50)));
  const std::string header(400, 'h');
  std::vector<Prompt> prompts;
  for (int i = 0; i < 100; ++i) {
    // Texts that differ from their first byte on.
    prompts.push_back(prompt_of(std::to_string(i), std::to_string(i * i) + std::string(500, 'x')));
  }
  EXPECT_FALSE(begin_alike(prompts));
  for (int i = 0; i < 10; ++i) {
    prompts.push_back(prompt_of("few" + std::to_string(i), header + std::to_string(i)));
  }
  EXPECT_FALSE(begin_alike(prompts)) << "3,600 of 54,000 bytes";
  for (int i = 10; i < 30; ++i) {
    prompts.push_back(prompt_of("more" + std::to_string(i), header + std::to_string(i)));
  }
  EXPECT_TRUE(begin_alike(prompts)) << "11,600 of 62,000 bytes";
}

TEST(LabellingOrder, IsAPermutationThatDoesNotDependOnTheOrderGiven) {
  auto prompts = fake_prompts(100);
  const auto order = labelling_order(prompts);
  EXPECT_EQ(std::set<size_t>(order.begin(), order.end()).size(), 100u);
  const auto ids = ordered_ids(prompts);
  Random(3).shuffle(prompts);
  EXPECT_EQ(ordered_ids(prompts), ids);
  EXPECT_TRUE(labelling_order({}).empty());
}

TEST(LabellingOrder, MakesNeighboursOfPromptsThatBeginAlike) {
  const std::string passage_a(600, 'a'), passage_b(600, 'b');
  const std::vector<Prompt> prompts = {
      prompt_of("a1", passage_a + "one?"), prompt_of("b1", passage_b + "one, at some length?"),
      prompt_of("a2", passage_a + "two?"), prompt_of("b2", passage_b + "two?"),
      prompt_of("a3", passage_a + "also?")};
  // Of the two passages the one with the longest prompt comes first.
  EXPECT_EQ(ordered_ids(prompts), (std::vector<std::string>{"b1", "b2", "a3", "a1", "a2"}));
}

TEST(LabellingOrder, TakesTheLongestFirstWhereNothingIsShared) {
  const std::vector<Prompt> prompts = {prompt_of("short", "a few words"),
                                       prompt_of("long", "b" + std::string(900, '.')),
                                       prompt_of("middle", "c" + std::string(300, '.'))};
  EXPECT_EQ(ordered_ids(prompts), (std::vector<std::string>{"long", "middle", "short"}));
}

TEST(LabellingOrder, CountsTheAnswerThatATaskAllows) {
  std::vector<Prompt> prompts = {prompt_of("mc", "a" + std::string(100, '.')),
                                 prompt_of("sums", "b" + std::string(100, '.'))};
  prompts[0].task = "mini-mmlu";   // 32 tokens
  prompts[1].task = "mini-gsm8k";  // 256
  EXPECT_EQ(ordered_ids(prompts), (std::vector<std::string>{"sums", "mc"}));
}

}  // namespace
}  // namespace paq
