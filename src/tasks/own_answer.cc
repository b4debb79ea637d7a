// SPDX-License-Identifier: MIT
// The part of a response that is the model's own answer: neither reasoning, nor what stands behind
// a special token, nor an exercise that a base model invents next.
#include <algorithm>
#include <array>

#include "tasks/ascii.h"
#include "tasks/statement.h"

namespace paq {
namespace {

constexpr size_t kNone = std::string_view::npos;

struct Tags {
  std::string_view open, close;
};
constexpr auto kReasoning = std::to_array<Tags>(
    {{"<think>", "</think>"}, {"<thinking>", "</thinking>"}, {"[THINK]", "[/THINK]"}});

// Of models that write in channels, the one that people see and those that they do not.
constexpr std::string_view kFinalChannel = "<|channel|>final<|message|>";
constexpr std::string_view kAnalysisChannel = "<|channel|>analysis";

constexpr auto kSpecial = std::to_array<std::string_view>(
    {"<|im_end|>", "<|im_start|>", "<|eot_id|>", "<|end_of_text|>", "<|endoftext|>", "</s>",
     "<end_of_turn>", "<|end|>", "<|return|>", "<|start|>"});

// What a base model begins its next exercise with, and others the question that they restate.
constexpr auto kTurns = std::to_array<std::string_view>(
    {"question:", "q:", "passage:", "problem:", "context:", "human:", "user:", "### instruction",
     "instruction:"});
// How a model announces that it is about to write something.
constexpr auto kAnnouncing = std::to_array<std::string_view>(
    {"let me",     "let's",         "let us",  "i'll ",     "i will",    "i'm going", "i need to",
     "we need to", "we'll ",        "we will", "here is",   "here's",    "here are",  "sure",
     "okay",       "ok,",           "ok.",     "certainly", "of course", "to answer", "to solve",
     "to find",    "the following", "below",   "alright"});
constexpr size_t kLongestAnnouncement = 300;

std::string_view before_special(std::string_view text) {
  for (const std::string_view token : kSpecial) text = text.substr(0, text.find(token));
  return text;
}

// As rfind(), which is slow where there is nothing to find.
size_t find_last(std::string_view text, std::string_view wanted) {
  return text.find(wanted) == kNone ? kNone : text.rfind(wanted);
}

bool begins_with(std::string_view text, const auto& openings) {
  return std::any_of(openings.begin(), openings.end(), [&](std::string_view opening) {
    return text.size() >= opening.size() &&
           std::equal(opening.begin(), opening.end(), text.begin(),
                      [](char wanted, char found) { return wanted == to_lower(found); });
  });
}

bool begins_turn(std::string_view line) {
  const size_t word = std::min(line.find_first_not_of("*# \t"), line.size());
  return begins_with(line, kTurns) || begins_with(line.substr(word), kTurns);
}

// "Let me restate it.", "Here is the problem:"; what has a digit may be an answer.
bool announces(std::string_view text) {
  text = trimmed(text);
  if (text.size() > kLongestAnnouncement || std::any_of(text.begin(), text.end(), is_digit)) {
    return false;
  }
  return text.ends_with(':') || begins_with(text, kAnnouncing);
}

}  // namespace

std::string_view without_reasoning(std::string_view response) {
  if (const size_t final = find_last(response, kFinalChannel); final != kNone) {
    response.remove_prefix(final + kFinalChannel.size());
  } else if (response.find(kAnalysisChannel) != kNone) {
    return {};
  }
  const std::string_view start = trimmed(response);
  if (start.empty()) return {};
  for (const Tags& tags : kReasoning) {
    const bool opened = start.starts_with(tags.open);
    const size_t close = find_last(response, tags.close);
    if (close == kNone) {
      if (opened) return {};
      continue;
    }
    const std::string_view after = before_special(response.substr(close + tags.close.size()));
    // A stray end mark, where nothing was opened and nothing follows.
    const bool stray = !opened && trimmed(after).empty();
    response = stray ? response.substr(0, close) : after;
  }
  return before_special(response);
}

std::string_view own_answer(std::string_view response) {
  response = without_reasoning(response);
  size_t begin = response.find_first_not_of(" \t\r\n");
  if (begin == kNone) return response;
  bool restates = begins_turn(response.substr(begin)), first = true;
  size_t stated = kNone;
  while ((begin = response.find('\n', begin)) != kNone) {
    ++begin;
    if (!begins_turn(response.substr(begin))) continue;
    if (first) {
      restates = restates || announces(response.substr(0, begin));
      if (restates) stated = first_statement(response);
      first = false;
    }
    if (!restates || stated < begin) return response.substr(0, begin);
  }
  return response;
}

}  // namespace paq
