// SPDX-License-Identifier: MIT
#include "tasks/squad.h"

#include <algorithm>
#include <map>

#include "tasks/extract.h"
#include "tasks/python_text.h"
#include "tasks/statement.h"

namespace paq {
namespace {

using Words = std::vector<std::string>;

double f1(const Words& answer, const Words& prediction) {
  // Where either has no words, they must agree.
  if (answer.empty() || prediction.empty()) return answer == prediction ? 1 : 0;
  std::map<std::string_view, int> left;
  for (const std::string& word : answer) ++left[word];
  int same = 0;
  for (const std::string& word : prediction) same += left[word]-- > 0 ? 1 : 0;
  if (same == 0) return 0;
  const double precision = 1.0 * same / static_cast<double>(prediction.size());
  const double recall = 1.0 * same / static_cast<double>(answer.size());
  return 2 * precision * recall / (precision + recall);
}

}  // namespace

std::vector<std::string> squad_words(std::string_view text) {
  return python_split(without_articles(without_punctuation(python_lower(decode_utf8(text)))));
}

ExactF1 squad_score(std::string_view prediction, std::span<const std::string> answers) {
  const Words predicted = squad_words(prediction);
  ExactF1 best;
  bool answerable = false;
  for (const std::string& answer : answers) {
    const Words words = squad_words(answer);
    if (words.empty()) continue;
    answerable = true;
    best.exact = std::max(best.exact, words == predicted ? 1.0 : 0.0);
    best.f1 = std::max(best.f1, f1(words, predicted));
  }
  if (answerable) return best;
  const double right = predicted.empty() ? 1 : 0;
  return {.exact = right, .f1 = right};
}

ExactF1 squad_response_score(std::string_view response, std::span<const std::string> answers) {
  const ExactF1 score = squad_score(span_answer(response), answers);
  if (score.exact == 1) return score;
  // "unknown" where just that is accepted.
  const std::string_view whole = own_answer(response);
  const ExactF1 as_it_is = squad_score(whole, answers);
  return as_it_is.exact == 1 && !squad_words(whole).empty() ? as_it_is : score;
}

}  // namespace paq
