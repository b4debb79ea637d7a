// SPDX-License-Identifier: MIT
// Whole commands and what they print, on random models and on outcomes measured elsewhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "fixtures.h"

namespace paq::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

bool has_paq_train() { return std::filesystem::exists(std::string(PAQ_BIN_DIR) + "/paq-train"); }

TEST(Help, EveryCommandHasAnExample) {
  for (const std::vector<std::string>& command : {std::vector<std::string>{"ladder", "build"},
                                                  {"ladder", "add"},
                                                  {"ladder", "show"},
                                                  {"ladder", "verify"},
                                                  {"tasks"},
                                                  {"label"},
                                                  {"thresholds"},
                                                  {"outcomes", "import"},
                                                  {"outcomes", "export"},
                                                  {"train"},
                                                  {"route"},
                                                  {"run"},
                                                  {"eval"},
                                                  {"calibrate"},
                                                  {"bench"},
                                                  {"report"},
                                                  {"demo"}}) {
    std::vector<std::string> arguments = command;
    if (command.front() == "train" && !has_paq_train()) continue;
    arguments.push_back("--help");
    const RunResult result = run_paq(arguments);
    EXPECT_TRUE(succeeded(result)) << command.front();
    EXPECT_THAT(result.out, HasSubstr("Example: paq")) << command.front();
    EXPECT_THAT(result.out, HasSubstr("--json")) << command.front();
  }
  EXPECT_TRUE(succeeded(run_paq({"--version"})));
}

TEST(Ladder, IsBuiltShownAndVerified) {
  const TemporaryFolder folder;
  write_tiny_model(folder / "base.gguf");
  const RunResult built = run_paq({"ladder", "build", folder / "base.gguf", "--out",
                                   folder / "ladder", "--type", "2=TQ2_0", "--json"});
  ASSERT_TRUE(succeeded(built));
  const json ladder = json::parse(built.out);
  ASSERT_EQ(ladder.at("variants").size(), 4u);
  EXPECT_EQ(ladder["variants"][0]["type"], "TQ2_0");
  EXPECT_EQ(ladder["variants"][1]["type"], "Q4_K_M");
  EXPECT_EQ(ladder["variants"][2]["type"], "Q8_0");
  EXPECT_EQ(ladder["variants"][3]["type"], "F16");
  EXPECT_LT(ladder["variants"][0]["bits_per_weight"], ladder["variants"][3]["bits_per_weight"]);
  EXPECT_EQ(json::parse(run_paq({"ladder", "show", folder / "ladder", "--json"}).out), ladder);
  EXPECT_TRUE(succeeded(run_paq({"ladder", "verify", folder / "ladder"})));

  const std::string file = ladder["variants"][1]["file"];
  std::string bytes = read_text(folder.path() / "ladder" / file);
  bytes[bytes.size() - 100] ^= 1;
  write_text(folder.path() / "ladder" / file, bytes);
  const RunResult verified = run_paq({"ladder", "verify", folder / "ladder", "--json"});
  EXPECT_EQ(verified.exit_code, 1);
  EXPECT_EQ(json::parse(verified.out).at("ok"), false);
}

TEST(Run, AnswersAtTheWidthThatIsAskedFor) {
  const TemporaryFolder folder;
  write_tiny_model(folder / "base.gguf");
  ASSERT_TRUE(succeeded(run_paq(
      {"ladder", "build", folder / "base.gguf", "--out", folder / "ladder", "--bits", "4,8"})));
  const std::vector<std::string> ask = {
      "run", "--ladder", folder / "ladder", "--bits", "8", "--max-tokens", "12"};
  auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = ask;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  };
  const RunResult first = run_paq(with({"hello", "--json"}));
  ASSERT_TRUE(succeeded(first));
  const json answer = json::parse(first.out);
  EXPECT_EQ(answer.at("bits"), 8);
  EXPECT_LE(answer.at("tokens"), 12);
  EXPECT_GE(answer.at("perplexity"), 1);
  EXPECT_EQ(json::parse(run_paq(with({"-", "--json"}), {.input = "hello\n"}).out).at("text"),
            answer.at("text"));
  const RunResult streamed = run_paq(with({"hello"}));
  EXPECT_THAT(streamed.err, HasSubstr("[8-bit"));
  EXPECT_THAT(streamed.err, HasSubstr("tokens/s"));
}

TEST(Bench, MeasuresEveryWidth) {
  const TemporaryFolder folder;
  write_tiny_model(folder / "base.gguf");
  ASSERT_TRUE(succeeded(run_paq(
      {"ladder", "build", folder / "base.gguf", "--out", folder / "ladder", "--bits", "4,8"})));
  const RunResult result =
      run_paq({"bench", "--ladder", folder / "ladder", "--prompt-tokens", "24", "--answer-tokens",
               "6", "--rounds", "3", "--out", folder / "costs.json", "--json"});
  ASSERT_TRUE(succeeded(result));
  const json costs = json::parse(result.out);
  EXPECT_EQ(json::parse(read_text(folder / "costs.json")), costs);
  EXPECT_EQ(costs.at("unit"), "seconds");
  EXPECT_NEAR(costs.at("prompt_tokens").get<int>(), 24, 8);
  EXPECT_EQ(costs.at("answer_tokens"), 6);
  EXPECT_EQ(costs.at("router_seconds"), nullptr);
  ASSERT_EQ(costs.at("variants").size(), 2u);
  for (const json& variant : costs["variants"]) {
    const double prompt = costs["prompt_tokens"].get<double>() /
                          variant.at("prefill_tokens_per_second").get<double>();
    const double answer = 5 / variant.at("decode_tokens_per_second").get<double>();
    EXPECT_GT(prompt, 0);
    EXPECT_GT(answer, 0);
    EXPECT_LE(variant.at("cost_least"), variant.at("cost"));
    EXPECT_LE(variant.at("cost"), variant.at("cost_most"));
    // The medians of parts and of the whole are of the same rounds.
    EXPECT_GE(prompt + answer, variant["cost_least"].get<double>() / 2);
    EXPECT_LE(prompt + answer, variant["cost_most"].get<double>() * 2);
  }
  EXPECT_TRUE(failed_with_one_line(
      run_paq({"bench", "--ladder", folder / "ladder", "--context", "16"}), "context"));
}

// Outcomes of a ladder with widths 2, 4 and 8 that is not at hand.
class Imported : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!has_paq_train()) return;
    folder_ = new TemporaryFolder;
    write_learnable_outcomes(*folder_ / "measured.jsonl", 600);
    ASSERT_TRUE(succeeded(run_paq(
        {"outcomes", "import", *folder_ / "measured.jsonl", "--store", *folder_ / "s.db"})));
    const RunResult trained =
        run_paq({"train", "--store", *folder_ / "s.db", "--tau", "1.13", "--out",
                 *folder_ / "router.gguf", "--size", "tiny", "--seed", "1", "--json"});
    ASSERT_TRUE(succeeded(trained));
    EXPECT_TRUE(json::accept(trained.out)) << trained.out;
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }

  void SetUp() override {
    if (folder_ == nullptr) GTEST_SKIP() << "this build has no paq-train";
  }

  static TemporaryFolder* folder_;
};
TemporaryFolder* Imported::folder_ = nullptr;

TEST_F(Imported, TrainingThatCannotPrintItsResultSaysSo) {
  const std::vector<std::string> train = {
      "train",    "--store", *folder_ / "s.db", "--tau", "1.13", "--out", *folder_ / "full.gguf",
      "--epochs", "1",       "--max-per-task",  "30"};
  EXPECT_TRUE(
      failed_with_one_line(run_paq(train, {.output_file = "/dev/full"}), "standard output"));
  EXPECT_TRUE(refused_with_one_line(run_paq({"train", "--store"}), "paq train --help"));
}

TEST_F(Imported, ExportGivesBackWhatWasImported) {
  const RunResult exported = run_paq({"outcomes", "export", "-", "--store", *folder_ / "s.db"});
  ASSERT_TRUE(succeeded(exported));
  write_text(*folder_ / "again.jsonl", exported.out);
  ASSERT_TRUE(succeeded(
      run_paq({"outcomes", "import", *folder_ / "again.jsonl", "--store", *folder_ / "t.db"})));
  EXPECT_EQ(run_paq({"outcomes", "export", "-", "--store", *folder_ / "t.db"}).out, exported.out);
  EXPECT_EQ(std::count(exported.out.begin(), exported.out.end(), '\n'), 600);
}

TEST_F(Imported, ThresholdsCountTheLabels) {
  const RunResult result =
      run_paq({"thresholds", "--store", *folder_ / "s.db", "--tau", "1.01,1.13,2", "--json"});
  ASSERT_TRUE(succeeded(result));
  const json thresholds = json::parse(result.out).at("thresholds");
  EXPECT_EQ(thresholds[0]["use"], json::parse(R"({"2": 0, "4": 0, "8": 600})"));
  EXPECT_EQ(thresholds[1]["use"], json::parse(R"({"2": 200, "4": 200, "8": 200})"));
  EXPECT_EQ(thresholds[2]["use"], json::parse(R"({"2": 600, "4": 0, "8": 0})"));
  EXPECT_NEAR(thresholds[1]["score"], 1.0, 1e-12);
  EXPECT_NEAR(thresholds[1]["seconds_mean"], 0.02, 1e-12);
}

TEST_F(Imported, EvaluationHasTheDocumentedKeys) {
  const RunResult result = run_paq({"eval", "--router", *folder_ / "router.gguf", "--store",
                                    *folder_ / "s.db", "--json", "--html", *folder_ / "r.html"});
  ASSERT_TRUE(succeeded(result));
  const json evaluation = json::parse(result.out);
  std::vector<std::string> names;
  for (const json& strategy : evaluation.at("strategies")) {
    names.push_back(strategy.at("name"));
    for (const char* task : {"mini-drop", "mini-gsm8k"}) {
      EXPECT_EQ(strategy.at("tasks").at(task).at("n"), 150);
    }
  }
  EXPECT_THAT(names,
              ::testing::IsSupersetOf({"fixed-2", "fixed-4", "fixed-8", "best-fixed", "router",
                                       "random", "random-mix", "labels", "oracle"}));
  EXPECT_NEAR(evaluation["strategies"][0]["score"], 1.0 / 3, 1e-9);
  EXPECT_NEAR(evaluation["strategies"][1]["score"], 2.0 / 3, 1e-9);
  EXPECT_NEAR(evaluation["strategies"][1]["seconds_mean"], 0.02, 1e-9);
  EXPECT_NEAR(evaluation["router"]["majority_baseline"], 1.0 / 3, 1e-9);
  // The first word gives the label away: a router that has learned anything does well.
  EXPECT_GT(evaluation["router"]["label_accuracy"], 0.8);
  EXPECT_EQ(evaluation["meta"]["tau"], 1.13);
  const std::string page = read_text(*folder_ / "r.html");
  EXPECT_THAT(page, HasSubstr("</html>"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const char* load : {"src=\"http", "href=\"http", "url(http", "@import"}) {
    EXPECT_THAT(page, Not(HasSubstr(load)));
  }
}

TEST_F(Imported, RouteGivesProbabilities) {
  const RunResult result =
      run_paq({"route", "--router", *folder_ / "router.gguf", "say red lamp", "--json"});
  ASSERT_TRUE(succeeded(result));
  const json decision = json::parse(result.out);
  double sum = 0;
  for (const auto& [bits, probability] : decision.at("probabilities").items()) {
    sum += probability.get<double>();
  }
  EXPECT_NEAR(sum, 1, 1e-5);
  EXPECT_TRUE(decision["probabilities"].contains(std::to_string(decision["bits"].get<int>())));
}

TEST_F(Imported, RouterOfOtherWidthsIsRefusedWithBothLists) {
  write_tiny_model(*folder_ / "base.gguf");
  ASSERT_TRUE(succeeded(run_paq({"ladder", "build", *folder_ / "base.gguf", "--out",
                                 *folder_ / "ladder", "--bits", "4,16"})));
  for (const RunResult& result :
       {run_paq(
            {"run", "--ladder", *folder_ / "ladder", "--router", *folder_ / "router.gguf", "x"}),
        run_paq({"eval", "--ladder", *folder_ / "ladder", "--router", *folder_ / "router.gguf",
                 "--store", *folder_ / "s.db"})}) {
    EXPECT_TRUE(failed_with_one_line(result, "2,4,8"));
    EXPECT_TRUE(failed_with_one_line(result, "4,16"));
  }
}

TEST_F(Imported, PoliciesSayWhatTheyLack) {
  const auto route = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"route", "--router", *folder_ / "router.gguf", "say red"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_paq(arguments);
  };
  EXPECT_TRUE(refused_with_one_line(route({"--policy", "cheapest"}), "expected argmax"));
  EXPECT_TRUE(refused_with_one_line(route({"--policy", "floor:5"}), "expected a share above 0"));
  EXPECT_TRUE(refused_with_one_line(route({"--policy", "floor:0.1"}), "paq calibrate"));
  EXPECT_TRUE(refused_with_one_line(route({"--policy", "expected-cost:1"}), "paq bench"));

  write_text(*folder_ / "two.json",
             R"({"format": 1, "unit": "cents", "variants": [{"bits": 2, "cost": 1},)"
             R"({"bits": 4, "cost": 2}]})");
  const std::vector<std::string> priced = {"--policy", "expected-cost:1", "--costs"};
  const auto with_costs = [&](const std::string& file) {
    std::vector<std::string> arguments = priced;
    arguments.push_back(file);
    return route(arguments);
  };
  EXPECT_TRUE(refused_with_one_line(with_costs(*folder_ / "two.json"),
                                    "has no cost at 8 bits, only at 2,4"));
  write_text(*folder_ / "bad.json", R"({"format": 1, "variants": []})");
  EXPECT_TRUE(failed_with_one_line(with_costs(*folder_ / "bad.json"), "is no file of costs"));
  write_text(*folder_ / "text.json", "costs");
  EXPECT_TRUE(failed_with_one_line(with_costs(*folder_ / "text.json"), "it is no JSON"));
  EXPECT_TRUE(failed_with_one_line(with_costs(*folder_ / "absent.json"), "absent.json"));
  EXPECT_TRUE(refused_with_one_line(
      run_paq({"run", "--ladder", *folder_ / "none", "--policy", "argmax", "x"}),
      "give --router FILE"));

  const auto calibrate = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        "calibrate",       "--router", *folder_ / "router.gguf", "--store",
        *folder_ / "s.db", "--out",    *folder_ / "not.gguf"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_paq(arguments);
  };
  EXPECT_TRUE(refused_with_one_line(calibrate({}), "no prompts of the split validation"));
  EXPECT_TRUE(refused_with_one_line(calibrate({"--split", "train"}), "what routers learn from"));
  EXPECT_TRUE(refused_with_one_line(calibrate({"--split", "test", "--policy", "floor:0.001:0.99"}),
                                    "takes 4603 at least"));
  EXPECT_FALSE(std::filesystem::exists(*folder_ / "not.gguf"));
  EXPECT_TRUE(refused_with_one_line(
      run_paq({"calibrate", "--router", *folder_ / "router.gguf", "--store", *folder_ / "s.db",
               "--split", "test", "--out", *folder_ / "router.gguf"}),
      "router.gguf"));
}

TEST_F(Imported, ACalibratedRouterKeepsToItsPolicies) {
  const RunResult calibrated = run_paq(
      {"calibrate", "--router", *folder_ / "router.gguf", "--store", *folder_ / "s.db", "--split",
       "test", "--out", *folder_ / "calibrated.gguf", "--policy", "floor:0.1", "--json"});
  ASSERT_TRUE(succeeded(calibrated));
  const json result = json::parse(calibrated.out);
  // Short prompts come in the train split as well.
  EXPECT_EQ(result.at("prompts").get<int>() + result.at("left_out_as_training_prompts").get<int>() +
                result.at("left_out_as_same_passage").get<int>(),
            300);
  EXPECT_GT(result["left_out_as_training_prompts"], 0);
  EXPECT_EQ(result.at("policy"), "floor:0.1");
  EXPECT_NEAR(result.at("costs").at("costs").at("4"), 0.02, 1e-12);
  for (const json& floor : result.at("floor")) {
    const bool enough = result["prompts"] >= floor.at("needed");
    EXPECT_EQ(floor.at("threshold").is_number(), enough);
    if (enough) EXPECT_LE(floor.at("failures"), floor.at("allowed"));
  }

  const RunResult routed =
      run_paq({"route", "--router", *folder_ / "calibrated.gguf", "say red lamp", "--json"});
  ASSERT_TRUE(succeeded(routed));
  const json decision = json::parse(routed.out);
  EXPECT_EQ(decision.at("policy"), "floor:0.1");
  EXPECT_TRUE(decision.at("threshold").is_number());
  EXPECT_EQ(decision.at("adequate").at("8"), 1);
  const json before = json::parse(
      run_paq({"route", "--router", *folder_ / "router.gguf", "say red lamp", "--json"}).out);
  EXPECT_EQ(before.at("policy"), "argmax");
  EXPECT_EQ(before.at("logits"), decision.at("logits")) << "the weights are the same";

  const RunResult evaluated =
      run_paq({"eval", "--router", *folder_ / "calibrated.gguf", "--store", *folder_ / "s.db",
               "--policy", "floor:0.1", "--policy", "expected-cost:0", "--policy",
               "expected-cost:1000", "--policy", "argmax", "--policy", "argmax", "--json"});
  ASSERT_TRUE(succeeded(evaluated));
  const json evaluation = json::parse(evaluated.out);
  const json& policies = evaluation.at("policies");
  ASSERT_EQ(policies.size(), 4u);
  EXPECT_EQ(policies[0].at("name"), "floor:0.1");
  EXPECT_EQ(policies[0].at("allowed"), 0.1);
  EXPECT_EQ(policies[0].at("labelled"), 300);
  // The prompts that chose the threshold are among these.
  EXPECT_LE(policies[0].at("inadequate"), 30);
  EXPECT_EQ(policies[1].at("allowed"), nullptr);
  EXPECT_EQ(policies[1].at("inadequate"), 200) << "a third is adequate at 2 bits";
  const auto score = [&](const std::string& name) {
    for (const json& strategy : evaluation.at("strategies")) {
      if (strategy.at("name") == name) return strategy.at("score").get<double>();
    }
    ADD_FAILURE() << name;
    return -1.0;
  };
  EXPECT_EQ(score("expected-cost:0"), score("fixed-2"));
  EXPECT_NEAR(score("expected-cost:0-mix"), score("fixed-2"), 1e-9);
  EXPECT_NEAR(score("argmax"), score("router"), 1e-9);
  EXPECT_NEAR(score("argmax-mix"), score("random-mix"), 1e-9);
  EXPECT_GT(score("expected-cost:1000"), 0.99);
  const RunResult table =
      run_paq({"eval", "--router", *folder_ / "calibrated.gguf", "--store", *folder_ / "s.db"});
  ASSERT_TRUE(succeeded(table));
  EXPECT_THAT(table.out, HasSubstr("below label %"));
  EXPECT_THAT(table.out, HasSubstr("calibrated with prompts of the split test"));
  EXPECT_THAT(table.out, HasSubstr("floor:0.1-mix"));
}

TEST_F(Imported, TheRouterIsNoLanguageModel) {
  EXPECT_TRUE(failed_with_one_line(
      run_paq({"ladder", "build", *folder_ / "router.gguf", "--out", *folder_ / "none"}),
      "router.gguf"));
  for (const std::string& name : files_below(*folder_ / "none")) ADD_FAILURE() << name;
}

}  // namespace
}  // namespace paq::testing
