// SPDX-License-Identifier: MIT
#include "report/modes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/example_evaluation.h"
#include "report/example_modes.h"

namespace paq {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

TEST(ModesJson, HasEveryFigureAndNullForWhatIsNotKnown) {
  const json comparison = json::parse(modes_json(example_modes()));
  EXPECT_EQ(comparison["prompts"], 10);
  EXPECT_EQ(comparison["common"], 8);
  ASSERT_EQ(comparison["modes"].size(), 3u);
  const json& perplexity = comparison["modes"][0];
  EXPECT_EQ(perplexity["mode"], "perplexity");
  EXPECT_EQ(perplexity["threshold"], 1.05);
  EXPECT_EQ(perplexity["reject_loops"], true);
  EXPECT_EQ(perplexity["use"]["2"], 6);
  EXPECT_EQ(perplexity["bits_mean"], 5.5);
  EXPECT_EQ(perplexity["needs"], "perplexities");
  EXPECT_EQ(perplexity["auc"]["adequate"],
            json({{"value", 0.625}, {"low", 0.5}, {"high", 0.75}, {"right", 5}, {"wrong", 3}}));
  EXPECT_EQ(perplexity["auc_by_width"]["2"]["right"]["value"], 0.875);
  EXPECT_TRUE(perplexity["auc_by_width"]["2"]["adequate"].is_null());
  const json& kl = comparison["modes"][1];
  EXPECT_EQ(kl["labelled"], 0);
  for (const char* key : {"score", "seconds_mean", "bits_mean", "auc"}) {
    EXPECT_TRUE(kl[key].is_null()) << key;
  }
  EXPECT_EQ(kl["needs"], "paq labels measure, logits");
  EXPECT_EQ(comparison["pairs"], json::parse(R"([{"a": "perplexity", "b": "score", "prompts": 8,
                                                  "agreement": 0.75, "kappa": 0.5}])"));
  EXPECT_EQ(comparison["loops"]["2"]["accepted"], 1);
  EXPECT_TRUE(comparison["loops"]["16"]["perplexity_median"].is_null());
}

TEST(ModesCsv, HasALinePerModeAndColumnsForEveryOther) {
  EXPECT_EQ(modes_csv(example_modes()),
            "mode,version,threshold,reject_loops,labelled,prompts,score,seconds_mean,bits_mean,"
            "share_2,share_16,auc_right,auc_right_low,auc_right_high,auc_adequate,auc_adequate_low,"
            "auc_adequate_high,agreement_perplexity,kappa_perplexity,agreement_kl,kappa_kl,"
            "agreement_score,kappa_score\r\n"
            "perplexity,1,1.05,true,10,8,0.75,0.02,5.5,0.75,0.25,0.875,0.75,1,0.625,0.5,0.75,"
            ",,,,0.75,0.5\r\n"
            "kl,1,0.02,true,0,0,,,,,,,,,,,,,,,,,\r\n"
            "score,1,0,true,8,8,1,,9,0.5,0.5,,,,,,,0.75,0.5,,,,\r\n");
}

TEST(ModesLatex, HasTheModesWithLabelsAndHowFarTheyAgree) {
  const std::string tables = modes_latex(example_modes(), example_meta());
  EXPECT_THAT(tables,
              HasSubstr("\\begin{tabular}{lrrrrrrll}\n\\toprule\n"
                        "Label mode & Threshold & 2-bit \\% & 16-bit \\% & Score \\% & ms & Bits & "
                        "AUC right & AUC as good \\\\\n\\midrule\n"
                        "perplexity & 1.05 & 75.0 & 25.0 & 75.0 & 20.0 & 5.50 & "
                        "0.875 [0.750, 1.000] & 0.625 [0.500, 0.750] \\\\\n"
                        "score & 0 & 50.0 & 50.0 & 100.0 & -- & 9.00 & -- & -- \\\\\n"
                        "\\bottomrule\n"));
  EXPECT_THAT(tables, HasSubstr("\\begin{tabular}{lr}\n\\toprule\n & perplexity \\\\\n\\midrule\n"
                                "score & 75.0 (0.50) \\\\\n"));
  EXPECT_THAT(tables, HasSubstr("R\\&D\\_100\\% </script><b>"));
  EXPECT_THAT(tables, HasSubstr("the 8 of 10 prompts"));
  EXPECT_THAT(tables, Not(HasSubstr("kl")));
}

TEST(ModesLatex, HasNoColumnOfTimesWhereThereAreNone) {
  ModeComparison comparison = example_modes();
  comparison.modes.front().seconds.reset();
  const std::string tables = modes_latex(comparison, example_meta());
  EXPECT_THAT(tables, HasSubstr("\\begin{tabular}{lrrrrrll}"));
  EXPECT_THAT(tables, HasSubstr("Score \\% & Bits"));
  EXPECT_THAT(tables, Not(HasSubstr("latency")));
}

TEST(ModeComparison, CountsTheModesWithLabels) {
  EXPECT_EQ(labelling_modes(example_modes()), 2);
  EXPECT_EQ(labelling_modes({}), 0);
}

}  // namespace
}  // namespace paq
