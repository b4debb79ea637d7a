// SPDX-License-Identifier: MIT
// What single options of whole commands do, and that none takes what is not its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fixtures.h"
#include "ladder/gguf_reader.h"
#include "ladder/gguf_writer.h"

namespace paq::testing {
namespace {

using nlohmann::json;

bool has_paq_train() { return std::filesystem::exists(std::string(PAQ_BIN_DIR) + "/paq-train"); }

json parsed(const RunResult& result) {
  EXPECT_TRUE(succeeded(result));
  return json::parse(result.out, nullptr, /*allow_exceptions=*/false);
}

// Each ends in a word that belongs to no option: it must be refused, not taken for one more value.
class StrayWord : public ::testing::TestWithParam<std::vector<std::string>> {};

TEST_P(StrayWord, IsRefused) {
  if (GetParam().front() == "train" && !has_paq_train()) {
    GTEST_SKIP() << "this build has no paq-train";
  }
  std::vector<std::string> arguments = GetParam();
  arguments.emplace_back("stray");
  EXPECT_TRUE(refused_with_one_line(run_paq(arguments), "stray"));
}

INSTANTIATE_TEST_SUITE_P(
    Options, StrayWord,
    ::testing::Values(
        std::vector<std::string>{"label", "--ladder", "l", "--store", "s", "--task", "mmlu=a.csv"},
        std::vector<std::string>{"label", "--ladder", "l", "--store", "s", "--shots", "5"},
        std::vector<std::string>{"eval", "--router", "r", "--store", "s", "--exemplars", "mmlu=a"},
        std::vector<std::string>{"eval", "--router", "r", "--store", "s", "--task", "mmlu"},
        std::vector<std::string>{"thresholds", "--store", "s", "--tau", "1.13"},
        std::vector<std::string>{"thresholds", "--store", "s", "--task", "mmlu"},
        std::vector<std::string>{"score", "--predictions", "p", "--task", "a=b", "--k", "10"},
        std::vector<std::string>{"outcomes", "export", "f", "--store", "s", "--task", "mmlu"},
        std::vector<std::string>{"ladder", "build", "b", "--out", "d", "--type", "2=TQ2_0"},
        std::vector<std::string>{"run", "hello", "--ladder", "l", "--stop", "x"},
        std::vector<std::string>{"train", "--store", "s", "--out", "r", "--tau", "1.13"},
        std::vector<std::string>{"train", "--store", "s", "--out", "r", "--without-task", "mmlu"}));

class Options : public ::testing::Test {
 protected:
  // A ladder of a random model at 4 and 8 bits.
  std::string ladder() {
    const std::string directory = folder_ / "ladder";
    write_tiny_model(folder_ / "base.gguf");
    EXPECT_TRUE(succeeded(
        run_paq({"ladder", "build", folder_ / "base.gguf", "--out", directory, "--bits", "4,8"})));
    return directory;
  }

  TemporaryFolder folder_;
};

TEST_F(Options, LabelTakesWidthsInAnyOrderAndRefusesALazyWalkThatCannotBe) {
  write_prompts(folder_ / "prompts.jsonl", 3);
  std::vector<std::string> label = {"label",
                                    "--ladder",
                                    ladder(),
                                    "--store",
                                    folder_ / "s.db",
                                    "--task",
                                    "mini-gsm8k=" + (folder_ / "prompts.jsonl"),
                                    "--json"};
  const auto with = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = label;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_paq(arguments);
  };
  EXPECT_EQ(parsed(with({"--bits", "8,4"})).at("added"), 6);
  EXPECT_TRUE(refused_with_one_line(with({"--bits", "4,"}), "bit width"));
  EXPECT_TRUE(refused_with_one_line(with({"--lazy-sample", "0.1"}), "--lazy"));
  EXPECT_TRUE(refused_with_one_line(
      with({"--lazy", "1.1", "--scores-only", "--engine", "4=http://127.0.0.1:9"}),
      "perplexities"));
  // Chosen by what the prompts need: they are short.
  const json estimate = parsed(with({"--dry-run"}));
  EXPECT_LT(estimate.at("context_tokens"), 4096);
  EXPECT_GT(estimate.at("memory_available_bytes"), 0);
}

TEST_F(Options, RawAndSystemChangeWhatTheModelReads) {
  const std::string models = ladder();
  const auto prompt_tokens = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"run",          "--ladder", models,  "--bits", "8",
                                          "--max-tokens", "4",        "hello", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return parsed(run_paq(arguments)).at("prompt_tokens").get<int>();
  };
  const int chat = prompt_tokens({});
  EXPECT_GT(prompt_tokens({"--system", "Answer in one word."}), chat);
  EXPECT_LT(prompt_tokens({"--raw"}), chat);
}

TEST_F(Options, AnImportanceMatrixMakesTheLowestTypesPossible) {
  write_tiny_model(folder_ / "base.gguf");
  GgufWriter matrix;
  matrix.set_string("general.type", "imatrix");
  const GgufReader reader(folder_ / "base.gguf");
  for (const GgufTensor& tensor : reader.tensors()) {
    if (tensor.shape.size() != 2) continue;
    const std::vector<float> sums(static_cast<size_t>(tensor.shape[0]), 1.0f);
    matrix.add_tensor(tensor.name + ".in_sum2", std::vector{tensor.shape[0]}, sums,
                      TensorType::kF32);
    matrix.add_tensor(tensor.name + ".counts", std::vector<int64_t>{1}, std::vector{16.0f},
                      TensorType::kF32);
  }
  matrix.write(folder_ / "imatrix.gguf");
  const std::vector<std::string> build = {
      "ladder", "build",  folder_ / "base.gguf", "--out", folder_ / "lowest", "--bits",
      "2,8",    "--type", "2=IQ2_XXS",           "--json"};
  EXPECT_TRUE(refused_with_one_line(run_paq(build), "importance matrix"));
  std::vector<std::string> with = build;
  with.insert(with.end(), {"--imatrix", folder_ / "imatrix.gguf"});
  EXPECT_EQ(parsed(run_paq(with)).at("variants")[0].at("type"), "IQ2_XXS");
  with.back() = folder_ / "base.gguf";
  EXPECT_TRUE(failed_with_one_line(run_paq(with), "no importance matrix"));
}

TEST_F(Options, RetimeRedoesWhatWasTimedInABatchOnce) {
  write_prompts(folder_ / "p.jsonl", 3);
  const std::string models = ladder();
  const auto label = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"label",
                                          "--ladder",
                                          models,
                                          "--store",
                                          folder_ / "s.db",
                                          "--task",
                                          "mini-gsm8k=" + (folder_ / "p.jsonl"),
                                          "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return parsed(run_paq(arguments)).at("added").get<int>();
  };
  EXPECT_EQ(label({"--concurrency", "3"}), 6);
  EXPECT_EQ(label({"--concurrency", "1"}), 0);
  EXPECT_EQ(label({"--concurrency", "1", "--retime"}), 6);
  EXPECT_EQ(label({"--concurrency", "1", "--retime"}), 0);
}

TEST_F(Options, ExportWritesTheFileThatItNames) {
  write_learnable_outcomes(folder_ / "measured.jsonl", 12);
  const std::string store = folder_ / "s.db", file = folder_ / "out.jsonl";
  ASSERT_TRUE(
      succeeded(run_paq({"outcomes", "import", folder_ / "measured.jsonl", "--store", store})));
  EXPECT_EQ(parsed(run_paq({"outcomes", "export", file, "--store", store, "--json"})).at("prompts"),
            12);
  const std::string all = read_text(file);
  EXPECT_EQ(run_paq({"outcomes", "export", "-", "--store", store}).out, all);
  const RunResult some = run_paq(
      {"outcomes", "export", "--store", store, "--task", "mini-drop", "--split", "test", file});
  ASSERT_TRUE(succeeded(some));
  EXPECT_EQ(some.out, "3 prompts written to " + file + "\n");
  const std::string text = read_text(file);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  EXPECT_TRUE(failed_with_one_line(
      run_paq({"outcomes", "export", folder_ / "no/such/folder.jsonl", "--store", store}),
      "no/such"));
}

TEST_F(Options, APromptThatTwoFilesGiveCountsOnce) {
  write_prompts(folder_ / "five.jsonl", 5);
  write_prompts(folder_ / "three.jsonl", 3);  // the first three of the five
  const std::string models = ladder();
  const auto label = [&](const std::string& second) {
    return run_paq({"label", "--ladder", models, "--store", folder_ / "s.db", "--task",
                    "mini-gsm8k=" + (folder_ / "five.jsonl"), "--task", "mini-gsm8k=" + second,
                    "--json"});
  };
  const json twice = parsed(label(folder_ / "three.jsonl"));
  EXPECT_EQ(twice.at("prompts"), 5);
  EXPECT_EQ(twice.at("added"), 10);
  write_text(folder_ / "other.jsonl",
             R"({"id": "test2", "split": "test", "prompt": "add 1 and 1", "answers": ["2"]})"
             "\n");
  EXPECT_TRUE(refused_with_one_line(label(folder_ / "other.jsonl"), "\"test2\""));
}

}  // namespace
}  // namespace paq::testing
