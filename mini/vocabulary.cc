// SPDX-License-Identifier: MIT
#include "mini/vocabulary.h"

#include <vector>

#include "mini/tasks.h"

namespace paq::mini {
namespace {

constexpr size_t kExamplesPerTask = 20'000;  // enough for every word to occur
constexpr size_t kLargest = 4096;            // never reached: merging ends when words are whole
constexpr uint64_t kSeed = 7;

}  // namespace

std::string render_turn(std::string_view role, std::string_view content) {
  std::string turn = "<|";
  turn.append(role).append("|> ").append(content).append(kEndOfTurn);
  return turn;
}

std::string render_prompt(std::string_view question) {
  return render_turn("user", question) + "<|assistant|>";
}

BpeVocab make_vocabulary() {
  std::vector<std::string> texts;
  for (const std::string_view task : mini_task_names()) {
    Random random(kSeed, task);
    for (size_t i = 0; i < kExamplesPerTask; ++i) {
      Example example = next_example(task, MiniSplit::kTrain, random, 1.0);
      texts.push_back(" " + example.prompt.messages.front().content);
      texts.push_back(" " + example.answer);
    }
  }
  BpeOptions options;
  options.vocab_size = kLargest;
  options.min_count = 1;
  options.special_tokens = {"<|user|>", "<|assistant|>", "<|system|>", std::string(kEndOfTurn)};
  return train_bpe(texts, options);
}

}  // namespace paq::mini
