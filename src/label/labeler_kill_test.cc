// SPDX-License-Identifier: MIT
// A labelling process that is killed again and again loses nothing that it had stored and doubles
// nothing.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "core/random.h"
#include "label/fake_engine.h"
#include "label/labeler.h"

namespace paq {
namespace {

constexpr int kPrompts = 2000, kKills = 20;

// Labels in a child that reports every outcome by a byte, and kills it after `bytes` of them and
// `spins` more turns of a loop, so that it dies at any point between two reports.
// Returns whether the child was still working.
bool label_and_kill(const std::filesystem::path& path, int64_t bytes, uint64_t spins) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    try {
      Store store = Store::open(path, Store::Mode::kWrite);
      FakeEngine engine;
      int64_t reported = 0;
      LabelOptions options{.concurrency = 4};
      options.progress = [&](const Progress& progress) {
        for (; reported < progress.done; ++reported) {
          if (::write(ends[1], ".", 1) != 1) ::_exit(2);
        }
      };
      label_prompts(engine, fake_ladder(), store, fake_prompts(kPrompts), options);
    } catch (const std::exception&) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  char byte;
  while (bytes > 0 && ::read(ends[0], &byte, 1) == 1) --bytes;
  Random turns(spins);
  uint64_t sum = 0;
  for (uint64_t spin = 0; spin < spins; ++spin) sum ^= turns.next();
  EXPECT_NE(sum, 1u);  // Keeps the loop.
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(ends[0]);
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
  return WIFSIGNALED(status);
}

// PAQ_TEST_SEED repeats a run.
uint64_t seed_of_this_run() {
  const char* given = std::getenv("PAQ_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

class LabelerKillTest : public testing::Test {
 protected:
  LabelerKillTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("paq_labeler_kill_test_" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~LabelerKillTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(LabelerKillTest, EndsLikeAnUninterruptedRun) {
  const auto prompts = fake_prompts(kPrompts);
  const auto killed_path = folder_ / "killed.sqlite";
  const uint64_t seed = seed_of_this_run();
  Random random(seed, "kills");
  int killed = 0, while_storing = 0;
  int64_t stored = 0;
  for (int round = 0; round < kKills; ++round) {
    // About a fifth strike while the run is still being prepared.
    const bool early = random.below(5) == 0;
    const auto bytes = early ? 0 : static_cast<int64_t>(1 + random.below(300));
    killed += label_and_kill(killed_path, bytes, random.below(early ? 30000000 : 300000)) ? 1 : 0;
    // What had been reported is there, in a store that the next process can open.
    const Store store = Store::open(killed_path, Store::Mode::kWrite);
    const int64_t now = store.outcome_count();
    EXPECT_GE(now, stored + bytes) << "round " << round;
    while_storing += now > stored ? 1 : 0;
    stored = now;
  }
  std::printf(
      "seed %llu: %d of %d kills struck a run, %d of them between outcomes, %lld of %d "
      "outcomes stored by then\n",
      static_cast<unsigned long long>(seed), killed, kKills, while_storing,
      static_cast<long long>(stored), 2 * kPrompts);
  EXPECT_EQ(killed, kKills);
  EXPECT_GE(while_storing, kKills / 2);

  Store finished = Store::open(killed_path, Store::Mode::kWrite);
  FakeEngine engine;
  const LabelSummary rest = label_prompts(engine, fake_ladder(), finished, prompts, {});
  EXPECT_EQ(rest.already_there, stored);
  EXPECT_EQ(rest.added, 2 * kPrompts - stored);
  EXPECT_GT(rest.already_there, 0);
  EXPECT_EQ(finished.outcome_count(), 2 * kPrompts);

  Store whole = Store::open(folder_ / "whole.sqlite", Store::Mode::kWrite);
  FakeEngine other;
  label_prompts(other, fake_ladder(), whole, prompts, {});
  const auto a = finished.outcomes({}), b = whole.outcomes({});
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].prompt, b[i].prompt);
    ASSERT_EQ(a[i].outcomes.size(), 2u) << a[i].prompt.id;
    for (const auto& [bits, outcome] : a[i].outcomes) {
      const Outcome& expected = b[i].outcomes.at(bits);
      EXPECT_EQ(outcome.response, expected.response);
      EXPECT_EQ(outcome.logprobs, expected.logprobs);
      EXPECT_EQ(outcome.perplexity, expected.perplexity);
      EXPECT_EQ(outcome.score, expected.score);
      EXPECT_EQ(outcome.tokens, expected.tokens);
      EXPECT_EQ(outcome.scorer, expected.scorer);
    }
  }
}

}  // namespace
}  // namespace paq
