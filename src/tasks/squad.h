// SPDX-License-Identifier: MIT
// SQuAD v2's exact match and F1, by the definition of its official script (evaluate-v2.0.py;
// Rajpurkar et al., ACL 2018). Predictions are taken as they are: extract.h finds answers in what
// models write.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace paq {

struct ExactF1 {
  double exact = 0;  ///< 0 or 1
  double f1 = 0;     ///< 0 to 1
};

/// Lower case, without ASCII punctuation, then without the words a, an and the.
std::vector<std::string> squad_words(std::string_view text);

/// Each measure's best over the accepted answers that have words. Where none has, the empty
/// prediction alone is right: the question has no answer.
ExactF1 squad_score(std::string_view prediction, std::span<const std::string> answers);

/// squad_score() of the response's span_answer(), or of the whole response where that is exactly an
/// accepted answer.
ExactF1 squad_response_score(std::string_view response, std::span<const std::string> answers);

}  // namespace paq
