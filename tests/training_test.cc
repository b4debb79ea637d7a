// SPDX-License-Identifier: MIT
// paq train: killed and gone on with, on a full disk, and from scores alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "core/random.h"
#include "fixtures.h"
#include "ladder/gguf_reader.h"

namespace paq::testing {
namespace {

namespace fs = std::filesystem;
using json = nlohmann::json;
using ::testing::HasSubstr;

class Training : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(std::string(PAQ_BIN_DIR) + "/paq-train")) {
      GTEST_SKIP() << "this build has no paq-train";
    }
  }

  void import_learnable(int count) {
    write_learnable_outcomes(folder_ / "measured.jsonl", count);
    ASSERT_TRUE(succeeded(
        run_paq({"outcomes", "import", folder_ / "measured.jsonl", "--store", folder_ / "s.db"})));
  }

  std::vector<std::string> train(const std::string& out, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {
        "train",     "--store", folder_ / "s.db", "--tau", "1.13",
        "--threads", "1",       "--out",          out,     "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  // Bytes of every tensor of a router, and what its calibration says.
  static std::map<std::string, std::string> contents(const std::string& router) {
    const GgufReader reader(router);
    std::map<std::string, std::string> contents;
    for (const GgufTensor& tensor : reader.tensors()) {
      contents[tensor.name] = reader.tensor_bytes(tensor);
    }
    contents["temperature"] = std::to_string(reader.number("paq.router.temperature").value());
    for (const double p : reader.numbers("paq.router.calibration.adequate").value()) {
      contents["adequate"] += std::to_string(p) + " ";
    }
    return contents;
  }

  TemporaryFolder folder_;
};

TEST_F(Training, AfterKillsTheRouterIsThatOfOneRun) {
  import_learnable(500);
  const std::vector<std::string> every = {"--checkpoint-every", "0", "--epochs", "3"};
  const RunResult whole = run_paq(train(folder_ / "whole.gguf", every));
  ASSERT_TRUE(succeeded(whole));
  EXPECT_FALSE(fs::exists(folder_ / "whole.gguf.checkpoint"));

  Random random(static_cast<uint64_t>(::testing::UnitTest::GetInstance()->random_seed()));
  int killed = 0;
  for (int i = 0; i < 3; ++i) {
    // Together they last less than the whole run, so that every one of them hits.
    const double seconds = whole.seconds * (0.15 + 0.15 * random.uniform());
    killed +=
        run_paq(train(folder_ / "killed.gguf", every), {.kill_after_seconds = seconds}).exit_code ==
        137;
    EXPECT_FALSE(fs::exists(folder_ / "killed.gguf"));
  }
  EXPECT_GE(killed, 2);
  ASSERT_TRUE(fs::exists(folder_ / "killed.gguf.checkpoint"));
  const RunResult last = run_paq(train(folder_ / "killed.gguf", every));
  ASSERT_TRUE(succeeded(last));
  EXPECT_GT(json::parse(last.out).at("routers")[0].at("metrics").at("resumed_steps"), 0);
  EXPECT_EQ(contents(folder_ / "killed.gguf"), contents(folder_ / "whole.gguf"));
  EXPECT_FALSE(fs::exists(folder_ / "killed.gguf.checkpoint"));
}

TEST_F(Training, ACheckpointOfAnotherTrainingIsSaidAndRestartPutsItAway) {
  import_learnable(300);
  const std::string out = folder_ / "router.gguf";
  const RunResult killed =
      run_paq(train(out, {"--checkpoint-every", "0"}), {.interrupt_after_seconds = 2.5});
  if (killed.exit_code == 0) GTEST_SKIP() << "this machine trains faster than it is interrupted";
  ASSERT_EQ(killed.exit_code, 130) << killed.err;
  EXPECT_THAT(killed.err, HasSubstr("the same command goes on from"));
  EXPECT_TRUE(failed_with_one_line(run_paq(train(out, {"--dropout", "0.2"})),
                                   "its dropout is 0.1, expected 0.2"));
  write_text(folder_ / "other.gguf.checkpoint", "my diary");
  EXPECT_TRUE(failed_with_one_line(run_paq(train(folder_ / "other.gguf")), "no checkpoint"));
  EXPECT_TRUE(
      failed_with_one_line(run_paq(train(folder_ / "other.gguf", {"--restart"})), "no checkpoint"));
  EXPECT_EQ(read_text(folder_ / "other.gguf.checkpoint"), "my diary");
  const RunResult anew = run_paq(train(out, {"--dropout", "0.2", "--restart", "--epochs", "1"}));
  ASSERT_TRUE(succeeded(anew));
  EXPECT_EQ(json::parse(anew.out).at("routers")[0].at("metrics").at("resumed_steps"), 0);
}

TEST_F(Training, AFullDiskIsSaidAndLeavesNoHalfFile) {
  import_learnable(300);
  const std::string out = folder_ / "router.gguf";
  // Room for the router, none for its optimiser's state.
  const RunResult full =
      run_paq(train(out, {"--checkpoint-every", "0", "--epochs", "1"}), {.largest_file = 4 << 20});
  EXPECT_TRUE(failed_with_one_line(full, "router.gguf.checkpoint"));
  EXPECT_THAT(full.err, HasSubstr("the same command goes on"));
  EXPECT_THAT(files_below(folder_.path()),
              ::testing::Not(::testing::Contains(HasSubstr("router.gguf"))));
}

TEST_F(Training, AModelCardStandsBesideTheRouter) {
  import_learnable(300);
  const std::string out = folder_ / "router.gguf";
  const RunResult trained =
      run_paq(train(out, {"--epochs", "1", "--calibration", "isotonic", "--policy-share", "0.2"}));
  ASSERT_TRUE(succeeded(trained));
  const json result = json::parse(trained.out).at("routers")[0];
  EXPECT_EQ(result.at("model_card"), folder_ / "router.md");
  const std::string card = read_text(folder_ / "router.md");
  EXPECT_THAT(card, HasSubstr("# router.gguf"));
  EXPECT_THAT(card, HasSubstr(result.at("training_data_hash").get<std::string>()));
  EXPECT_THAT(card, HasSubstr("isotonic"));
  EXPECT_EQ(result.at("metrics").at("calibration").at("method"), "isotonic");
  // It is replaced with its router, and nothing else is.
  EXPECT_TRUE(succeeded(run_paq(train(out, {"--epochs", "1"}))));
  write_text(folder_ / "router.md", "my notes");
  EXPECT_TRUE(refused_with_one_line(run_paq(train(out)), "no model card"));
  EXPECT_EQ(read_text(folder_ / "router.md"), "my notes");
}

// Two widths measured elsewhere, by score alone: long prompts need the larger.
TEST_F(Training, LearnsFromScoresWithoutALadder) {
  std::string lines;
  for (int i = 0; i < 300; ++i) {
    const bool hard = i % 2 == 1;
    std::string text = "item " + std::to_string(i % 37) + " of shelf " + std::to_string(i);
    for (int w = 0; hard && w < 12; ++w) text += " and then another one";
    lines += json({{"id", std::to_string(i)},
                   {"task", "mine"},
                   {"split", i < 240 ? "train" : "test"},
                   {"prompt", text},
                   {"outcomes", {{"4", {{"score", hard ? 0.2 : 1.0}}}, {"8", {{"score", 1.0}}}}}})
                 .dump() +
             "\n";
  }
  write_text(folder_ / "scores.jsonl", lines);
  ASSERT_TRUE(succeeded(
      run_paq({"outcomes", "import", folder_ / "scores.jsonl", "--store", folder_ / "s.db"})));
  const std::string out = folder_ / "router.gguf";
  EXPECT_TRUE(refused_with_one_line(run_paq(train(out)), "--label-mode score"));
  const RunResult trained = run_paq({"train", "--store", folder_ / "s.db", "--label-mode", "score",
                                     "--out", out, "--epochs", "3", "--json"});
  ASSERT_TRUE(succeeded(trained));
  const json result = json::parse(trained.out);
  EXPECT_EQ(result.at("bit_widths"), "4,8");
  const json router = result.at("routers")[0];
  EXPECT_EQ(router.at("metrics").at("labelled").at("4"), 120);
  EXPECT_EQ(router.at("metrics").at("labelled").at("8"), 120);
  EXPECT_GT(router.at("metrics").at("validation_accuracy"), 0.9);
  const auto bits = [&](const std::string& prompt) {
    return json::parse(run_paq({"route", "--router", out, prompt, "--json"}).out).at("bits");
  };
  EXPECT_EQ(bits("item 3 of shelf 9"), 4);
  std::string hard = "item 3 of shelf 9";
  for (int w = 0; w < 12; ++w) hard += " and then another one";
  EXPECT_EQ(bits(hard), 8);
  // One width leaves nothing to choose.
  EXPECT_TRUE(refused_with_one_line(run_paq({"train", "--store", folder_ / "s.db", "--label-mode",
                                             "score", "--bits", "4", "--out", out}),
                                    "two"));
}

TEST_F(Training, ThePapersProcedureIsOneOption) {
  import_learnable(300);
  const RunResult trained = run_paq(train(folder_ / "p.gguf", {"--paper", "--epochs", "1"}));
  ASSERT_TRUE(succeeded(trained));
  const json settings = json::parse(trained.out).at("routers")[0].at("settings");
  EXPECT_EQ(settings.at("schedule"), "constant");
  EXPECT_EQ(settings.at("order"), "shuffled");
  EXPECT_EQ(settings.at("keep_per_label"), 0);
  EXPECT_EQ(settings.at("prior"), "balanced");
  EXPECT_EQ(settings.at("batch"), 16);
  EXPECT_EQ(settings.at("epochs"), 1);
}

TEST_F(Training, ThatDivergesLeavesNothingAndSaysWhatToDo) {
  import_learnable(200);
  const std::string out = folder_ / "router.gguf";
  const RunResult diverged = run_paq(train(out, {"--lr", "1e30"}));
  EXPECT_TRUE(refused_with_one_line(diverged, "lower --lr"));
  for (const char* end : {"", ".checkpoint", ".checkpoint.lock"}) {
    EXPECT_FALSE(std::filesystem::exists(out + end)) << end;
  }
  for (const char* flag : {"--lr", "--clip", "--ordinal", "--checkpoint-every", "--tau"}) {
    EXPECT_EQ(run_paq(train(out, {flag, "nan"})).exit_code, 2) << flag;
  }
}

TEST_F(Training, TwoAtATimeDoNotWriteOneRouter) {
  import_learnable(300);
  const std::string out = folder_ / "router.gguf";
  BackgroundRun run(train(out, {"--epochs", "40"}));
  while (!std::filesystem::exists(out + ".checkpoint.lock") && !run.ended()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const RunResult second = run_paq(train(out, {"--seed", "2"}));
  if (!run.ended()) EXPECT_TRUE(failed_with_one_line(second, "another training"));
  EXPECT_TRUE(succeeded(run.wait()));
  EXPECT_TRUE(succeeded(run_paq(train(out, {"--seed", "2", "--epochs", "1"}))));
}

TEST_F(Training, StartsFromPublishedWeightsAndFromARouter) {
  import_learnable(300);
  const std::string published = std::string(PAQ_SOURCE_DIR) + "/src/train/testdata/base";
  const std::string first = folder_ / "first.gguf";
  const std::vector<std::string> short_run = {"--epochs", "1", "--context", "512"};
  const auto with_base = [&](const std::string& base, const std::string& out) {
    std::vector<std::string> arguments = train(out, short_run);
    arguments.insert(arguments.end(), {"--base", base});
    return run_paq(arguments);
  };
  const RunResult from_published = with_base(published, first);
  ASSERT_TRUE(succeeded(from_published));
  EXPECT_THAT(from_published.err, HasSubstr("base base: it has no classifier"));
  const json settings = json::parse(from_published.out).at("routers").at(0).at("settings");
  EXPECT_EQ(settings.at("base"), "base");
  EXPECT_EQ(settings.at("learning_rate"), 5e-5);
  const GgufReader reader(first);
  EXPECT_EQ(reader.string("paq.router.normal_form"), "nfc");
  EXPECT_EQ(reader.string("tokenizer.ggml.pre"), "modern-bert");
  EXPECT_EQ(reader.integer("modern-bert.block_count"), 4);
  EXPECT_TRUE(succeeded(run_paq({"route", "--router", first, "caf\u00e9 or tea?"})));

  const RunResult from_router = with_base(first, folder_ / "second.gguf");
  ASSERT_TRUE(succeeded(from_router));
  EXPECT_THAT(from_router.err, HasSubstr("labels is kept and trained on"));
  EXPECT_EQ(GgufReader(folder_ / "second.gguf").string("paq.router.normal_form"), "nfc");

  EXPECT_TRUE(failed_with_one_line(with_base(folder_ / "nowhere", first), "nowhere"));
  EXPECT_TRUE(refused_with_one_line(with_base(first, first), "--base"));
  const RunResult too_long = run_paq(train(first, {"--base", published}));
  EXPECT_EQ(too_long.exit_code, 2);
  EXPECT_THAT(too_long.err, HasSubstr("--context 2048: base reads 512 tokens at most"));
  const RunResult both = run_paq(train(first, {"--base", published, "--size", "tiny"}));
  EXPECT_TRUE(refused_with_one_line(both, "--size"));
}

}  // namespace
}  // namespace paq::testing
