// SPDX-License-Identifier: MIT
// Answers that were made elsewhere, by id.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace paq {

/// One of both lists is empty, or both where the file says [].
struct Prediction {
  std::vector<std::string> texts;  ///< One; more are the spans of one answer.
  std::vector<double> logprobs;    ///< Of multiple choice: log p(option | prompt) of each option.
};

struct Predictions {
  /// As often as the id came, in the file's order: samples of HumanEval. Elsewhere the last counts.
  std::map<std::string, std::vector<Prediction>> by_id;
};

/// JSON {id: answer}, or records one a line or in a list: {"id" (or "task_id", "query_id"): ...,
/// "prediction" (or "response", "completion"; else "logprobs", "answer"): ...}; a line may be {id:
/// answer} too. "answer" beside a prediction is taken for the right answer and passed over; a
/// prediction, response and completion that differ are an error. An answer is a string, a number, a
/// list of strings (spans, or samples one of which would be a record) or a list of numbers
/// (log-probabilities). Throws Error(kBadFile) with file, line or id.
Predictions parse_predictions(std::string_view bytes, std::string_view name);

/// The same from a file. Throws Error(kNotFound or kIo) too.
Predictions read_predictions(const std::filesystem::path& path);

}  // namespace paq
