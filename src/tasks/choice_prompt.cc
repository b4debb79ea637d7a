// SPDX-License-Identifier: MIT
#include "tasks/choice_prompt.h"

#include <algorithm>

#include "core/error.h"
#include "tasks/benchmark.h"
#include "tasks/choice_likelihood.h"
#include "tasks/json_line.h"

namespace paq {
namespace {

constexpr std::string_view kBlanks = " \t\n";

}  // namespace

double choice_bytes(std::string_view choice) {
  const size_t begin = std::min(choice.find_first_not_of(kBlanks), choice.size());
  return static_cast<double>(choice.size() - begin);
}

bool is_likelihood(Metric metric) {
  return metric == Metric::kChoiceLikelihood || metric == Metric::kChoiceLikelihoodPerByte;
}

bool is_answered_by_likelihood(const Prompt& prompt) {
  return is_likelihood(metric_of(prompt).metric);
}

std::optional<size_t> likeliest_option(const Prompt& prompt, std::span<const double> logprobs) {
  const std::vector<std::string>& texts = prompt.reference.choices;
  if (logprobs.size() != texts.size()) {
    throw Error(ErrorCode::kUsage, "prompt " + in_quotes(prompt.id) + " has " +
                                       std::to_string(texts.size()) + " choices and " +
                                       std::to_string(logprobs.size()) + " log-probabilities");
  }
  std::vector<ChoiceLikelihood> choices;
  for (size_t i = 0; i < texts.size(); ++i)
    choices.push_back({logprobs[i], choice_bytes(texts[i])});
  return likeliest_choice(choices, metric_of(prompt).metric == Metric::kChoiceLikelihoodPerByte
                                       ? LikelihoodMeasure::kPerLength
                                       : LikelihoodMeasure::kSum);
}

std::optional<char> option_of_choice(std::string_view response,
                                     std::span<const std::string> choices) {
  const auto found = std::find(choices.begin(), choices.end(), response);
  if (found == choices.end()) return std::nullopt;
  return static_cast<char>('A' + (found - choices.begin()));
}

std::vector<std::string> listed_options(std::string_view text) {
  std::vector<std::string> options;
  for (size_t begin = 0;;) {
    const std::string mark = "(" + choice_name(options.size()) + ")";
    const size_t at = text.find(mark, begin);
    if (at == text.npos) return options;
    const size_t word = std::min(text.find_first_not_of(kBlanks, begin), at);
    options.emplace_back(text.substr(word, at + mark.size() - word));
    begin = at + mark.size();
  }
}

void answer_by_likelihood(Prompt& prompt, ChoiceScoring scoring) {
  std::vector<std::string>& choices = prompt.reference.choices;
  if (choices.empty()) {
    choices = listed_options(prompt.messages.back().content);
    for (std::string& choice : choices) choice.insert(0, " ");
  }
  if (choices.size() < 2) {
    throw Error(ErrorCode::kUsage, "prompt " + in_quotes(prompt.id) + " of " + prompt.task +
                                       " has no \"choices\" and lists none as \"blue(A) red(B)\"; "
                                       "without them nothing can be compared by likelihood");
  }
  prompt.reference.metric =
      metric_spec(scoring == ChoiceScoring::kLikelihood ? Metric::kChoiceLikelihood
                                                        : Metric::kChoiceLikelihoodPerByte)
          .name;
}

}  // namespace paq
