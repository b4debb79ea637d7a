// SPDX-License-Identifier: MIT
// The parts of the command line that need no model. Whole commands are tested in tests/.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "cli/evaluation_run.h"
#include "cli/interrupt.h"
#include "cli/leave_one_out.h"
#include "cli/machine.h"
#include "cli/process.h"
#include "cli/prompt_selection.h"
#include "cli/terminal.h"
#include "core/error.h"

namespace paq {
namespace {

TEST(EvaluationNote, SaysWhatAReaderHasToKnow) {
  EvaluationRun run;
  EXPECT_EQ(evaluation_note(run), "");
  run.base_model = "paq miniature";
  EXPECT_THAT(evaluation_note(run), testing::StartsWith("This is a miniature"));
  run.base_model = "Llama";
  run.left_out = {.outcome = 2, .reference = 1};
  EXPECT_EQ(evaluation_note(run),
            "3 prompts are left out: 2 have no scored outcome at every width, 1 has no reference.");
  run.left_out = {};
  run.calibration_split = "test";
  EXPECT_THAT(evaluation_note(run),
              testing::HasSubstr("calibrated with prompts of the split test"));
  run.calibration_split.clear();
  Outcome& outcome = run.outcomes.emplace_back().outcomes[BitWidth{4}];
  outcome.seconds = 1;
  outcome.concurrency = 8;
  EXPECT_THAT(evaluation_note(run), testing::HasSubstr("up to 8 answers in flight"));
  outcome.seconds.reset();
  EXPECT_EQ(evaluation_note(run), "");
}

TEST(HumanBytes, CountsInThousands) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(1000), "1.0 kB");
  EXPECT_EQ(human_bytes(3'140'000), "3.1 MB");
  EXPECT_EQ(human_bytes(999'600), "1.0 MB");
  EXPECT_EQ(human_bytes(25'000'000'000), "25 GB");
}

TEST(HumanDuration, GrowsWithTheTime) {
  EXPECT_EQ(human_duration(0.2), "0 s");
  EXPECT_EQ(human_duration(59.4), "59 s");
  EXPECT_EQ(human_duration(59.6), "1:00");
  EXPECT_EQ(human_duration(3723), "1:02:03");
}

TEST(Grouped, PutsCommasBetweenThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
}

TEST(OneLine, LeavesNoBreaks) { EXPECT_EQ(one_line("a\n\tb\r\n"), "a b"); }

TEST(ProgressText, SaysRateAndTimeLeft) {
  Progress progress{"labelling 4-bit", 250, 1000, "prompts", 5, "900 tokens/s"};
  EXPECT_EQ(progress_text(progress),
            "labelling 4-bit  250/1,000 prompts  25 %  50/s  15 s left  900 tokens/s");
  EXPECT_EQ(progress_text({"reading", 0, 0, "prompts", 0, ""}), "reading  0 prompts");
  EXPECT_EQ(progress_text({"hashing", 2'000'000, 8'000'000, "bytes", 2, ""}),
            "hashing  2.0 MB/8.0 MB  25 %  1.0 MB/s  6 s left");
}

std::vector<Prompt> prompts_of(const std::string& task, int count) {
  std::vector<Prompt> prompts;
  for (int i = 0; i < count; ++i) prompts.push_back({std::to_string(i), task, "test", {}, {}});
  return prompts;
}

std::set<std::string> ids(const std::vector<Prompt>& prompts) {
  std::set<std::string> ids;
  for (const Prompt& prompt : prompts) ids.insert(prompt.id);
  return ids;
}

TEST(SamplePerTask, TakesAPartOfTheNextLargerSample) {
  const std::set<std::string> ten = ids(sample_per_task(prompts_of("a", 100), 10, 3));
  const std::set<std::string> thirty = ids(sample_per_task(prompts_of("a", 100), 30, 3));
  EXPECT_EQ(ten.size(), 10u);
  EXPECT_EQ(thirty.size(), 30u);
  EXPECT_TRUE(std::includes(thirty.begin(), thirty.end(), ten.begin(), ten.end()));
  EXPECT_NE(ids(sample_per_task(prompts_of("a", 100), 10, 4)), ten);
}

TEST(SamplePerTask, LimitsEachTaskAndKeepsTheOrder) {
  std::vector<Prompt> prompts = prompts_of("b", 5);
  const std::vector<Prompt> more = prompts_of("a", 50);
  prompts.insert(prompts.end(), more.begin(), more.end());
  const std::vector<Prompt> sample = sample_per_task(prompts, 7, 1);
  ASSERT_EQ(sample.size(), 12u);
  EXPECT_EQ(sample[4].task, "b");
  for (size_t i = 6; i < sample.size(); ++i) {
    EXPECT_LT(std::stoi(sample[i - 1].id), std::stoi(sample[i].id));
  }
  EXPECT_EQ(sample_per_task(prompts, 0, 1).size(), 55u);
}

TEST(TaskArgument, NeedsAKnownTaskForAFile) {
  EXPECT_FALSE(parse_task_argument("anything").file.has_value());
  const TaskArgument task = parse_task_argument("mini-drop=a=b.jsonl");
  EXPECT_EQ(task.name, "mini-drop");
  EXPECT_EQ(task.file->string(), "a=b.jsonl");
  try {
    parse_task_argument("mini-dorp=a.jsonl");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_THAT(error.what(), testing::HasSubstr("mini-drop"));
  }
}

TEST(RunProcess, GivesOutputAndExitCode) {
  const ProcessResult result = run_process("/bin/sh", {"-c", "echo \"$0 $1\"; exit 3", "a b", "c"});
  EXPECT_EQ(result.output, "a b c\n");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_GT(result.peak_bytes, 0);
  EXPECT_EQ(run_process("/bin/sh", {"-c", "kill -9 $$"}).exit_code, 128 + 9);
  EXPECT_THROW(run_process("/no/such/program", {}), Error);
}

TEST(TrainingArguments, RepeatTheRoutersSettings) {
  RouterInfo info;
  info.tau = 1.005;
  info.training = R"({"settings": {"size": "tiny", "epochs": 3, "learning_rate": 0.0005,
                                   "seed": 7, "warmup": 0.06}, "metrics": {}})";
  EXPECT_THAT(training_arguments_without(info, "drop"),
              testing::ElementsAre("--without-task", "drop", "--tau", "1.005", "--size", "tiny",
                                   "--epochs", "3", "--lr", "0.0005", "--seed", "7"));
  info.training = "of another program";
  info.bit_widths = {{2}, {8}};
  info.ladder_hash = "1f0c";
  EXPECT_THAT(training_arguments_without(info, "drop"),
              testing::ElementsAre("--without-task", "drop", "--tau", "1.005", "--bits", "2,8",
                                   "--ladder", "1f0c"));
}

TEST(RunProcessDeathTest, PassesAnInterruptOnToTheChild) {
  // The child stops its parent and waits to be stopped itself. In a process of its own, for the
  // flag that an interrupt sets stays set.
  const auto interrupted = [] {
    install_interrupt_handlers();
    const ProcessResult result =
        run_process("/bin/sh", {"-c",
                                "trap 'echo told; exit 7' TERM; kill -TERM $PPID; i=0; "
                                "while [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done; exit 1"});
    std::_Exit(result.output == "told\n" ? result.exit_code : 2);
  };
  EXPECT_EXIT(interrupted(), testing::ExitedWithCode(7), "");
}

TEST(Machine, KnowsItself) {
  EXPECT_GT(peak_memory(), 1 << 20);
  EXPECT_TRUE(std::filesystem::exists(executable_directory() / "cli_test"));
  EXPECT_THAT(utc_now(), testing::MatchesRegex("....-..-..T..:..:..Z"));
}

}  // namespace
}  // namespace paq
