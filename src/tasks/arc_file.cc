// SPDX-License-Identifier: MIT
#include "tasks/benchmark.h"
#include "tasks/json_line.h"

namespace paq {
namespace {

constexpr size_t kFewest = 3, kMost = 5;

// "A, B, C or D"
std::string letters(size_t count) {
  std::string text = choice_name(0);
  for (size_t i = 1; i < count; ++i) text += (i + 1 < count ? ", " : " or ") + choice_name(i);
  return text;
}

BenchmarkItem read_question(const JsonCursor& record) {
  BenchmarkItem item;
  item.id = record.member("id").text();
  const JsonCursor question = record.member("question");
  item.fields["question"] = question.member("stem").text();
  const JsonCursor choices = question.member("choices");
  const std::vector<JsonCursor> list = choices.items();
  if (list.size() < kFewest || list.size() > kMost) {
    choices.fail("has " + std::to_string(list.size()) + " options; expected three to five");
  }
  const JsonCursor key = record.member("answerKey");
  const std::string right = key.text();
  std::vector<std::string> labels;
  for (const JsonCursor& choice : list) {
    const JsonCursor label = choice.member("label");
    // A, B, ... or 1, 2, ...: what the model is shown are letters in any case.
    const char first = list.front().member("label").text().front();
    const std::string expected(1, static_cast<char>((first == '1' ? '1' : 'A') + labels.size()));
    if (label.text() != expected) {
      label.fail("must be \"" + expected + "\", found " + in_quotes(label.text()));
    }
    if (expected == right) item.reference.answers = {choice_name(labels.size())};
    labels.push_back(expected);
    item.reference.choices.push_back(choice.member("text").text());
  }
  if (item.reference.answers.empty()) {
    key.fail("is " + in_quotes(right) + ", which is none of the labels from \"" + labels.front() +
             "\" to \"" + labels.back() + "\"");
  }
  item.fields["choices"] = lettered_choices(item.reference.choices);
  item.fields["letters"] = letters(list.size());
  item.fields["answer"] = item.reference.answers.front();
  item.fields["option"] = chosen_text(item.reference);
  return item;
}

}  // namespace

BenchmarkItems read_arc(std::string_view bytes, std::string_view name) {
  BenchmarkItems items;
  for_each_json_line(name, bytes,
                     [&](const JsonLine& line) { items.push_back(read_question(line.root())); });
  return items;
}

}  // namespace paq
