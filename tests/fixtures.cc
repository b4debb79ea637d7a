// SPDX-License-Identifier: MIT
#include "fixtures.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/random.h"
#include "ladder/gguf_writer.h"
#include "ladder/testing/tiny_model.h"
#include "tasks/task.h"

namespace paq::testing {
namespace {

::testing::AssertionResult ended_with_one_line(const RunResult& result, int code,
                                               const std::string& part) {
  const auto lines = std::count(result.err.begin(), result.err.end(), '\n');
  const bool one_line = lines == 1 && result.err.back() == '\n' && result.err.starts_with("paq: ");
  if (result.exit_code == code && one_line && result.out.empty() &&
      result.err.find(part) != std::string::npos) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << "expected exit code " << code << " and one line with \""
                                       << part << "\"\nexit code: " << result.exit_code
                                       << "\nstdout: " << result.out << "\nstderr: " << result.err;
}

}  // namespace

void write_tiny_model(const std::filesystem::path& file, int width) {
  tiny_model({.name = "tiny-" + std::to_string(width), .width = width}).write(file);
}

void write_foreign_gguf(const std::filesystem::path& file) {
  GgufWriter writer;
  writer.set_string("general.architecture", "modern-bert");
  writer.set_string("general.name", "no language model");
  const std::array<int64_t, 2> shape = {256, 4};
  writer.add_tensor("token_embd.weight", shape, std::vector<float>(1024, 0.5f), TensorType::kF16);
  writer.write(file);
}

void write_prompts(const std::filesystem::path& file, int count, const std::string& split) {
  std::string text;
  Random random(7, split);
  for (int i = 0; i < count; ++i) {
    const int64_t a = random.between(1, 99), b = random.between(1, 99);
    Prompt prompt;
    prompt.id = split + std::to_string(i);
    prompt.task = "mini-gsm8k";
    prompt.split = split;
    prompt.messages = {{"user", "add " + std::to_string(a) + " and " + std::to_string(b)}};
    prompt.reference.answers = {std::to_string(a + b)};
    text += prompt_line(prompt) + "\n";
  }
  write_text(file, text);
}

void write_learnable_outcomes(const std::filesystem::path& file, int count) {
  constexpr int kBits[] = {2, 4, 8};
  const std::vector<std::string> words = {"red", "stone", "river", "seven", "lamp", "north"};
  std::string text;
  Random random(11);
  for (int i = 0; i < count; ++i) {
    const int level = i % 3;
    std::string prompt = level == 0 ? "say" : level == 1 ? "count" : "derive";
    for (int w = 0; w < 2 + 8 * level; ++w) prompt += " " + words[random.below(words.size())];
    nlohmann::json line = {{"id", std::to_string(i)},
                           {"task", i % 2 == 0 ? "mini-drop" : "mini-gsm8k"},
                           {"split", i % 4 < 2 ? "train" : "test"},
                           {"prompt", prompt}};
    for (int k = 0; k < 3; ++k) {
      const bool good = k >= level;
      line["outcomes"][std::to_string(kBits[k])] = {{"score", good ? 1.0 : 0.0},
                                                    {"perplexity", good ? 1.02 : 1.6},
                                                    {"seconds", 0.01 * (k + 1)},
                                                    {"tokens", 5}};
    }
    text += line.dump() + "\n";
  }
  write_text(file, text);
}

::testing::AssertionResult failed_with_one_line(const RunResult& result, const std::string& part) {
  return ended_with_one_line(result, 1, part);
}

::testing::AssertionResult refused_with_one_line(const RunResult& result, const std::string& part) {
  return ended_with_one_line(result, 2, part);
}

::testing::AssertionResult succeeded(const RunResult& result) {
  if (result.exit_code == 0) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << "exit code: " << result.exit_code << "\nstderr: " << result.err;
}

}  // namespace paq::testing
