// SPDX-License-Identifier: MIT
#include <algorithm>

#include "core/error.h"
#include "tasks/benchmark.h"
#include "tasks/csv.h"
#include "tasks/json_line.h"

namespace paq {
namespace {

constexpr size_t kOptions = 4;
constexpr size_t kCells = kOptions + 2;  // with the question before and the letter after

[[noreturn]] void fail(std::string_view file, const CsvRecord& record, const std::string& what) {
  throw Error(ErrorCode::kBadFile, csv_place(file, record) + what);
}

void check(std::string_view file, const CsvRecord& record) {
  if (record.cells.size() != kCells) {
    fail(file, record,
         "has " + std::to_string(record.cells.size()) +
             (record.cells.size() == 1 ? " cell" : " cells") +
             "; expected six: question, four options, letter");
  }
  for (size_t i = 0; i + 1 < kCells; ++i) {
    if (!record.cells[i].empty()) continue;
    fail(file, record,
         "cell " + std::to_string(i + 1) + " (" + (i == 0 ? "the question" : "an option") +
             ") is empty");
  }
  const std::string& letter = record.cells.back();
  if (letter.size() != 1 || letter[0] < 'A' || letter[0] > 'D') {
    fail(file, record,
         "cell 6 (the answer) must be A, B, C or D, found " + in_quotes(letter) +
             "; the official files have no header line");
  }
}

}  // namespace

std::string mmlu_subject(std::string_view name) {
  std::string stem = std::filesystem::path(name).filename().string();
  for (const std::string_view ending : {".gz", ".csv", "_dev", "_val", "_test", "_train"}) {
    if (stem.ends_with(ending) && stem.size() > ending.size()) {
      stem.resize(stem.size() - ending.size());
    }
  }
  return stem;
}

std::string lettered_choices(const std::vector<std::string>& choices) {
  std::string text;
  for (size_t i = 0; i < choices.size(); ++i) {
    text += (i > 0 ? "\n" : "") + choice_name(i) + ". " + choices[i];
  }
  return text;
}

std::string chosen_text(const Reference& reference) {
  return reference.choices.at(static_cast<size_t>(reference.answers.front().front() - 'A'));
}

BenchmarkItems read_mmlu(std::string_view bytes, std::string_view name) {
  const std::string group = mmlu_subject(name);
  std::string subject = group;
  std::replace(subject.begin(), subject.end(), '_', ' ');
  BenchmarkItems items;
  for_each_csv_record(name, bytes, [&](const CsvRecord& record) {
    check(name, record);
    BenchmarkItem item;
    item.id = group + "/" + std::to_string(record.number);
    item.group = group;
    item.reference.choices.assign(record.cells.begin() + 1, record.cells.end() - 1);
    item.reference.answers = {record.cells.back()};
    item.fields = {{"subject", subject},
                   {"question", record.cells.front()},
                   {"choices", lettered_choices(item.reference.choices)},
                   {"answer", record.cells.back()},
                   {"option", chosen_text(item.reference)}};
    items.push_back(std::move(item));
  });
  return items;
}

}  // namespace paq
