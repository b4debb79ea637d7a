// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <string>

#include "core/error.h"
#include "tasks/json_line.h"
#include "tasks/task.h"

namespace paq {
namespace {

// The message of the Error that parsing throws; empty where it throws none.
std::string failure(std::string_view task, std::string_view bytes) {
  try {
    parse_prompts(task, bytes, "p.jsonl");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadFile) << error.what();
    return error.what();
  }
  return "";
}

TEST(PromptsFile, ReadsEveryField) {
  const auto prompts = parse_prompts(
      "prompts",
      "{\"id\": \"a\", \"prompt\": \"Who?\", \"split\": \"test\", \"answers\": [\"me\", 7]}\n"
      "{\"id\": 12, \"messages\": [{\"role\": \"system\", \"content\": \"\"}, "
      "{\"role\": \"user\", \"content\": \"f\"}], \"extra\": [1, {}],"
      "\"tests\": [{\"call\": \"f(1)\", \"expected\": 2}]}",
      "p.jsonl");
  ASSERT_EQ(prompts.size(), 2u);
  EXPECT_EQ(prompts[0].id, "a");
  EXPECT_EQ(prompts[0].task, "prompts");
  EXPECT_EQ(prompts[0].split, "test");
  EXPECT_EQ(prompts[0].messages, (std::vector<Message>{{"user", "Who?"}}));
  EXPECT_EQ(prompts[0].reference.answers, (std::vector<std::string>{"me", "7"}));
  EXPECT_EQ(prompts[1].id, "12");
  EXPECT_EQ(prompts[1].split, "train");
  EXPECT_EQ(prompts[1].messages, (std::vector<Message>{{"system", ""}, {"user", "f"}}));
  EXPECT_EQ(prompts[1].reference.tests, (std::vector<ProgramTest>{{"f(1)", "2"}}));
}

TEST(PromptsFile, AllowsMarksBlankLinesAndCarriageReturns) {
  const auto prompts = parse_prompts("prompts",
                                     "\xEF\xBB\xBF{\"id\": \"a\", \"prompt\": \"one\"}\r\n\r\n  \n"
                                     "{\"id\": \"b\", \"prompt\": \"two\"}\r\n\n",
                                     "p.jsonl");
  ASSERT_EQ(prompts.size(), 2u);
  EXPECT_EQ(prompts[1].messages[0].content, "two");
}

TEST(PromptsFile, LinesRoundTrip) {
  Prompt prompt;
  prompt.id = "a\"\n\xC3\xA9";
  prompt.task = "prompts";
  prompt.split = "validation";
  prompt.messages = {{"system", "s"}, {"user", "q"}, {"assistant", ""}, {"user", "tab\there"}};
  prompt.reference.answers = {"x", ""};
  prompt.reference.tests = {{"f(1)", "2"}};
  EXPECT_EQ(parse_prompts("prompts", prompt_line(prompt), "p"), std::vector<Prompt>{prompt});
  prompt.messages = {{"user", "only"}};
  EXPECT_EQ(parse_prompts("prompts", prompt_line(prompt), "p"), std::vector<Prompt>{prompt});
  prompt.messages = {{"user", "\xFF"}};
  EXPECT_THROW(prompt_line(prompt), Error);
}

TEST(PromptsFile, NamesFileLineAndField) {
  const std::string good = "{\"id\": \"a\", \"prompt\": \"x\", \"answers\": [\"1\"]}\n";
  struct Case {
    const char* line;
    const char* expected;
  };
  for (const auto& [line, expected] : std::initializer_list<Case>{
           {"{\"prompt\": \"x\"}", "p.jsonl:2: field \"id\" is missing"},
           {"{\"id\": \"\", \"prompt\": \"x\"}", "field \"id\" must be a string"},
           {"{\"id\": 1.5, \"prompt\": \"x\"}", "a whole number, found 1.5"},
           {"{\"id\": \"b\"}", "field \"prompt\" is missing"},
           {"{\"id\": \"b\", \"prompt\": 3}", "field \"prompt\" must be a string"},
           {"{\"id\": \"b\", \"prompt\": \"\"}", "found an empty string"},
           {"{\"id\": \"b\", \"prompt\": \"x\", \"messages\": []}", "leave one of them out"},
           {"{\"id\": \"b\", \"messages\": []}", "field \"messages\" must be a list"},
           {"{\"id\": \"b\", \"messages\": [{\"role\": \"user\"}]}", "field \"messages[0]\""},
           {"{\"id\": \"b\", \"messages\": [{\"role\": \"bot\", \"content\": \"x\"}]}", "\"bot\""},
           {"{\"id\": \"b\", \"messages\": [{\"role\": \"assistant\", \"content\": \"x\"}]}",
            "must end with a message of the user"},
           {"{\"id\": \"b\", \"prompt\": \"x\", \"split\": \"dev\"}", "field \"split\""},
           {"{\"id\": \"b\", \"prompt\": \"x\"}", "field \"answers\" is missing or empty"},
           {"{\"id\": \"b\", \"prompt\": \"x\", \"answers\": []}", "is missing or empty"},
           {"{\"id\": \"b\", \"prompt\": \"x\", \"answers\": \"7\"}", "must be a list"},
           {"{\"id\": \"b\", \"prompt\": \"x\", \"answers\": [null]}", "field \"answers[0]\""},
           {"{\"id\": \"b\", \"prompt\": \"x\", \"answers\": [\"many\"]}", "contain a number"},
           {"{\"id\": \"b\", \"prompt\": \"x\", \"tests\": [{}], \"answers\": [\"1\"]}",
            "field \"tests[0]\""},
           {"{\"id\": \"a\", \"prompt\": \"y\", \"answers\": [\"1\"]}", "\"a\" is in line 1 too"},
           {"{\"id\": \"b\"", "p.jsonl:2: not valid JSON at byte 11"},
           {"[1]", "p.jsonl:2: expected a JSON object"},
           {"{\"id\": \"\xFF\"}", "p.jsonl:2: byte 9 of the line is not UTF-8"},
           {"{\"id\": \"\\ud800\", \"prompt\": \"x\"}", "not valid JSON"},
           {"{\"id\": \"b\", \"prompt\": \"x\", \"n\": 1e999}",
            "p.jsonl:2: has a number too large"},
       }) {
    const std::string message = failure("mini-gsm8k", good + line);
    EXPECT_NE(message.find(expected), std::string::npos) << line << " -> " << message;
    EXPECT_TRUE(message.starts_with("p.jsonl:2: ")) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

TEST(PromptsFile, ChecksReferencesAgainstTheMetric) {
  EXPECT_NE(failure("mini-mmlu", R"({"id": "a", "prompt": "x", "answers": ["blue"]})")
                .find("option from A to H"),
            std::string::npos);
  EXPECT_NE(failure("mini-humaneval", R"({"id": "a", "prompt": "x", "answers": ["1"]})")
                .find("field \"tests\" is missing"),
            std::string::npos);
  EXPECT_NE(
      failure("mini-humaneval",
              R"js({"id": "a", "prompt": "x", "tests": [{"call": "f(1)", "expected": "x"}]})js")
          .find("no whole number"),
      std::string::npos);
  EXPECT_EQ(failure("prompts", R"({"id": "a", "prompt": "x"})"), "");
}

TEST(PromptsFile, ShortensWhatItShows) {
  const std::string message = failure("mini-gsm8k", R"({"id": "a", "prompt": "x", "answers": [")" +
                                                        std::string(500, 'y') + R"(\n"]})");
  EXPECT_LT(message.size(), 200u);
  EXPECT_NE(message.find("..."), std::string::npos);
}

TEST(PromptsFile, RefusesEmptyFilesAndForeignEncodings) {
  EXPECT_NE(failure("prompts", "").find("no prompt in it"), std::string::npos);
  EXPECT_NE(failure("prompts", "\n\n").find("no prompt in it"), std::string::npos);
  EXPECT_NE(failure("prompts", std::string_view("\xFF\xFE{\0", 4)).find("UTF-8"),
            std::string::npos);
}

TEST(PromptsFile, TellsTheSameIdApartByItsSplit) {
  EXPECT_EQ(failure("prompts",
                    "{\"id\": \"a\", \"prompt\": \"x\", \"split\": \"train\"}\n"
                    "{\"id\": \"a\", \"prompt\": \"x\", \"split\": \"test\"}"),
            "");
}

TEST(PromptsFile, MissingFilesAndTasksAreNamed) {
  try {
    load_prompts("prompts", "/no/such/file.jsonl");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_NE(std::string(error.what()).find("/no/such/file.jsonl"), std::string::npos);
  }
  EXPECT_THROW(load_prompts("no-task", "/no/such/file.jsonl"), Error);
}

TEST(PromptsFile, SurvivesDeepNesting) {
  std::string line = "{\"id\": ";
  line += std::string(200000, '[');
  failure("prompts", line);
  failure("prompts", line + std::string(200000, ']') + "}");
}

}  // namespace
}  // namespace paq
