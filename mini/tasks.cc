// SPDX-License-Identifier: MIT
#include "mini/tasks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "core/error.h"
#include "mini/families.h"

namespace paq {
namespace mini {
namespace {

using Family = Draft (*)(Random&, double);

struct FamilyEntry {
  std::string_view name;
  Family make;
};

constexpr std::array<FamilyEntry, 7> kFamilies{{
    {"mini-squad2", make_lookup},
    {"mini-drop", make_counting},
    {"mini-gsm8k", make_arithmetic},
    {"mini-mmlu", make_subject_choice},
    {"mini-humaneval", make_program},
    {"mini-arc-easy", make_easy_choice},
    {"mini-arc-challenge", make_hard_choice},
}};

const FamilyEntry& find_family(std::string_view task) {
  std::string names;
  for (const FamilyEntry& family : kFamilies) {
    if (family.name == task) return family;
    names += (names.empty() ? "" : ", ") + std::string(family.name);
  }
  throw Error(ErrorCode::kUsage,
              "unknown miniature task \"" + std::string(task) + "\"; expected one of " + names);
}

// FNV-1a, then mixed once: the split of a prompt, for ever.
MiniSplit split_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  switch (Random(hash).below(10)) {
    case 0:
      return MiniSplit::kTest;
    case 1:
      return MiniSplit::kValidation;
    default:
      return MiniSplit::kTrain;
  }
}

Draft draft_in_split(const FamilyEntry& family, MiniSplit split, Random& random,
                     double difficulty) {
  while (true) {
    Draft draft = family.make(random, difficulty);
    if (split_of(draft.question) == split) return draft;
  }
}

Example to_example(Draft draft, std::string_view task, MiniSplit split) {
  Example example;
  example.prompt.task = task;
  example.prompt.split = to_string(split);
  example.prompt.messages = {{"user", std::move(draft.question)}};
  example.prompt.reference = std::move(draft.reference);
  example.answer = std::move(draft.answer);
  return example;
}

}  // namespace

Example next_example(std::string_view task, MiniSplit split, Random& random, double difficulty) {
  return to_example(draft_in_split(find_family(task), split, random, difficulty), task, split);
}

std::vector<Example> generate_examples(std::string_view task, MiniSplit split, size_t count,
                                       uint64_t seed) {
  constexpr size_t kMaxRepeats = 10'000;  // in a row, before the family counts as exhausted
  const FamilyEntry& family = find_family(task);
  Random random(seed, std::string(task) + "/" + std::string(to_string(split)));
  std::unordered_set<std::string> seen;
  std::vector<Example> examples;
  examples.reserve(count);
  size_t repeats = 0;
  while (examples.size() < count) {
    Draft draft = draft_in_split(family, split, random, 1.0);
    if (!seen.insert(draft.question).second) {
      if (++repeats < kMaxRepeats) continue;
      throw Error(ErrorCode::kUsage, std::string(task) + " has only about " +
                                         std::to_string(seen.size()) + " different prompts in " +
                                         std::string(to_string(split)) + ", not the " +
                                         std::to_string(count) + " asked for; ask for fewer");
    }
    repeats = 0;
    Example example = to_example(std::move(draft), task, split);
    example.prompt.id = std::string(to_string(split)) + "-" + std::to_string(seed) + "-" +
                        std::to_string(examples.size());
    examples.push_back(std::move(example));
  }
  return examples;
}

}  // namespace mini

std::string_view to_string(MiniSplit split) {
  switch (split) {
    case MiniSplit::kTrain:
      return "train";
    case MiniSplit::kValidation:
      return "validation";
    case MiniSplit::kTest:
      return "test";
  }
  return "";
}

std::span<const std::string_view> mini_task_names() {
  static const auto kNames = [] {
    std::array<std::string_view, mini::kFamilies.size()> names;
    std::transform(mini::kFamilies.begin(), mini::kFamilies.end(), names.begin(),
                   [](const mini::FamilyEntry& family) { return family.name; });
    return names;
  }();
  return kNames;
}

std::vector<Prompt> generate_mini_task(std::string_view task, MiniSplit split, size_t count,
                                       uint64_t seed) {
  std::vector<Prompt> prompts;
  prompts.reserve(count);
  for (mini::Example& example : mini::generate_examples(task, split, count, seed)) {
    prompts.push_back(std::move(example.prompt));
  }
  return prompts;
}

}  // namespace paq
