// SPDX-License-Identifier: MIT
#include "tasks/predictions.h"

#include <gtest/gtest.h>

#include <string>

#include "core/error.h"

namespace paq {
namespace {

std::string text_of(const Predictions& predictions, const std::string& id) {
  const auto& list = predictions.by_id.at(id);
  return list.back().texts.at(0);
}

std::string failure(std::string_view bytes) {
  try {
    parse_predictions(bytes, "p.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadFile);
    return error.what();
  }
  return "";
}

TEST(Predictions, ComeAsJsonOrJsonl) {
  for (const char* bytes : {
           R"({"q1": "Paris", "q2": ""})",
           "{\n  \"q1\": \"Paris\",\n  \"q2\": \"\"\n}\n",
           "{\"q1\": \"Paris\"}\n{\"q2\": \"\"}\n",
           "{\"id\": \"q1\", \"answer\": \"Paris\"}\n\n{\"id\": \"q2\", \"answer\": \"\"}\r\n",
           "{\"task_id\": \"q1\", \"completion\": \"Paris\"}\n{\"id\": \"q2\", \"response\": \"\"}",
           R"([{"id": "q1", "prediction": "Paris"}, {"query_id": "q2", "answer": ""}])",
           R"({"q1": {"answer": "Paris"}, "q2": {"answer": ""}})",
           "\xEF\xBB\xBF{\"q1\": \"Paris\", \"q2\": \"\"}",
       }) {
    const Predictions predictions = parse_predictions(bytes, "p.json");
    EXPECT_EQ(predictions.by_id.size(), 2u) << bytes;
    EXPECT_EQ(text_of(predictions, "q1"), "Paris") << bytes;
    EXPECT_EQ(text_of(predictions, "q2"), "") << bytes;
  }
  EXPECT_EQ(text_of(parse_predictions(R"({"id": "q1", "answer": "Paris"})", ""), "q1"), "Paris");
  EXPECT_EQ(text_of(parse_predictions(R"({"id": 7, "answer": 42})", ""), "7"), "42");
}

TEST(Predictions, CanBeLists) {
  const Predictions predictions =
      parse_predictions(R"({"a": ["Rome", "Paris"], "b": [-1.5, -2], "c": []})", "p.json");
  EXPECT_EQ(predictions.by_id.at("a")[0].texts, (std::vector<std::string>{"Rome", "Paris"}));
  EXPECT_EQ(predictions.by_id.at("b")[0].logprobs, (std::vector<double>{-1.5, -2}));
  EXPECT_TRUE(predictions.by_id.at("c")[0].texts.empty());
}

TEST(Predictions, KeepWhatComesTwice) {
  for (const char* bytes :
       {R"({"a": "first", "b": "x", "a": "last"})",
        "{\"id\": \"a\", \"answer\": \"first\"}\n{\"a\": \"last\", \"b\": \"x\"}",
        R"([{"a": "first"}, {"b": "x"}, {"a": "last"}])"}) {
    const Predictions predictions = parse_predictions(bytes, "p.json");
    ASSERT_EQ(predictions.by_id.at("a").size(), 2u) << bytes;
    EXPECT_EQ(predictions.by_id.at("a")[0].texts[0], "first") << bytes;
    EXPECT_EQ(text_of(predictions, "a"), "last") << bytes;
    EXPECT_EQ(predictions.by_id.at("b").size(), 1u) << bytes;
  }
}

TEST(Predictions, AreNotTheRightAnswersBesideThem) {
  for (const char* bytes : {R"({"id": "a", "answer": "gold", "prediction": "mine"})",
                            R"({"id": "a", "response": "mine", "answer": "gold"})",
                            R"({"a": {"answer": "gold", "completion": "mine"}})",
                            R"({"id": "a", "response": "mine", "prediction": "mine"})",
                            R"({"id": "a", "logprobs": [-1], "prediction": "mine"})"}) {
    EXPECT_EQ(text_of(parse_predictions(bytes, "p.json"), "a"), "mine") << bytes;
  }
  const std::string differ = R"({"id": "a", "response": "mine", "prediction": "other"})";
  EXPECT_NE(failure(differ).find("\"prediction\" and \"response\" differ"), std::string::npos);
}

TEST(Predictions, NameWhatIsWrong) {
  EXPECT_NE(failure("").find("no prediction in it"), std::string::npos);
  EXPECT_NE(failure("{}").find("no prediction in it"), std::string::npos);
  EXPECT_NE(failure("[]").find("no prediction in it"), std::string::npos);
  EXPECT_NE(failure("[1]").find("[0]"), std::string::npos);
  EXPECT_NE(failure("{\"a\": \"x\"}\n{\"a\": ").find("p.json:2"), std::string::npos);
  EXPECT_NE(failure(R"({"a": true})").find("\"a\""), std::string::npos);
  EXPECT_NE(failure(R"({"a": null})").find("null"), std::string::npos);
  EXPECT_NE(failure(R"({"a": ["x", 1]})").find("mixed"), std::string::npos);
  EXPECT_NE(failure("{\"a\": \"\xFF\"}").find("UTF-8"), std::string::npos);
  EXPECT_NE(failure("plain text").find("p.json:1"), std::string::npos);
}

}  // namespace
}  // namespace paq
