// SPDX-License-Identifier: MIT
// The remote engine and paq label --engine against a real llama-server on the miniature: the
// answers and perplexities are the embedded engine's, and a server that is killed is ridden out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "core/testing/error_code.h"
#include "engine/embedded_engine.h"
#include "engine/remote_engine.h"
#include "fixtures.h"
#include "ladder/ladder_files.h"
#include "llama_server.h"
#include "mini/tasks.h"
#include "tasks/task.h"

namespace paq::testing {
namespace {

using ::testing::HasSubstr;

constexpr BitWidth kFour{4}, kSixteen{16};
constexpr int kContext = 512;  // The miniature's.
constexpr int kPromptsPerTask = 20;

class RemotePeer : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!LlamaServer::built()) return;
    folder_ = new TemporaryFolder;
    BuildLadderOptions options;
    options.bits = {kFour, kSixteen};
    ladder_ = new Ladder(
        build_ladder(std::filesystem::path(PAQ_SOURCE_DIR) / "assets" / "miniature-f16.gguf",
                     folder_->path() / "ladder", options));
  }
  static void TearDownTestSuite() {
    delete ladder_;
    delete folder_;
  }
  void SetUp() override {
    if (!LlamaServer::built()) {
      GTEST_SKIP() << "llama-server is not built; configure with -DPAQ_BUILD_PEERS=ON and build "
                      "the target llama-server";
    }
  }

  static std::filesystem::path file(BitWidth bits) {
    return ladder_->path_of(ladder_->variant(bits));
  }

  static RemoteEngineOptions options_for(const std::map<BitWidth, std::string>& urls) {
    RemoteEngineOptions options;
    for (const auto& [bits, url] : urls) {
      options.endpoints.push_back({.bits = bits, .url = url + "/v1"});
    }
    options.max_requests = 4;
    options.first_wait_seconds = 0.1;
    options.longest_wait_seconds = 1;
    return options;
  }

  static std::vector<Request> requests(PromptForm form, BitWidth bits) {
    std::vector<Request> all;
    for (const std::string_view task : mini_task_names()) {
      for (const Prompt& prompt : generate_mini_task(task, MiniSplit::kTest, kPromptsPerTask, 5)) {
        Request request;
        request.bits = bits;
        request.messages = prompt.messages;
        request.options.form = form;
        request.options.max_tokens = 48;
        // An end that comes in the middle of answers, and makes the answers of raw prompts end.
        if (form == PromptForm::kRaw) request.options.stop = {"e "};
        all.push_back(std::move(request));
      }
    }
    return all;
  }

  static std::vector<Completion> embedded(const std::vector<Request>& requests) {
    const auto engine = open_embedded_engine(
        *ladder_,
        {.context_tokens = kContext, .max_sequences = 4, .steady_attention = false, .threads = 1});
    return run_all(*engine, requests);
  }

  // Where the answers differ, why. The same texts in all but one of a hundred, for sums in floating
  // point depend on their order, and that on what else is in the batch.
  static void compare(const std::vector<Completion>& here, const std::vector<Completion>& there) {
    ASSERT_EQ(here.size(), there.size());
    ASSERT_GE(here.size(), 100u);
    size_t different = 0;
    double largest = 0;
    for (size_t i = 0; i < here.size(); ++i) {
      if (here[i].text != there[i].text) {
        ++different;
        std::printf("[ %zu ] here \"%s\" there \"%s\"\n", i, here[i].text.c_str(),
                    there[i].text.c_str());
        continue;
      }
      EXPECT_EQ(here[i].finish, there[i].finish) << i << ": " << here[i].text;
      EXPECT_EQ(here[i].prompt_tokens, there[i].prompt_tokens) << i;
      ASSERT_EQ(here[i].tokens.size(), there[i].tokens.size()) << i << ": " << here[i].text;
      for (size_t t = 0; t < here[i].tokens.size(); ++t) {
        EXPECT_EQ(here[i].tokens[t].id, there[i].tokens[t].id);
        EXPECT_EQ(here[i].tokens[t].text, there[i].tokens[t].text);
      }
      const double ours = perplexity(here[i].tokens).value();
      const double theirs = perplexity(there[i].tokens).value();
      largest = std::max(largest, std::abs(theirs / ours - 1));
      EXPECT_NEAR(theirs / ours, 1, 0.01) << i;
      EXPECT_GE(there[i].seconds, there[i].seconds_to_first_token);
      EXPECT_GT(there[i].seconds_to_first_token, 0);
    }
    std::printf("%zu of %zu texts differ; perplexities by %.2g at most\n", different, here.size(),
                largest);
    EXPECT_LE(different, here.size() / 100);
  }

  static inline TemporaryFolder* folder_ = nullptr;
  static inline Ladder* ladder_ = nullptr;
};

TEST_F(RemotePeer, ChatAnswersAreTheEmbeddedEngines) {
  for (const BitWidth bits : {kFour, kSixteen}) {
    LlamaServer server(file(bits));
    const RemoteEngine remote = open_remote_engine(options_for({{bits, server.url()}}));
    EXPECT_EQ(remote.models.at(0).server, RemoteServer::kLlamaServer);
    EXPECT_EQ(remote.engine->context_tokens(bits), kContext);
    check_remote_models(*ladder_, remote.models);
    const std::vector<Request> asked = requests(PromptForm::kChat, bits);
    compare(embedded(asked), run_all(*remote.engine, asked));
  }
}

TEST_F(RemotePeer, RawAnswersAndStopStringsAreTheEmbeddedEngines) {
  LlamaServer server(file(kSixteen));
  const RemoteEngine remote = open_remote_engine(options_for({{kSixteen, server.url()}}));
  const std::vector<Request> asked = requests(PromptForm::kRaw, kSixteen);
  const std::vector<Completion> there = run_all(*remote.engine, asked);
  compare(embedded(asked), there);
  const auto ended_by = [&](FinishReason reason) {
    return std::count_if(there.begin(), there.end(),
                         [&](const Completion& answer) { return answer.finish == reason; });
  };
  EXPECT_GT(ended_by(FinishReason::kStopString), 10) << "else this says nothing of stop strings";
  EXPECT_GT(ended_by(FinishReason::kEndOfTurn), 10);
}

TEST_F(RemotePeer, PromptsTooLongAreToldByThemselves) {
  LlamaServer server(file(kSixteen));
  const RemoteEngine remote = open_remote_engine(options_for({{kSixteen, server.url()}}));
  std::vector<Request> asked = requests(PromptForm::kChat, kSixteen);
  asked.resize(3);
  for (int i = 0; i < 600; ++i) asked[1].messages[0].content += " and so on";
  std::string said;
  asked[1].on_error = [&](const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kTooLong);
    said = error.what();
  };
  const std::vector<Completion> answers = run_all(*remote.engine, asked);
  EXPECT_THAT(said, HasSubstr("512 tokens"));
  EXPECT_FALSE(answers[0].tokens.empty());
  EXPECT_FALSE(answers[2].tokens.empty());
}

TEST_F(RemotePeer, ScoringIsRefused) {
  LlamaServer server(file(kSixteen));
  const RemoteEngine remote = open_remote_engine(options_for({{kSixteen, server.url()}}));
  ScoreRequest request;
  request.bits = kSixteen;
  request.messages = {{"user", "Hello"}};
  request.continuations = {{.text = "yes"}};
  EXPECT_EQ(code_of([&] { score_all(*remote.engine, {request}); }), ErrorCode::kUsage);
}

TEST_F(RemotePeer, KilledAndStartedAgainItLosesAndDoublesNothing) {
  LlamaServer server(file(kSixteen));
  const RemoteEngine remote = open_remote_engine(options_for({{kSixteen, server.url()}}));
  std::vector<Request> asked = requests(PromptForm::kChat, kSixteen);
  std::vector<Completion> answers(asked.size());
  std::vector<int> calls(asked.size(), 0);
  size_t done = 0;
  for (size_t i = 0; i < asked.size(); ++i) {
    asked[i].on_done = [&, i](const Completion& answer) {
      answers[i] = answer;
      ++calls[i];
      ++done;
    };
    remote.engine->submit(asked[i]);
  }
  for (const size_t moment : {20u, 60u, 100u}) {
    while (done < moment) ASSERT_TRUE(remote.engine->step());
    server.kill();
    const size_t before = done;
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(remote.engine->step());
    EXPECT_LE(done, before + 4) << "what was answered before the kill may still come in";
    server.start();
  }
  while (remote.engine->step()) {
  }
  EXPECT_EQ(calls, std::vector<int>(asked.size(), 1));
  for (Request& request : asked) request.on_done = nullptr;
  compare(embedded(asked), answers);
}

// (id, width) -> outcome without what differs from run to run.
std::map<std::pair<std::string, std::string>, nlohmann::json> outcomes_of(
    const std::string& store) {
  const RunResult exported = run_paq({"outcomes", "export", "-", "--store", store});
  EXPECT_TRUE(succeeded(exported));
  std::map<std::pair<std::string, std::string>, nlohmann::json> outcomes;
  std::istringstream lines(exported.out);
  for (std::string line; std::getline(lines, line);) {
    const auto prompt = nlohmann::json::parse(line);
    for (const auto& [bits, outcome] : prompt.at("outcomes").items()) {
      EXPECT_TRUE(outcomes.emplace(std::pair(prompt.at("id"), bits), outcome).second);
    }
  }
  return outcomes;
}

class RemoteLabel : public RemotePeer {
 protected:
  void SetUp() override {
    RemotePeer::SetUp();
    if (IsSkipped()) return;
    // Of the kind that the miniature knows: on others its answers hang by the last bit, and the
    // server's own perplexities differ by a tenth with and without flash attention.
    std::string text;
    for (const Prompt& prompt : generate_mini_task("mini-gsm8k", MiniSplit::kTest, kPrompts, 5)) {
      text += prompt_line(prompt) + "\n";
    }
    write_text(own_ / "prompts.jsonl", text);
  }

  std::vector<std::string> label(const std::string& store,
                                 const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"label",
                                          "--store",
                                          own_ / store,
                                          "--task",
                                          "mini-gsm8k=" + (own_ / "prompts.jsonl"),
                                          "--concurrency",
                                          "4",
                                          "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  // Enough of them that a run lasts seconds.
  std::vector<std::string> label_many(const std::string& store,
                                      const std::vector<std::string>& more) const {
    write_prompts(own_ / "many.jsonl", kManyPrompts);
    std::vector<std::string> arguments = label(store, more);
    arguments[4] = "mini-gsm8k=" + (own_ / "many.jsonl");
    return arguments;
  }

  int64_t outcomes(const std::string& store) const {
    const RunResult exported = run_paq({"outcomes", "export", "-", "--store", own_ / store});
    if (exported.exit_code != 0) return 0;  // Not yet there.
    return std::count(exported.out.begin(), exported.out.end(), '\n');
  }

  static std::string engine(BitWidth bits, const LlamaServer& server) {
    return to_string(bits) + "=" + server.url();
  }

  static constexpr int kPrompts = 60;
  static constexpr int kManyPrompts = 1500;
  TemporaryFolder own_;
  const std::string folder_of_ladder_ =
      folder_ ? (folder_->path() / "ladder").string() : std::string();
};

TEST_F(RemoteLabel, WithTheLaddersFolderTheOutcomesAreTheLadders) {
  LlamaServer four(file(kFour)), sixteen(file(kSixteen));
  const std::vector<std::string> engines = {"--ladder", folder_of_ladder_,
                                            "--engine", engine(kSixteen, sixteen),
                                            "--engine", engine(kFour, four)};
  const RunResult remote = run_paq(label("remote.db", engines));
  ASSERT_TRUE(succeeded(remote));
  EXPECT_EQ(nlohmann::json::parse(remote.out).at("added"), 2 * kPrompts);
  ASSERT_TRUE(
      succeeded(run_paq(label("local.db", {"--ladder", folder_of_ladder_, "--context", "512",
                                           "--threads", "1", "--attention", "fast"}))));
  const auto there = outcomes_of(own_ / "remote.db");
  const auto here = outcomes_of(own_ / "local.db");
  ASSERT_EQ(there.size(), here.size());
  int different = 0;
  for (const auto& [key, outcome] : here) {
    const nlohmann::json& other = there.at(key);
    if (outcome.at("response") != other.at("response")) {
      ++different;
      continue;
    }
    EXPECT_EQ(outcome.at("score"), other.at("score"));
    EXPECT_EQ(outcome.at("tokens"), other.at("tokens"));
    EXPECT_EQ(outcome.at("token_ids"), other.at("token_ids"));
    // Quantised matrices round the activations too, which makes more of the order of sums: alone
    // and in a batch the embedded engine itself differs by 0.7 % on these very short answers.
    const double tolerance = key.second == "16" ? 0.01 : 0.03;
    EXPECT_NEAR(outcome.at("perplexity").get<double>() / other.at("perplexity").get<double>(), 1,
                tolerance)
        << key.first << " at " << key.second << " bits";
  }
  EXPECT_LE(different, 1);

  // The embedded engine goes on where the servers ended, and the other way round.
  const RunResult again = run_paq(label("remote.db", {"--ladder", folder_of_ladder_}));
  EXPECT_EQ(nlohmann::json::parse(again.out).at("already_there"), 2 * kPrompts);

  const RunResult swapped =
      run_paq(label("swapped.db", {"--ladder", folder_of_ladder_, "--engine",
                                   engine(kFour, sixteen), "--engine", engine(kSixteen, four)}));
  EXPECT_TRUE(failed_with_one_line(swapped, "4-bit endpoint serves"));
}

TEST_F(RemoteLabel, WithoutALadderTheModelsAreTheLadder) {
  LlamaServer four(file(kFour)), sixteen(file(kSixteen));
  const RunResult first = run_paq(
      label("paq.db", {"--engine", engine(kFour, four), "--engine", engine(kSixteen, sixteen)}));
  ASSERT_TRUE(succeeded(first));
  EXPECT_EQ(nlohmann::json::parse(first.out).at("added"), 2 * kPrompts);
  // The same models elsewhere.
  LlamaServer moved(file(kFour));
  const RunResult again = run_paq(
      label("paq.db", {"--engine", engine(kFour, moved), "--engine", engine(kSixteen, sixteen)}));
  ASSERT_TRUE(succeeded(again));
  EXPECT_EQ(nlohmann::json::parse(again.out).at("already_there"), 2 * kPrompts);
  EXPECT_TRUE(succeeded(run_paq({"thresholds", "--store", own_ / "paq.db"})));
}

TEST_F(RemoteLabel, ServerKilledMidRunAndStartedAgainIsRiddenOut) {
  LlamaServer sixteen(file(kSixteen));
  BackgroundRun run(label_many("killed.db", {"--engine", engine(kSixteen, sixteen)}));
  while (!run.ended() && outcomes("killed.db") < 5) {
  }
  sixteen.kill();
  EXPECT_FALSE(run.ended()) << "too few prompts for this test";
  sixteen.start();
  const RunResult& result = run.wait();
  ASSERT_TRUE(succeeded(result));
  EXPECT_EQ(nlohmann::json::parse(result.out).at("added"), kManyPrompts);
  EXPECT_EQ(outcomes_of(own_ / "killed.db").size(), static_cast<size_t>(kManyPrompts));
}

TEST_F(RemoteLabel, ServerThatStaysAwayEndsTheRunWithAllFinishedWorkKept) {
  LlamaServer sixteen(file(kSixteen));
  const std::vector<std::string> arguments =
      label_many("away.db", {"--engine", engine(kSixteen, sixteen), "--engine-patience", "1"});
  BackgroundRun run(arguments);
  while (!run.ended() && outcomes("away.db") < 5) {
  }
  sixteen.kill();
  const RunResult& result = run.wait();
  EXPECT_TRUE(failed_with_one_line(result, "run the same command again"));
  EXPECT_THAT(result.err, HasSubstr(sixteen.url()));
  const int64_t kept = outcomes("away.db");
  EXPECT_GE(kept, 5);
  sixteen.start();
  const RunResult last = run_paq(arguments);
  ASSERT_TRUE(succeeded(last));
  EXPECT_EQ(nlohmann::json::parse(last.out).at("already_there"), kept);
  EXPECT_EQ(outcomes_of(own_ / "away.db").size(), static_cast<size_t>(kManyPrompts));
}

}  // namespace
}  // namespace paq::testing
