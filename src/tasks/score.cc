// SPDX-License-Identifier: MIT
#include <algorithm>

#include "core/error.h"
#include "tasks/choice_prompt.h"
#include "tasks/drop.h"
#include "tasks/extract.h"
#include "tasks/humaneval.h"
#include "tasks/program.h"
#include "tasks/squad.h"
#include "tasks/statement.h"
#include "tasks/task.h"

namespace paq {
namespace {

bool passes(std::string_view program, const ProgramTest& test) {
  const auto value = run_program(program, test.call);
  // The expected value is source text too: "-3", "True".
  return value && value == run_program("", test.expected);
}

bool is_right(Metric metric, std::string_view response, const Reference& reference) {
  // An extraction that found nothing must not equal an answer in which nothing is found either.
  const auto matches = [&](const auto& extract, const auto& found) {
    return std::any_of(reference.answers.begin(), reference.answers.end(),
                       [&](const std::string& answer) { return extract(answer) == found; });
  };
  switch (metric) {
    case Metric::kExactMatch:
      return matches(normalise_answer, normalise_answer(own_answer(response))) ||
             matches(normalise_answer, normalise_answer(short_answer(response)));
    case Metric::kFinalNumber: {
      const auto number = final_number(response);
      return number && matches(final_number, number);
    }
    case Metric::kChoiceLetter: {
      const auto option = chosen_option(response, reference.choices);
      const auto letter_of = [](std::string_view answer) { return choice_letter(answer); };
      return option && matches(letter_of, option);
    }
    case Metric::kChoiceLikelihood:
    case Metric::kChoiceLikelihoodPerByte: {
      const auto option = option_of_choice(response, reference.choices);
      const auto letter_of = [](std::string_view answer) { return choice_letter(answer); };
      return option && matches(letter_of, option);
    }
    default: {  // kProgram
      const std::string program = program_text(response);
      return std::all_of(reference.tests.begin(), reference.tests.end(),
                         [&](const ProgramTest& test) { return passes(program, test); });
    }
  }
}

double drop_f1(std::string_view response, const Reference& reference) {
  double best = 0;
  for (const auto& reading : span_readings(response)) {
    best = std::max(best, drop_score(reading, reference).f1);
  }
  return best;
}

bool passes_python(std::string_view response, const Reference& reference, CodeRunner* runner) {
  if (runner == nullptr) {
    throw Error(ErrorCode::kUsage,
                "generated Python is scored by running it, and there is nothing here to run it "
                "with; leave HumanEval out or give a code runner");
  }
  return code_passes(response, reference.code, *runner);
}

}  // namespace

bool can_score(Metric metric, const Reference& reference) {
  if (metric == Metric::kProgram) return !reference.tests.empty();
  if (is_likelihood(metric)) {
    return reference.choices.size() > 1 && !reference.answers.empty();
  }
  if (metric == Metric::kPythonTests) {
    return !reference.code.test.empty() && !reference.code.entry_point.empty();
  }
  const bool spans = metric == Metric::kDrop && !reference.span_answers.empty();
  return spans || !reference.answers.empty();
}

double score_response(Metric metric, std::string_view response, const Reference& reference,
                      CodeRunner* runner) {
  if (!can_score(metric, reference)) return 0;
  switch (metric) {
    case Metric::kSquad2:
      return squad_response_score(response, reference.answers).f1;
    case Metric::kTokenF1:
      return squad_score(short_answer(response), reference.answers).f1;
    case Metric::kDrop:
      return drop_f1(response, reference);
    case Metric::kPythonTests:
      return passes_python(response, reference, runner) ? 1 : 0;
    default:
      return is_right(metric, response, reference) ? 1 : 0;
  }
}

}  // namespace paq
