// SPDX-License-Identifier: MIT
#include "label/lazy_sample.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "core/error.h"
#include "label/fake_engine.h"

namespace paq {
namespace {

const std::vector<BitWidth> kWidths = {{2}, {4}};

std::vector<PromptOutcomes> answered(int count, int at_four) {
  std::vector<PromptOutcomes> prompts;
  for (const Prompt& prompt : fake_prompts(count)) {
    PromptOutcomes& of = prompts.emplace_back();
    of.prompt = prompt;
    of.outcomes[{2}] = {};
    if (static_cast<int>(prompts.size()) <= at_four) of.outcomes[{4}] = {};
  }
  return prompts;
}

TEST(LazySample, OfAWalkTheDrawnPromptsAreTaken) {
  const LazyWalk walk{.tau = 1.1, .full_share = 0.2, .seed = 3};
  const FairPrompts fair = without_walked(answered(200, 90), kWidths, std::vector{walk});
  EXPECT_NEAR(static_cast<double>(fair.prompts.size()), 40, 20);
  EXPECT_EQ(fair.walked + static_cast<int64_t>(fair.prompts.size()), 200);
  for (const PromptOutcomes& prompt : fair.prompts) EXPECT_TRUE(is_drawn(prompt.prompt, walk));
}

TEST(LazySample, WhereNothingIsLeftOutAllAreTaken) {
  const LazyWalk walk{.tau = 1.1, .full_share = 0.2, .seed = 3};
  EXPECT_EQ(without_walked(answered(50, 50), kWidths, std::vector{walk}).prompts.size(), 50u);
  EXPECT_EQ(without_walked(answered(50, 20), kWidths, {}).prompts.size(), 50u);
  // Another split that is whole stays so.
  std::vector<PromptOutcomes> prompts = answered(60, 20);
  for (PromptOutcomes& whole : answered(30, 30)) {
    whole.prompt.split = "other";
    prompts.push_back(whole);
  }
  const FairPrompts fair = without_walked(prompts, kWidths, std::vector{walk});
  EXPECT_EQ(std::ranges::count_if(
                fair.prompts, [](const auto& prompt) { return prompt.prompt.split == "other"; }),
            30);
  EXPECT_EQ(fair.prompts.size() + static_cast<size_t>(fair.walked), 90u);
}

TEST(LazySample, WalksAreReadFromTheRunsRecords) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("paq_lazy_sample_test_" + std::to_string(::getpid()) + ".db");
  {
    Store store = Store::open(path, Store::Mode::kWrite);
    store.begin_run("label", R"({"lazy":1.07,"lazy_sample":0.1,"seed":7})");
    store.begin_run("label", R"({"lazy":null,"lazy_sample":null,"seed":7})");
    store.begin_run("label", "not JSON");
    store.begin_run("label", R"({"lazy":"1.07","lazy_sample":0.1,"seed":7})");
    store.begin_run("eval", R"({"lazy":1.07,"lazy_sample":0.1,"seed":8})");
    const auto walks = lazy_walks(store);
    ASSERT_EQ(walks.size(), 1u);
    EXPECT_EQ(walks[0].tau, 1.07);
    EXPECT_EQ(walks[0].full_share, 0.1);
    EXPECT_EQ(walks[0].seed, 7u);
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace paq
