// SPDX-License-Identifier: MIT
// Labelling the miniature with the real program: in a batch or alone, by likelihood, lazily, in
// shards.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "fixtures.h"
#include "mini/tasks.h"
#include "tasks/task.h"

namespace paq::testing {
namespace {

using nlohmann::json;

constexpr size_t kPrompts = 30;  // of each of the seven tasks

// "TASK/ID" -> bits -> outcome.
using Outcomes = std::map<std::string, json>;

class LabellingTheMiniature : public ::testing::Test {
 protected:
  // One ladder and one set of prompts for all tests.
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    const std::filesystem::path model =
        std::filesystem::path(PAQ_SOURCE_DIR) / "assets" / "miniature-f16.gguf";
    ASSERT_TRUE(std::filesystem::exists(model));
    ASSERT_TRUE(succeeded(run_paq(
        {"ladder", "build", model.string(), "--out", *folder_ / "ladder", "--bits", "2,4,16"})));
    for (const std::string_view task : mini_task_names()) {
      std::string text;
      for (const Prompt& prompt : generate_mini_task(task, MiniSplit::kTest, kPrompts, 5)) {
        text += prompt_line(prompt) + "\n";
      }
      write_text(*folder_ / (std::string(task) + ".jsonl"), text);
    }
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }

  static std::vector<std::string> tasks() {
    return {mini_task_names().begin(), mini_task_names().end()};
  }

  static RunResult label(const std::string& store, const std::vector<std::string>& tasks,
                         const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"label",   "--ladder",       *folder_ / "ladder",
                                          "--store", *folder_ / store, "--context",
                                          "1024",    "--json"};
    for (const std::string& task : tasks) {
      arguments.insert(arguments.end(), {"--task", task + "=" + (*folder_ / (task + ".jsonl"))});
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_paq(arguments);
  }

  static json label_json(const std::string& store, const std::vector<std::string>& tasks,
                         const std::vector<std::string>& more = {}) {
    const RunResult result = label(store, tasks, more);
    EXPECT_TRUE(succeeded(result));
    return result.exit_code == 0 ? json::parse(result.out) : json::object();
  }

  static Outcomes outcomes_of(const std::string& store) {
    const RunResult exported = run_paq({"outcomes", "export", "-", "--store", *folder_ / store});
    EXPECT_TRUE(succeeded(exported));
    Outcomes outcomes;
    std::istringstream lines(exported.out);
    for (std::string line; std::getline(lines, line);) {
      const auto prompt = json::parse(line);
      const std::string name =
          prompt.at("task").get<std::string>() + "/" + prompt.at("id").get<std::string>();
      outcomes[name] = prompt.at("outcomes");
    }
    return outcomes;
  }

  static inline TemporaryFolder* folder_ = nullptr;
};

// Sums in floating point depend on the batch that they are done in. Where two tokens are as likely
// as that, answers part; elsewhere they are the same.
TEST_F(LabellingTheMiniature, InABatchTheAnswersAreThoseOfOneAtATime) {
  label_json("alone.db", tasks(), {"--concurrency", "1"});
  label_json("batch.db", tasks(), {"--concurrency", "16"});
  const Outcomes alone = outcomes_of("alone.db"), batch = outcomes_of("batch.db");
  ASSERT_EQ(alone.size(), 7 * kPrompts);
  ASSERT_EQ(batch.size(), alone.size());
  size_t same = 0;
  double largest = 0;
  for (const auto& [name, outcomes] : alone) {
    const json &a = outcomes.at("16"), &b = batch.at(name).at("16");
    if (a.at("response") == b.at("response")) {
      ++same;
      const double ratio = b.at("perplexity").get<double>() / a.at("perplexity").get<double>();
      EXPECT_NEAR(ratio, 1, 0.01) << name;
      largest = std::max(largest, std::abs(ratio - 1));
    } else {
      // Up to where they part they are one text, and there it was a matter of next to nothing.
      std::printf("parted: %s\n  alone %s\n  batch %s\n", name.c_str(), a.dump().c_str(),
                  b.dump().c_str());
    }
  }
  std::printf("%zu of %zu answers are the same; perplexities differ by up to %.2g\n", same,
              alone.size(), largest);
  EXPECT_GE(static_cast<double>(same), 0.99 * static_cast<double>(alone.size()));
}

TEST_F(LabellingTheMiniature, ByLikelihoodChoosesWithoutGenerating) {
  const std::vector<std::string> choices = {"mini-mmlu", "mini-arc-easy", "mini-arc-challenge"};
  const json summary =
      label_json("likelihood.db", choices, {"--choices", "likelihood", "--concurrency", "4"});
  EXPECT_EQ(summary.at("added"), 3 * 3 * kPrompts);
  std::map<std::string, double> right;
  for (const auto& [name, outcomes] : outcomes_of("likelihood.db")) {
    for (const auto& [bits, outcome] : outcomes.items()) {
      EXPECT_FALSE(outcome.contains("finish")) << name;
      EXPECT_EQ(outcome.at("scorer"), "choice-likelihood/1");
      // One of the options as the prompt lists them: " axe(B)".
      const std::string response = outcome.at("response");
      ASSERT_GE(response.size(), 5u);
      EXPECT_EQ(response.front(), ' ');
      EXPECT_EQ(response.back(), ')');
      EXPECT_GE(outcome.at("perplexity").get<double>(), 1);
      EXPECT_EQ(outcome.at("tokens").get<size_t>(), outcome.at("logprobs").size());
      right[name.substr(0, name.find('/')) + "/" + bits] += outcome.at("score").get<double>();
    }
  }
  // Chance is a quarter; the miniature knows the easy facts.
  EXPECT_GT(right.at("mini-arc-easy/16"), 0.8 * kPrompts);
  EXPECT_GT(right.at("mini-mmlu/16"), 0.5 * kPrompts);
  EXPECT_EQ(label_json("likelihood.db", choices, {"--choices", "likelihood"}).at("added"), 0);

  // What is stored by likelihood is not mixed with generated answers, nor taken for them.
  EXPECT_TRUE(failed_with_one_line(label("likelihood.db", choices), "another text or reference"));
  EXPECT_TRUE(
      refused_with_one_line(label("likelihood.db", {"mini-gsm8k"}, {"--choices", "likelihood"}),
                            "none of the tasks has some"));
  EXPECT_EQ(label("likelihood.db", choices, {"--choices", "guess"}).exit_code, 2);
}

TEST_F(LabellingTheMiniature, TwoShardsAreOneRun) {
  const std::vector<std::string> some = {"mini-squad2", "mini-mmlu"};
  // One at a time, so that the answers are the same to the last digit.
  const std::vector<std::string> how = {"--concurrency", "1"};
  const auto with_shard = [&](const std::string& shard) {
    std::vector<std::string> more = how;
    more.insert(more.end(), {"--shard", shard});
    return more;
  };
  const json whole = label_json("whole.db", some, how);
  const json first = label_json("first.db", some, with_shard("1/2"));
  const json second = label_json("second.db", some, with_shard("2/2"));
  EXPECT_EQ(first.at("prompts").get<size_t>() + second.at("prompts").get<size_t>(), 2 * kPrompts);
  ASSERT_TRUE(succeeded(run_paq({"outcomes", "merge", *folder_ / "first.db", *folder_ / "second.db",
                                 "--into", *folder_ / "merged.db"})));
  Outcomes merged = outcomes_of("merged.db"), expected = outcomes_of("whole.db");
  for (Outcomes* outcomes : {&merged, &expected}) {
    for (auto& [name, of_prompt] : *outcomes) {
      for (auto& [bits, outcome] : of_prompt.items()) {
        outcome.erase("seconds");
        outcome.erase("seconds_to_first_token");
      }
    }
  }
  EXPECT_EQ(merged, expected);
  EXPECT_TRUE(refused_with_one_line(label("first.db", some, {"--shard", "3/2"}), "2/4"));
}

// In batches, which are other ones in a shard, sums round differently.
TEST_F(LabellingTheMiniature, TwoShardsInBatchesAreOneRunButForRounding) {
  const std::vector<std::string> some = {"mini-squad2", "mini-gsm8k"};
  label_json("batched.db", some, {"--concurrency", "8"});
  for (const std::string shard : {"1", "2"}) {
    label_json("batched" + shard + ".db", some, {"--concurrency", "8", "--shard", shard + "/2"});
  }
  ASSERT_TRUE(succeeded(run_paq({"outcomes", "merge", *folder_ / "batched1.db",
                                 *folder_ / "batched2.db", "--into", *folder_ / "merged8.db"})));
  const Outcomes merged = outcomes_of("merged8.db"), expected = outcomes_of("batched.db");
  ASSERT_EQ(merged.size(), expected.size());
  int same = 0, all = 0;
  for (const auto& [name, of_prompt] : expected) {
    for (const auto& [bits, outcome] : of_prompt.items()) {
      const json& other = merged.at(name).at(bits);
      ++all;
      if (other.at("response") != outcome.at("response")) continue;
      ++same;
      const double perplexity = outcome.at("perplexity");
      EXPECT_NEAR(other.at("perplexity").get<double>(), perplexity, 0.01 * perplexity) << name;
    }
  }
  EXPECT_EQ(all, static_cast<int>(2 * 3 * kPrompts));
  EXPECT_GE(same, 0.99 * all);
}

TEST_F(LabellingTheMiniature, AHeaderThatPromptsShareIsComputedOnce) {
  std::string header = "examples\n", text;
  for (const Prompt& prompt : generate_mini_task("mini-gsm8k", MiniSplit::kTrain, 6, 8)) {
    header += prompt.messages.back().content + "\n";
  }
  for (Prompt& prompt : generate_mini_task("mini-gsm8k", MiniSplit::kTest, 40, 8)) {
    prompt.messages.back().content = header + prompt.messages.back().content;
    text += prompt_line(prompt) + "\n";
  }
  write_text(*folder_ / "shots.jsonl", text);
  const auto tokens = [&](const std::string& store, const std::string& concurrency) {
    const RunResult result =
        run_paq({"label", "--ladder", *folder_ / "ladder", "--store", *folder_ / store, "--bits",
                 "2", "--concurrency", concurrency, "--task",
                 "mini-gsm8k=" + (*folder_ / "shots.jsonl"), "--json"});
    EXPECT_TRUE(succeeded(result));
    const json summary = json::parse(result.out);
    EXPECT_EQ(summary.at("added"), 40);
    return std::pair(summary.at("prefill_tokens").get<double>(),
                     summary.at("reused_tokens").get<double>());
  };
  const auto [alone, none] = tokens("alone.db", "1");
  const auto [computed, shared] = tokens("shared.db", "8");
  EXPECT_EQ(none, 0);
  EXPECT_DOUBLE_EQ(computed + shared, alone);
  // Six prompts of seven are the header.
  EXPECT_LT(computed, 0.3 * alone);
}

TEST_F(LabellingTheMiniature, LazilyStopsWhereTheLabelsAreKnown) {
  const std::vector<std::string> some = {"mini-arc-easy", "mini-gsm8k"};
  const json lazy = label_json("lazy.db", some, {"--lazy", "1.1", "--lazy-sample", "0.2"});
  EXPECT_GT(lazy.at("spared"), 0);
  EXPECT_EQ(lazy.at("spared").get<size_t>() + lazy.at("added").get<size_t>(), 2 * 3 * kPrompts);
  const json whole = label_json("whole_lazy.db", some);
  const auto thresholds = [&](const std::string& store) {
    const RunResult result =
        run_paq({"thresholds", "--store", *folder_ / store, "--tau", "1.1,1.2,1.5", "--json"});
    EXPECT_TRUE(succeeded(result));
    return json::parse(result.out).at("thresholds");
  };
  // What has all outcomes was not left to chance but for the drawn prompts.
  const auto swept = [&](const std::string& store) {
    const json all = json::parse(
        run_paq({"thresholds", "--store", *folder_ / store, "--tau", "1.1", "--json"}).out);
    return std::pair(all.at("left_out_as_walked").get<size_t>(),
                     all.at("sweep").at("prompts").get<size_t>());
  };
  EXPECT_EQ(swept("whole_lazy.db"), std::pair(size_t{0}, 2 * kPrompts));
  const auto [left_out, taken] = swept("lazy.db");
  EXPECT_GT(taken, 0u);
  EXPECT_EQ(left_out + taken, 2 * kPrompts);
  const json a = thresholds("lazy.db"), b = thresholds("whole_lazy.db");
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].at("use"), b[i].at("use")) << "labels changed by what was left out";
    EXPECT_EQ(a[i].at("unlabelled"), 0);
  }
  // Without a value it is the paper's smallest threshold.
  EXPECT_EQ(label_json("lazy.db", some, {"--lazy", "--lazy-sample", "0.2"}).at("already_there"),
            lazy.at("added"));
}

TEST_F(LabellingTheMiniature, ADryRunWritesNothingAndCountsWhatIsToDo) {
  const std::vector<std::string> some = {"mini-arc-easy", "mini-drop"};
  const json estimate = label_json("dry.db", some, {"--dry-run", "--concurrency", "4"});
  EXPECT_FALSE(std::filesystem::exists(*folder_ / "dry.db"));
  EXPECT_EQ(estimate.at("prompts"), 2 * kPrompts);
  ASSERT_EQ(estimate.at("variants").size(), 3u);
  for (const json& variant : estimate.at("variants")) {
    EXPECT_EQ(variant.at("to_ask"), 2 * kPrompts);
    EXPECT_EQ(variant.at("sampled"), 16);
    EXPECT_GT(variant.at("seconds"), 0);
    EXPECT_GT(variant.at("tokens_mean"), 1);
  }
  EXPECT_GT(estimate.at("memory_bytes"), 10'000'000);
  EXPECT_GT(estimate.at("disk_bytes"), 0);
  const json run = label_json("dry.db", some, {"--concurrency", "4"});
  EXPECT_NEAR(estimate.at("tokens").get<double>(), run.at("tokens").get<double>(),
              0.3 * run.at("tokens").get<double>());
  EXPECT_EQ(label_json("dry.db", some, {"--dry-run"}).at("seconds"), 0);
}

// Weights that kernels want in another order are copied: they must not be there twice.
TEST(LabellingMemory, StaysWithinWhatADryRunTells) {
  const TemporaryFolder folder;
  write_tiny_model(folder / "base.gguf", 2048);
  write_prompts(folder / "prompts.jsonl", 4);
  ASSERT_TRUE(succeeded(run_paq(
      {"ladder", "build", folder / "base.gguf", "--out", folder / "ladder", "--bits", "4,8,16"})));
  const int64_t program = run_paq({"labels", "modes"}).peak_bytes;
  for (const char* const bits : {"4", "4,8,16"}) {
    std::vector<std::string> arguments = {"label",
                                          "--ladder",
                                          folder / "ladder",
                                          "--store",
                                          folder / "s.db",
                                          "--task",
                                          "mini-gsm8k=" + (folder / "prompts.jsonl"),
                                          "--bits",
                                          bits,
                                          "--context",
                                          "256",
                                          "--concurrency",
                                          "4",
                                          "--threads",
                                          "1",
                                          "--json",
                                          "--dry-run"};
    const RunResult dry = run_paq(arguments);
    ASSERT_TRUE(succeeded(dry));
    const auto told = json::parse(dry.out).at("memory_bytes").get<double>();
    arguments.pop_back();
    std::filesystem::remove(folder / "s.db");
    const RunResult run = run_paq(arguments);
    ASSERT_TRUE(succeeded(run));
    EXPECT_LT(static_cast<double>(run.peak_bytes - program), 1.1 * told) << bits << " bits";
    EXPECT_GT(static_cast<double>(run.peak_bytes - program), 0.8 * told) << bits << " bits";
  }
}

}  // namespace
}  // namespace paq::testing
