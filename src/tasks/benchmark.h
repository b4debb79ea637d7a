// SPDX-License-Identifier: MIT
// What a record of a benchmark's official file says, before it is put into words. Internal to
// tasks/.
//
// One reader for each format, each in a file of its own. They take bytes and throw Error(kBadFile)
// that names the file, the place in it (line, JSON path, or record and cell) and what was expected.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/prompt.h"
#include "tasks/task.h"

namespace paq {

struct BenchmarkItem {
  std::string id;     ///< The official one; where there is none the record's number, from 1.
  std::string group;  ///< Exemplars come from the same one: MMLU's subject, else empty.
  std::map<std::string, std::string> fields;  ///< What prompt formats can insert, by name.
  Reference reference;
};

using BenchmarkItems = std::vector<BenchmarkItem>;

/// {"data": [{"title", "paragraphs": [{"context", "qas": [{"id", "question", "answers",
/// "is_impossible"}]}]}]}. Fields: title, passage, question, answer ("unanswerable" where there is
/// none).
BenchmarkItems read_squad2(std::string_view bytes, std::string_view name);

/// The official {"PASSAGE_ID": {"passage", "qa_pairs": [{"query_id", "question", "answer",
/// "validated_answers"}]}}, whose answers become span_answers; or one {"context", "completion",
/// "ref_text"} a line with answers joined by a bar, which become answers. Fields: passage,
/// question, answer (spans joined by " and ").
BenchmarkItems read_drop(std::string_view bytes, std::string_view name);

/// {"question", "answer"} a line, the answer's number after "####". Fields: question, solution
/// (with the number), answer (the number).
BenchmarkItems read_gsm8k(std::string_view bytes, std::string_view name);

/// Six cells a record: question, four options, letter. Fields: subject, question, choices ("A. ..."
/// a line), answer (the letter), option (its text). The subject comes from `name`.
BenchmarkItems read_mmlu(std::string_view bytes, std::string_view name);

/// {"task_id", "prompt", "entry_point", "canonical_solution", "test"} a line. Fields: prompt,
/// solution.
BenchmarkItems read_humaneval(std::string_view bytes, std::string_view name);

/// {"id", "question": {"stem", "choices": [{"text", "label"}]}, "answerKey"} a line, labels letters
/// or digits. Fields: question, choices, letters ("A, B, C or D"), answer (the letter), option (its
/// text).
BenchmarkItems read_arc(std::string_view bytes, std::string_view name);

/// The reader of the task's format; none for prompts and chat files.
BenchmarkItems read_benchmark(const TaskSpec& task, std::string_view bytes, std::string_view name);

/// MMLU's subject: "abstract_algebra" for ".../abstract_algebra_test.csv".
std::string mmlu_subject(std::string_view name);

/// "A. ...\nB. ...".
std::string lettered_choices(const std::vector<std::string>& choices);

/// The text of the option whose letter is the first answer.
std::string chosen_text(const Reference& reference);

/// 'A' for 0.
inline std::string choice_name(size_t index) {
  return std::string(1, static_cast<char>('A' + index));
}

/// "train", "validation" or "test" from a file's name or, failing that, its folder's; empty where
/// neither says. docs/tasks.md has the rules.
std::string split_from_name(const TaskSpec& task, const std::filesystem::path& path);

}  // namespace paq
