// SPDX-License-Identifier: MIT
#include "report/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "report/example_evaluation.h"
#include "report/example_modes.h"

namespace paq {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// What stands in the page's data element, up to the first "</": where a browser ends it.
std::string data_of(const std::string& page) {
  const std::string opening = R"(<script type="application/json" id="paq-data">)";
  const size_t begin = page.find(opening) + opening.size();
  return page.substr(begin, page.find("</", begin) - begin);
}

PageDetails hostile_details() {
  PageDetails details{.version = "1.2.3"};
  details.lost_known = true;
  details.lost_in_all = 7;
  details.thresholds = {{.tau = 1.01,
                         .prompts = 4,
                         .use = {{kTwo, 1}, {kSixteen, 3}},
                         .score = 0.5,
                         .seconds = std::nullopt,
                         .bits = 12.5}};
  details.lost = {{.task = "squad_2",
                   .split = "test",
                   .id = "<!--",
                   .prompt = "</script><script>alert(1)</script> \xe2\x80\xa8 \xff {{data}}",
                   .expected = {"a < b"},
                   .choice = kTwo,
                   .oracle = kSixteen,
                   .label = kTwo,
                   .probability = 0.75,
                   .answers = {{kTwo, 0, 0.5, 3, "<img src=x onerror=alert(1)>"},
                               {kSixteen, 1, std::nullopt, std::nullopt, std::nullopt}}}};
  return details;
}

TEST(Page, HasOnePlaceForItsData) {
  const std::string_view page = page_template();
  const size_t place = page.find("{{data}}");
  ASSERT_NE(place, std::string_view::npos);
  EXPECT_EQ(page.find("{{data}}", place + 1), std::string_view::npos);
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
}

TEST(Page, AllowsItsOwnScriptAndNoRequest) {
  const std::string page(page_template());
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("script-src 'sha256-"));
  EXPECT_THAT(page, Not(HasSubstr(" src=\"")));
  EXPECT_THAT(page, Not(HasSubstr("<link")));
  EXPECT_THAT(page, Not(HasSubstr("@import")));
  EXPECT_THAT(page, HasSubstr("preact"));  // the licences of what is inside
}

TEST(Page, KeepsTextsInsideItsData) {
  const std::string page = report_page(example_evaluation(), example_meta(), hostile_details());
  const std::string data = data_of(page);
  EXPECT_THAT(data, Not(HasSubstr("<")));
  EXPECT_THAT(data, Not(HasSubstr("\xe2\x80\xa8")));
  const auto json = nlohmann::json::parse(data);
  EXPECT_EQ(json["version"], "1.2.3");
  EXPECT_EQ(json["evaluation"]["meta"]["model"], example_meta().model);
  EXPECT_EQ(json["evaluation"]["strategies"].size(), 3u);
  const auto& lost = json["losses"]["prompts"][0];
  EXPECT_EQ(lost["prompt"], "</script><script>alert(1)</script> \u2028 \ufffd {{data}}");
  EXPECT_EQ(lost["answers"][0]["text"], "<img src=x onerror=alert(1)>");
  EXPECT_TRUE(lost["answers"][1]["text"].is_null());
  EXPECT_EQ(lost["label"], 2);
  EXPECT_EQ(json["losses"]["all"], 7);
  EXPECT_EQ(json["thresholds"][0]["use"]["16"], 3);
  EXPECT_TRUE(json["thresholds"][0]["seconds_mean"].is_null());
}

TEST(Page, HasTheLabelModesThatWereCompared) {
  PageDetails details{.version = "1.2.3"};
  details.modes = details.matched_modes = example_modes();
  details.matched_modes->common = 7;
  const auto json =
      nlohmann::json::parse(data_of(report_page(example_evaluation(), example_meta(), details)));
  EXPECT_EQ(json["modes"]["modes"][2]["mode"], "score");
  EXPECT_EQ(json["modes"]["common"], 8);
  EXPECT_EQ(json["matched_modes"]["common"], 7);
}

TEST(Page, SaysThatPromptsAreNotKnown) {
  const auto json = nlohmann::json::parse(data_of(report_page(example_evaluation(), {}, {})));
  EXPECT_EQ(json["losses"]["known"], false);
  EXPECT_THAT(json["thresholds"], IsEmpty());
  EXPECT_TRUE(json["modes"].is_null());
  EXPECT_TRUE(json["matched_modes"].is_null());
}

PromptDecision decision(const std::string& task, BitWidth choice, BitWidth oracle, double low,
                        double high) {
  return {.task = task,
          .split = "test",
          .id = "x",
          .choice = choice,
          .oracle = oracle,
          .scores = {low, high}};
}

TEST(LargestLosses, TakeTheLargestAndOfEqualOnesEveryTaskInTurn) {
  Evaluation evaluation = example_evaluation();
  evaluation.decisions = {
      decision("a", kTwo, kSixteen, 0, 1),      // 0
      decision("a", kTwo, kSixteen, 0, 1),      // 1
      decision("a", kTwo, kTwo, 1, 1),          // nothing lost
      decision("b", kTwo, kSixteen, 0, 1),      // 3
      decision("b", kSixteen, kTwo, 0.75, 0.5)  // 4
  };
  EXPECT_THAT(largest_losses(evaluation), ElementsAre(0, 3, 1, 4));
}

}  // namespace
}  // namespace paq
