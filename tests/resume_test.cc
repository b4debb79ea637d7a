// SPDX-License-Identifier: MIT
// paq label killed at random points loses nothing and doubles nothing.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "core/error.h"
#include "core/random.h"
#include "fixtures.h"
#include "store/store.h"
#include "stored_outcomes.h"

namespace paq::testing {
namespace {

constexpr int kPrompts = 60;

class Resume : public ::testing::Test {
 protected:
  void SetUp() override {
    write_tiny_model(folder_ / "base.gguf");
    write_prompts(folder_ / "prompts.jsonl", kPrompts);
    ASSERT_TRUE(succeeded(run_paq(
        {"ladder", "build", folder_ / "base.gguf", "--out", folder_ / "ladder", "--bits", "2,4"})));
  }

  std::vector<std::string> label(const std::string& store, const std::string& concurrency) const {
    return {"label",
            "--ladder",
            folder_ / "ladder",
            "--store",
            folder_ / store,
            "--task",
            "mini-gsm8k=" + (folder_ / "prompts.jsonl"),
            "--concurrency",
            concurrency,
            "--json"};
  }

  TemporaryFolder folder_;
};

// One prompt at a time, so that the answers are the same to the last digit.
TEST_F(Resume, AfterFiveKillsTheOutcomesAreThoseOfOneRun) {
  const RunResult whole = run_paq(label("whole.db", "1"));
  ASSERT_TRUE(succeeded(whole));
  const auto expected = outcomes_of(folder_ / "whole.db");
  ASSERT_EQ(expected.size(), 2u * kPrompts);

  Random random(::testing::UnitTest::GetInstance()->random_seed());
  int killed = 0;
  for (int i = 0; i < 5; ++i) {
    // The five together last at most three quarters of the whole run, so that all of them hit.
    const double seconds = whole.seconds * (0.02 + 0.13 * random.uniform());
    killed += run_paq(label("killed.db", "1"), {.kill_after_seconds = seconds}).exit_code == 137;
  }
  EXPECT_GE(killed, 4);
  const RunResult last = run_paq(label("killed.db", "1"));
  ASSERT_TRUE(succeeded(last));
  const auto summary = nlohmann::json::parse(last.out);
  EXPECT_EQ(summary.at("already_there").get<int>() + summary.at("added").get<int>(), 2 * kPrompts);
  EXPECT_EQ(outcomes_of(folder_ / "killed.db"), expected);
}

// Each run is killed while it stores, once it has added some number of outcomes.
TEST_F(Resume, TwentyKillsOverTwoThousandPromptsInFlightLoseNoRowAndDoubleNone) {
  constexpr int kMany = 2000, kKills = 20;
  write_prompts(folder_ / "prompts.jsonl", kMany);
  std::vector<std::string> command = label("killed.db", "16");
  command.insert(command.end(), {"--bits", "2", "--threads", "1"});
  Random random(::testing::UnitTest::GetInstance()->random_seed());
  const auto stored = [&]() -> int64_t {
    if (!std::filesystem::exists(folder_ / "killed.db")) return 0;
    try {
      return Store::open(folder_ / "killed.db", Store::Mode::kRead).outcome_count();
    } catch (const Error&) {  // It is being made.
      return 0;
    }
  };
  int64_t before = 0;
  for (int i = 0; i < kKills; ++i) {
    const int64_t enough = before + 1 + static_cast<int64_t>(random.below(kMany / kKills / 2));
    // Nobody reads the store between a kill and the next run, which is to find what the killed one
    // left, its log included.
    const RunResult killed = run_paq(command, {.kill_when = [&] {
                                       before = stored();
                                       return before >= enough;
                                     }});
    ASSERT_EQ(killed.exit_code, 137) << killed.err;
  }
  const RunResult last = run_paq(command);
  ASSERT_TRUE(succeeded(last));
  const auto summary = nlohmann::json::parse(last.out);
  EXPECT_GE(summary.at("already_there"), before) << "kills lost outcomes";
  EXPECT_EQ(summary.at("already_there").get<int64_t>() + summary.at("added").get<int64_t>(), kMany);
  EXPECT_EQ(outcomes_of(folder_ / "killed.db").size(), size_t{kMany});
}

TEST_F(Resume, AnInterruptKeepsWhatIsDoneAndSaysHowToGoOn) {
  const RunResult whole = run_paq(label("whole.db", "1"));
  ASSERT_TRUE(succeeded(whole));
  const RunResult stopped =
      run_paq(label("stopped.db", "1"), {.interrupt_after_seconds = whole.seconds / 2});
  EXPECT_EQ(stopped.exit_code, 130);
  EXPECT_NE(stopped.err.find("run the same command again"), std::string::npos) << stopped.err;
  const auto last = nlohmann::json::parse(run_paq(label("stopped.db", "1")).out);
  EXPECT_GT(last.at("already_there"), 0);
  EXPECT_EQ(outcomes_of(folder_ / "stopped.db"), outcomes_of(folder_ / "whole.db"));
}

}  // namespace
}  // namespace paq::testing
