// SPDX-License-Identifier: MIT
// The official formats: what is read from them, and what is said of files that are wrong.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <string>

#include "core/files.h"
#include "core/testing/error_code.h"
#include "tasks/benchmark.h"
#include "tasks/task.h"

namespace paq {
namespace {

constexpr const char* kSquad = "dev-v2.0.json";

std::string failure(std::string_view task, std::string_view bytes, const char* name = kSquad) {
  std::string message;
  EXPECT_EQ(code_of([&] { parse_prompts(task, bytes, name); }, &message), ErrorCode::kBadFile)
      << message;
  return message;
}

void expect_in(const std::string& message, std::string_view part) {
  EXPECT_NE(message.find(part), std::string::npos) << message << "\n lacks: " << part;
}

std::string sample(std::string_view task) { return std::string(sample_file(task_spec(task))); }

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

TEST(Samples, AreReadByTheirTasks) {
  for (const TaskSpec& task : task_table()) {
    if (task.name.starts_with("mini-")) continue;  // these read the same files as `prompts`
    EXPECT_FALSE(parse_prompts(task.name, sample_file(task), "sample_test").empty()) << task.name;
  }
}

TEST(Squad2File, ReadsQuestionsAndTheLackOfAnswers) {
  const auto prompts = parse_prompts("squad2", sample("squad2"), kSquad);
  ASSERT_EQ(prompts.size(), 2u);
  EXPECT_EQ(prompts[0].id, "q1");
  EXPECT_EQ(prompts[0].split, "test");
  EXPECT_EQ(prompts[0].reference.answers, std::vector<std::string>{"1831"});
  EXPECT_EQ(prompts[1].reference.answers, std::vector<std::string>{""});
  expect_in(prompts[0].messages[0].content, "The old harbour of Lund");
  expect_in(prompts[0].messages[0].content, "When was the harbour dug?");
}

TEST(Squad2File, NamesThePlaceOfWhatIsWrong) {
  const std::string good = sample("squad2");
  struct Case {
    const char *from, *to, *expected;
  };
  for (const auto& [from, to, expected] : std::initializer_list<Case>{
           {"\"qas\"", "\"questions\"",
            "dev-v2.0.json: field \"data[0].paragraphs[0].qas\" is missing"},
           {"\"id\": \"q2\"", "\"id\": 2",
            "field \"data[0].paragraphs[0].qas[1].id\" must be a string, found a number"},
           {"\"id\": \"q2\"", "\"id\": \"q1\"", "the id \"q1\" is there twice in the test split"},
           {"\"text\": \"1831\"", "\"text\": \"\"",
            "qas[0].answers[0].text\" must be a string that"},
           {"\"is_impossible\": false", "\"is_impossible\": 0", "must be true or false"},
           {"\"is_impossible\": false", "\"is_impossible\": true", "is true, but the question has"},
           {"\"is_impossible\": true", "\"is_impossible\": false",
            "is false, but the question has"},
           {"\"answers\": []", "\"answers\": {}",
            "qas[1].answers\" must be a list, found an object"},
           {"\"context\"", "\"kontext\"", "paragraphs[0].context\" is missing"},
           {"1902.", "1902.\"", "dev-v2.0.json:2: byte 86 of the line is not valid JSON"},
           {"Lund", "L\xFFnd", "dev-v2.0.json:2: byte 35 of the line is not UTF-8"},
       }) {
    expect_in(failure("squad2", replaced(good, from, to)), expected);
  }
  expect_in(failure("squad2", "{\"data\": []}"), "there is no question in it");
  expect_in(failure("squad2", ""), "dev-v2.0.json:1: byte 1 of the line is not valid JSON");
  expect_in(failure("squad2", "[]"), "the document must be an object");
  expect_in(failure("squad2", good.substr(0, good.size() / 2)), "is not valid JSON");
}

TEST(Squad2File, TellsVersionOneApart) {
  std::string old = replaced(sample("squad2"), "v2.0", "1.1");
  old = replaced(old, "\"is_impossible\": false,", "");
  expect_in(failure("squad2", old), "this is a SQuAD v1.1 file");
}

TEST(DropFile, ReadsNumbersSpansAndDates) {
  const auto prompts = parse_prompts("drop", sample("drop"), "drop_dataset_dev.json");
  ASSERT_EQ(prompts.size(), 2u);
  using Answers = std::vector<std::vector<std::string>>;
  EXPECT_EQ(prompts[0].reference.span_answers, (Answers{{"5"}}));
  EXPECT_EQ(prompts[1].reference.span_answers, (Answers{{"Ane", "Bo"}}));
  const auto read = [](const std::string& answer, const std::string& validated) {
    const auto items =
        read_drop(R"({"p": {"passage": "x", "qa_pairs": [{"query_id": "q", "question": "?", )"
                  "\"answer\": " +
                      answer + ", \"validated_answers\": [" + validated + "]}]}}",
                  "dev");
    return items.at(0).reference.span_answers;
  };
  const std::string date =
      R"({"number": "", "spans": [], "date": {"day": "3", "month": "May", "year": ""}})";
  const std::string blank =
      R"({"number": "", "spans": [], "date": {"day": "", "month": "", "year": ""}})";
  EXPECT_EQ(read(date, ""), (Answers{{"3 May"}}));
  EXPECT_EQ(read(R"({"number": 7})", R"({"number": "7"}, {"spans": ["7", "x"]})"),
            (Answers{{"7"}, {"7", "x"}}));
  EXPECT_EQ(read(R"({"number": "4", "spans": ["no"]})", ""), (Answers{{"4"}}));
  EXPECT_EQ(read(blank, date), (Answers{{"3 May"}}));
  EXPECT_EQ(read(blank, ""), (Answers{{""}}));
  EXPECT_EQ(read("{}", ""), (Answers{{""}}));
}

TEST(DropFile, ReadsTheFlattenedForm) {
  const auto items = read_drop(
      "{\"context\": \"Passage: One.\\nQuestion: Is it?\\nQuestion: Who?\\nAnswer:\", "
      "\"completion\": \" a\", \"ref_text\": \"a b| c |\"}\n",
      "dev");
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].id, "1");
  EXPECT_EQ(items[0].fields.at("passage"), "One.\nQuestion: Is it?");
  EXPECT_EQ(items[0].fields.at("question"), "Who?");
  EXPECT_EQ(items[0].reference.answers, (std::vector<std::string>{"a b", "c"}));
}

TEST(DropFile, NamesThePlaceOfWhatIsWrong) {
  const std::string good = sample("drop");
  const char* name = "drop_dataset_dev.json";
  expect_in(failure("drop", replaced(good, "\"answer\"", "\"reply\""), name),
            "field \"harbour_1.qa_pairs[0].answer\" is missing");
  expect_in(failure("drop", replaced(good, "[\"Ane\"", "[1"), name),
            "harbour_1.qa_pairs[1].answer.spans[0]\" must be a string, found a number");
  expect_in(failure("drop", replaced(good, "\"validated_answers\": []", "\"validated_answers\": 3"),
                    name),
            "validated_answers\" must be a list");
  const std::string odd = replaced(good, "harbour_1", "a.b\\n c");
  expect_in(failure("drop", replaced(odd, "\"passage\"", "\"text\""), name),
            R"(field "["a.b\n c"].passage" is missing)");
  const std::string flat =
      R"({"context": "Passage: x\nQuestion: y\nAnswer:", "completion": " 1", "ref_text": "1"})";
  expect_in(failure("drop", flat + "\n{\"context\": \"Passage: x\", \"ref_text\": \"1\"}", name),
            ":2: field \"context\" must read \"Passage: ...\"");
  expect_in(failure("drop", replaced(flat, "\"1\"", "\" | \""), name),
            ":1: field \"ref_text\" has no answer");
}

TEST(Gsm8kFile, TakesTheNumberAfterTheMark) {
  const auto prompts = parse_prompts("gsm8k", sample("gsm8k"), "test.jsonl");
  ASSERT_EQ(prompts.size(), 1u);
  EXPECT_EQ(prompts[0].id, "1");
  EXPECT_EQ(prompts[0].reference.answers, std::vector<std::string>{"24"});
  const auto thousands =
      read_gsm8k(R"({"question": "q", "answer": "#### no\n#### 1,200"})", "test.jsonl");
  EXPECT_EQ(thousands[0].reference.answers, std::vector<std::string>{"1,200"});
}

TEST(Gsm8kFile, NamesThePlaceOfWhatIsWrong) {
  const std::string good = sample("gsm8k");
  const char* name = "test.jsonl";
  expect_in(failure("gsm8k", good + "{\"question\": \"q\"}", name),
            "test.jsonl:2: field \"answer\" is missing");
  expect_in(failure("gsm8k", replaced(good, "####", "##"), name), "has no \"####\"");
  expect_in(failure("gsm8k", replaced(good, "#### 24", "#### many"), name),
            "must end with a number after \"####\", found \"many\"");
  expect_in(failure("gsm8k", "\n\n{\"question\"", name), "test.jsonl:3: not valid JSON");
}

TEST(MmluFile, ReadsCellsOverSeveralLines) {
  const auto prompts = parse_prompts(
      "mmlu", "\xEF\xBB\xBF\"a \"\"b\"\"\nc\",1,2,\"3,0\",4,D\r\n\r\nq,1,it \"is\",3,4,A",
      "x/college_physics_val.csv");
  ASSERT_EQ(prompts.size(), 2u);
  EXPECT_EQ(prompts[0].id, "college_physics/1");
  EXPECT_EQ(prompts[1].id, "college_physics/2");
  EXPECT_EQ(prompts[0].split, "validation");
  EXPECT_EQ(prompts[0].reference.choices, (std::vector<std::string>{"1", "2", "3,0", "4"}));
  EXPECT_EQ(prompts[1].reference.choices[1], "it \"is\"");
  EXPECT_EQ(prompts[0].reference.answers, std::vector<std::string>{"D"});
  expect_in(prompts[0].messages[0].content, "college physics");
  expect_in(prompts[0].messages[0].content, "a \"b\"\nc\nA. 1\nB. 2\nC. 3,0\nD. 4");
}

TEST(MmluFile, NamesThePlaceOfWhatIsWrong) {
  const std::string good = "\"q\n1\",a,b,c,d,A\n";
  const char* name = "anatomy_test.csv";
  for (const auto& [bytes, expected] : std::initializer_list<std::pair<const char*, const char*>>{
           {"q,a,b,c,d\n", "anatomy_test.csv: record 2 (line 3): has 5 cells; expected six"},
           {"q,a,b,c,d,E\n", "record 2 (line 3): cell 6 (the answer) must be A, B, C or D"},
           {"q,a,b,c,d,a\n", "found \"a\""},
           {"q,a,,c,d,B\n", "cell 3 (an option) is empty"},
           {",a,b,c,d,B\n", "cell 1 (the question) is empty"},
           {"\n\"q,a,b,c,d,B\n",
            "record 2 (line 4): cell 1 has a quoted cell that is never closed"},
           {"\"q\"x,a,b,c,d,B\n", "cell 1 has text after a quoted cell"},
           {"q,\xFF,b,c,d,B\n", "cell 2 is not UTF-8"},
           {"question\n", "has 1 cell;"},
       }) {
    expect_in(failure("mmlu", good + bytes, name), expected);
  }
  expect_in(failure("mmlu", "question,A,B,C,D,answer\n", name), "no header line");
}

TEST(HumanEvalFile, KeepsWhatTheRunnerNeeds) {
  const auto prompts = parse_prompts("humaneval", sample("humaneval"), "HumanEval.jsonl");
  ASSERT_EQ(prompts.size(), 1u);
  EXPECT_EQ(prompts[0].id, "Sample/0");
  EXPECT_EQ(prompts[0].split, "test");
  EXPECT_EQ(prompts[0].reference.code.entry_point, "double");
  expect_in(prompts[0].reference.code.test, "candidate(-1) == -2");
  expect_in(prompts[0].messages[0].content, "```python\ndef double(x: int) -> int:\n");
}

TEST(HumanEvalFile, NamesThePlaceOfWhatIsWrong) {
  const std::string good = sample("humaneval");
  const char* name = "HumanEval.jsonl";
  expect_in(
      failure("humaneval",
              replaced(good, "\"entry_point\": \"double\"", "\"entry_point\": \"twice\""), name),
      "HumanEval.jsonl:1: field \"entry_point\" names \"twice\"");
  expect_in(failure("humaneval", replaced(good, "def check(", "def test("), name),
            "must define check(candidate)");
  expect_in(failure("humaneval", replaced(good, "\"test\"", "\"tests\""), name),
            "field \"test\" is missing");
}

TEST(ArcFile, ReadsLettersAndDigitsAsLetters) {
  const std::string digits =
      R"({"id": "d", "question": {"stem": "s", "choices": [{"text": "x", "label": "1"},)"
      R"({"text": "y", "label": "2"}, {"text": "z", "label": "3"}]}, "answerKey": "3"})";
  const auto prompts = parse_prompts("arc-easy", sample("arc-easy") + digits, "ARC-Easy-Dev.jsonl");
  ASSERT_EQ(prompts.size(), 2u);
  EXPECT_EQ(prompts[0].split, "validation");
  EXPECT_EQ(prompts[0].reference.answers, std::vector<std::string>{"A"});
  EXPECT_EQ(prompts[1].reference.answers, std::vector<std::string>{"C"});
  EXPECT_EQ(prompts[1].reference.choices, (std::vector<std::string>{"x", "y", "z"}));
  expect_in(prompts[1].messages[0].content, "s\n\nA. x\nB. y\nC. z\n");
  expect_in(prompts[1].messages[0].content, "one of A, B or C.");
}

TEST(ArcFile, NamesThePlaceOfWhatIsWrong) {
  const std::string good = sample("arc-easy");
  const char* name = "ARC-Easy-Test.jsonl";
  for (const auto& [from, to, expected] : std::initializer_list<std::array<const char*, 3>>{
           {"\"answerKey\": \"A\"", "\"answerKey\": \"D\"",
            "ARC-Easy-Test.jsonl:1: field \"answerKey\" is \"D\", which is none of the labels"},
           {"\"label\": \"B\"", "\"label\": \"C\"",
            "field \"question.choices[1].label\" must be \"B\", found \"C\""},
           {", {\"text\": \"sand\", \"label\": \"C\"}", "",
            "has 2 options; expected three to five"},
           {"\"stem\"", "\"text\"", "field \"question.stem\" is missing"},
           {"\"text\": \"wind\"", "\"text\": null", "question.choices[0].text\" is missing"}}) {
    expect_in(failure("arc-easy", replaced(good, from, to), name), expected);
  }
  expect_in(failure("arc-easy", good + good, name), "\"sample_1\" is there twice");
  expect_in(failure("arc-easy", good, "ARC-Challenge-Test.jsonl"), "use --task arc-challenge=");
  expect_in(failure("arc-challenge", good, "ARC-Easy-Test.jsonl"), "use --task arc-easy=");
}

TEST(ForeignFiles, AreNamedWithTheirTask) {
  for (const TaskSpec& task : task_table()) {
    for (const TaskSpec& other : task_table()) {
      if (other.format == task.format || task.name.starts_with("mini-") ||
          other.name.starts_with("mini-") || other.name == "chat" || task.name == "chat") {
        continue;
      }
      const std::string message = failure(task.name, sample_file(other), "f_test");
      const std::string name(other.format == FileFormat::kArc ? "arc-easy" : other.name);
      expect_in(message, "f_test: this is a");
      expect_in(message, "use --task " + name + "=f_test");
    }
  }
  expect_in(failure("chat", sample("gsm8k"), "f"), "this is a GSM8K file");
  expect_in(failure("mini-gsm8k", sample("gsm8k"), "f"), "use --task gsm8k=f");
}

TEST(ForeignFiles, AreNamedWhereNoTaskReadsThem) {
  for (const auto& [bytes, expected] : std::initializer_list<std::pair<std::string, const char*>>{
           {"PK\x03\x04 more", "a ZIP archive"},
           {"PAR1....", "a Parquet file"},
           {"GGUF\x03", "a GGUF model"},
           {"<!DOCTYPE html>", "an HTML page"},
           {"version https://git-lfs.github.com/spec/v1", "Git LFS"},
           {std::string(257, 'a') + "ustar", "a tar archive"},
           {"{\"56ddde6b9a695914005b9628\": \"France\"}", "a file of predictions"}}) {
    for (const char* task :
         {"squad2", "drop", "gsm8k", "mmlu", "humaneval", "arc-easy", "prompts"}) {
      expect_in(failure(task, bytes, "f_test"), expected);
    }
  }
}

TEST(Splits, ComeFromNames) {
  const auto split = [](std::string_view task, const char* path) {
    return split_from_name(task_spec(task), path);
  };
  EXPECT_EQ(split("squad2", "train-v2.0.json"), "train");
  EXPECT_EQ(split("squad2", "dev-v2.0.json"), "test");
  EXPECT_EQ(split("drop", "drop_dataset_dev.json"), "test");
  EXPECT_EQ(split("drop", "drop/dev.jsonl.gz"), "test");
  EXPECT_EQ(split("gsm8k", "test.jsonl"), "test");
  EXPECT_EQ(split("arc-easy", "ARC-Easy-Dev.jsonl"), "validation");
  EXPECT_EQ(split("arc-easy", "Train/ARC.jsonl"), "train");
  EXPECT_EQ(split("mmlu", "dev/anatomy_dev.csv"), "train");
  EXPECT_EQ(split("mmlu", "val/anatomy_val.csv"), "validation");
  EXPECT_EQ(split("mmlu", "auxiliary_train/race.csv"), "train");
  EXPECT_EQ(split("humaneval", "anything"), "test");
  EXPECT_EQ(split("gsm8k", "latest.jsonl"), "");  // no word of its own
}

TEST(Splits, CanBeOverruledAndMustBeKnown) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "paq_split_case";
  std::filesystem::create_directories(folder);
  const auto file = folder / "mine.jsonl";
  write_file_atomically(file, sample("gsm8k"));
  std::string message;
  EXPECT_EQ(code_of([&] { load_prompts("gsm8k", file); }, &message), ErrorCode::kUsage);
  expect_in(message, "say it: --task gsm8k@test=mine.jsonl");
  EXPECT_EQ(load_prompts("gsm8k", file, {.split = "validation"})[0].split, "validation");
  EXPECT_EQ(code_of([&] { load_prompts("gsm8k", file, {.split = "dev"}); }), ErrorCode::kUsage);
  write_file_atomically(file, sample("prompts"));
  EXPECT_EQ(load_prompts("prompts", file)[0].split, "test");
  EXPECT_EQ(load_prompts("prompts", file, {.split = "train"})[0].split, "train");
  std::filesystem::remove_all(folder);
}

TEST(Folders, AreForMmluAlone) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "paq_folder_test";
  std::filesystem::create_directories(folder / "test");
  EXPECT_EQ(code_of([&] { load_prompts("gsm8k", folder); }), ErrorCode::kUsage);
  std::string message;
  EXPECT_EQ(code_of([&] { load_prompts("mmlu", folder); }, &message), ErrorCode::kBadFile);
  expect_in(message, "there is no CSV file in this folder");
  write_file_atomically(folder / "test" / "b_test.csv", "q,1,2,3,4,A\n");
  write_file_atomically(folder / "test" / "a_test.csv", "q,1,2,3,4,A\nr,1,2,3,4,A\n");
  write_file_atomically(folder / "test" / "notes.txt", "no questions");
  const auto prompts = load_prompts("mmlu", folder);
  ASSERT_EQ(prompts.size(), 3u);
  EXPECT_EQ(prompts[2].id, "b/1");
  write_file_atomically(folder / "test" / "c_test.csv", "q,1\n");
  EXPECT_EQ(code_of([&] { load_prompts("mmlu", folder); }, &message), ErrorCode::kBadFile);
  expect_in(message, "c_test.csv: record 1 (line 1)");
  std::filesystem::remove_all(folder);
}

TEST(TaskTable, HasAPromptFormatForEveryOfficialFile) {
  for (const TaskSpec& task : task_table()) {
    const bool ready = task.format == FileFormat::kPrompts || task.format == FileFormat::kChat;
    EXPECT_EQ(find_prompt_format(prompt_formats(), task.name) == nullptr, ready) << task.name;
    EXPECT_EQ(task.file.empty(), ready) << task.name;
  }
}

}  // namespace
}  // namespace paq
