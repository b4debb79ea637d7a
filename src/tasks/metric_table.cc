// SPDX-License-Identifier: MIT
#include <array>

#include "core/error.h"
#include "tasks/task.h"

namespace paq {
namespace {

constexpr std::array kMetrics = std::to_array<MetricSpec>({
    {Metric::kExactMatch, "exact-match", "exact-match/3",
     "The normalised answer equals one of the accepted ones."},
    {Metric::kFinalNumber, "final-number", "final-number/3",
     "The number that the response ends on equals the answer."},
    {Metric::kChoiceLetter, "choice-letter", "choice-letter/3",
     "The option that the response settles on is the right one."},
    {Metric::kProgram, "program", "program/3",
     "Every test of the generated program passes in the built-in interpreter."},
    {Metric::kTokenF1, "token-f1", "token-f1/2",
     "Best F1 over words against the accepted answers."},
    {Metric::kSquad2, "squad2", "squad2/2", "F1 of SQuAD v2; no answer is an answer of its own."},
    {Metric::kDrop, "drop", "drop/2", "F1 of DROP: bags of words, aligned, with matching numbers."},
    {Metric::kPythonTests, "python-tests", "python-tests/2",
     "The function passes HumanEval's tests under Python."},
    {Metric::kChoiceLikelihood, "choice-likelihood", "choice-likelihood/1",
     "The likeliest of the options, as continuations of the prompt, is the right one."},
    {Metric::kChoiceLikelihoodPerByte, "choice-likelihood-per-byte", "choice-likelihood-per-byte/1",
     "The option that is likeliest for its length is the right one."},
});

}  // namespace

std::span<const MetricSpec> metric_table() { return kMetrics; }

const MetricSpec& metric_spec(Metric metric) { return kMetrics.at(static_cast<size_t>(metric)); }

const MetricSpec& metric_spec(std::string_view name) {
  std::string names;
  for (const MetricSpec& metric : kMetrics) {
    if (metric.name == name) return metric;
    if (!names.empty()) names += ", ";
    names += metric.name;
  }
  throw Error(ErrorCode::kUsage,
              "there is no metric \"" + std::string(name) + "\"; the metrics are " + names);
}

const MetricSpec& metric_of(const Prompt& prompt) {
  const std::string& own = prompt.reference.metric;
  return own.empty() ? metric_spec(task_spec(prompt.task).metric) : metric_spec(own);
}

}  // namespace paq
