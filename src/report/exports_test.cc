// SPDX-License-Identifier: MIT
#include "report/exports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/example_evaluation.h"

namespace paq {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(EvaluationCsv, HasALinePerStrategyAndTask) {
  EXPECT_THAT(
      evaluation_csv(example_evaluation()),
      StartsWith("strategy,task,prompts,score,score_low,score_high,seconds_mean,seconds_median,"
                 "seconds_p95,bits_mean,share_2,share_16\r\n"
                 "fixed-2,,10,0.5,,,0.01,,,9,0.25,0.75\r\n"
                 "fixed-2,squad_2,5,0.5,,,0.01,,,9,,\r\n"
                 "fixed-2,\"a,\"\"b\"\"\",5,0.5,,,0.01,,,9,,\r\n"
                 "fixed-16,,10,0.875,,,,,,9,0.25,0.75\r\n"));
}

TEST(EvaluationCsv, HasTheRoutersInterval) {
  EXPECT_THAT(evaluation_csv(example_evaluation()),
              HasSubstr("router,,10,0.85,0.8,0.9,0.02,,,9,0.25,0.75\r\n"
                        "router,squad_2,5,0.85,,,0.02,,,9,0.4,0.6\r\n"));
}

TEST(EvaluationLatex, HasThePapersLayoutAndEscapesTexts) {
  const std::string table = evaluation_latex(example_evaluation(), example_meta());
  EXPECT_THAT(table, HasSubstr("\\begin{tabular}{lrrrrrr}\n\\toprule\n"
                               " & \\multicolumn{2}{c}{squad\\_2} & \\multicolumn{2}{c}{a,\"b\"}"
                               " & \\multicolumn{2}{c}{Mean} \\\\\n"
                               "\\cmidrule(lr){2-3}\\cmidrule(lr){4-5}\\cmidrule(lr){6-7}\n"
                               "Strategy & \\% & ms & \\% & ms & \\% & ms \\\\\n\\midrule\n"
                               "fixed-2 & 50.0 & 10.0 & 50.0 & 10.0 & 50.0 & 10.0 \\\\\n"
                               "fixed-16 & 87.5 & -- & 87.5 & -- & 87.5 & -- \\\\\n"));
  EXPECT_THAT(table, HasSubstr("R\\&D\\_100\\% </script><b>"));
  EXPECT_THAT(table, HasSubstr("$\\tau = 1.13$"));
}

TEST(EvaluationLatex, HasNoColumnsOfTimesWhereThereAreNone) {
  Evaluation evaluation = example_evaluation();
  for (StrategyResult& strategy : evaluation.strategies) {
    strategy.seconds_mean.reset();
    for (auto& [task, result] : strategy.tasks) result.seconds_mean.reset();
  }
  const std::string table = evaluation_latex(evaluation, example_meta());
  EXPECT_THAT(
      table, HasSubstr("\\begin{tabular}{l" + std::string(evaluation.tasks.size() + 1, 'r') + "}"));
  EXPECT_THAT(table, HasSubstr("\\multicolumn{1}{c}{Mean}"));
  EXPECT_THAT(table, Not(HasSubstr("latency")));
  EXPECT_THAT(table, Not(HasSubstr("--")));
}

TEST(EvaluationLatex, KeepsItsCommentOnOneLine) {
  ReportMeta meta = example_meta();
  meta.machine = "two\nlines";
  EXPECT_THAT(evaluation_latex(example_evaluation(), meta),
              StartsWith("% Written by paq report from 2026-01-02T03:04:05Z, two lines\n% \\use"));
}

}  // namespace
}  // namespace paq
