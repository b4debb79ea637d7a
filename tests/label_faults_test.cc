// SPDX-License-Identifier: MIT
// What goes wrong under a run of labelling: a disk that fills up, a store that is damaged, servers
// that go away or never were what they should be. Each ends in one line that says what to do, with
// all finished work kept, and the same command goes on from there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "engine/remote_test_server.h"
#include "fixtures.h"
#include "stored_outcomes.h"

namespace paq::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using Call = RemoteTestServer::Call;

constexpr int kPrompts = 60;

class LabelFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    write_tiny_model(folder_ / "base.gguf");
    write_prompts(folder_ / "prompts.jsonl", kPrompts);
    ASSERT_TRUE(succeeded(run_paq(
        {"ladder", "build", folder_ / "base.gguf", "--out", folder_ / "ladder", "--bits", "2,4"})));
  }

  // One prompt at a time, so that the answers are the same to the last digit.
  std::vector<std::string> label(const std::string& store) const {
    return {"label",
            "--ladder",
            folder_ / "ladder",
            "--store",
            store,
            "--task",
            "mini-gsm8k=" + (folder_ / "prompts.jsonl"),
            "--concurrency",
            "1",
            "--json"};
  }

  // The run that `failed` was goes on, to what an undisturbed one gives.
  void expect_to_go_on(const std::string& store) {
    const Outcomes kept = outcomes_of(store);
    EXPECT_GT(kept.size(), 0u) << "it failed before anything was finished";
    EXPECT_LT(kept.size(), 2u * kPrompts) << "it did not fail in the middle";
    const RunResult last = run_paq(label(store));
    ASSERT_TRUE(succeeded(last));
    const json summary = json::parse(last.out);
    EXPECT_EQ(summary.at("already_there"), kept.size());
    EXPECT_EQ(summary.at("added"), 2 * kPrompts - kept.size());
    ASSERT_TRUE(succeeded(run_paq(label(folder_ / "whole.db"))));
    EXPECT_EQ(outcomes_of(store), outcomes_of(folder_ / "whole.db"));
  }

  TemporaryFolder folder_;
};

// A limit on the size of files stands in for a disk that is full: it needs no privilege.
TEST_F(LabelFaults, StoreThatMayNotGrowKeepsWhatIsFinished) {
  const std::string store = folder_ / "s.db";
  const RunResult full = run_paq(label(store), {.largest_file = 250'000});
  EXPECT_TRUE(failed_with_one_line(full, "s.db"));
  EXPECT_THAT(full.err, HasSubstr("free some space"));
  EXPECT_THAT(full.err, HasSubstr("run the command again"));
  expect_to_go_on(store);
}

TEST_F(LabelFaults, FullDiskKeepsWhatIsFinished) {
  const fs::path small = folder_.path() / "small";
  fs::create_directory(small);
  if (mount("paq-test", small.c_str(), "tmpfs", 0, "size=320k") != 0) {
    GTEST_SKIP() << "mounting a small tmpfs is not permitted here; a limit on the size of files "
                    "stands in for it in the test before";
  }
  const RunResult full = run_paq(label((small / "s.db").string()));
  const int grown = mount("paq-test", small.c_str(), "tmpfs", MS_REMOUNT, "size=64m");
  EXPECT_TRUE(failed_with_one_line(full, "s.db: the disk is full"));
  EXPECT_THAT(full.err, HasSubstr("run the command again"));
  if (grown == 0) expect_to_go_on((small / "s.db").string());
  umount(small.c_str());
  EXPECT_EQ(grown, 0);
}

class DamagedStore : public LabelFaults {
 protected:
  void SetUp() override {
    LabelFaults::SetUp();
    ASSERT_TRUE(succeeded(run_paq(label(store()))));
    whole_ = read_text(store());
    ASSERT_GT(whole_.size(), 40'000u);
    ASSERT_FALSE(fs::exists(store() + "-wal")) << "a log would stand in for what is damaged";
  }

  std::string store() const { return folder_ / "s.db"; }

  // Whoever wants to save what is left finds it as it was.
  void expect_refused_and_untouched(const std::string& damaged) {
    for (const auto& arguments :
         {label(store()),
          std::vector<std::string>{"outcomes", "export", "-", "--store", store()}}) {
      write_text(store(), damaged);
      const RunResult result = run_paq(arguments);
      EXPECT_EQ(result.exit_code, 1) << result.err;
      EXPECT_THAT(result.err, HasSubstr("s.db is damaged"));
      EXPECT_THAT(result.err, HasSubstr("restore a copy"));
      EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1);
      EXPECT_TRUE(read_text(store()) == damaged) << arguments[0] << " changed the file";
    }
    // A copy that is restored is as good as ever.
    write_text(store(), whole_);
    const RunResult restored = run_paq(label(store()));
    ASSERT_TRUE(succeeded(restored));
    EXPECT_EQ(json::parse(restored.out).at("already_there"), 2 * kPrompts);
  }

  std::string whole_;
};

TEST_F(DamagedStore, WithBytesOverwritten) {
  std::string damaged = whole_;
  std::fill(damaged.begin() + 8192, damaged.end() - 4096, '\xAA');
  expect_refused_and_untouched(damaged);
}

TEST_F(DamagedStore, CutOffInTheMiddle) {
  expect_refused_and_untouched(whole_.substr(0, whole_.size() / 2 / 4096 * 4096));
  expect_refused_and_untouched(whole_.substr(0, whole_.size() / 2 + 100));
}

const std::string kOneModel = R"({"data": [{"id": "m", "owned_by": "someone"}]})";

void answer_prompt(const Call& call) {
  call.begin_stream();
  call.send(event(R"({"choices": [{"delta": {"content": "42"}, "logprobs": )"
                  R"({"content": [{"token": "42", "logprob": -0.25}]}}]})") +
            event(R"({"choices": [{"delta": {}, "finish_reason": "stop"}]})") +
            event(R"({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 1}})") +
            event("[DONE]"));
}

// Answers so many prompts, then keeps every request waiting until it is stopped; from then on, once
// it is started again, all of them.
class DyingServer {
 public:
  explicit DyingServer(int answers)
      : left_(answers), server_([this](const Call& call) { serve(call); }) {}

  RemoteTestServer& server() { return server_; }

  // False where nobody asks for as much.
  bool wait_until_all_are_answered() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1),
                             [&] { return left_ <= 0 && held_ > 0; });
  }

  void recover() { recovered_ = true; }

 private:
  void serve(const Call& call) {
    if (call.path() == "/v1/models") return call.reply(kOneModel);
    if (recovered_) return answer_prompt(call);
    bool answers = false;
    {
      const std::lock_guard lock(mutex_);
      answers = left_-- > 0;
      if (!answers) ++held_;
    }
    if (answers) return answer_prompt(call);
    changed_.notify_all();
    call.hold();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int left_;
  int held_ = 0;
  std::atomic<bool> recovered_ = false;
  RemoteTestServer server_;  // Last: its threads use all of the above.
};

class LabelOverHttp : public ::testing::Test {
 protected:
  void SetUp() override { write_prompts(folder_ / "prompts.jsonl", kPrompts); }

  std::vector<std::string> label(const std::vector<std::string>& engines,
                                 const std::string& patience = "1") const {
    std::vector<std::string> arguments = {"label",
                                          "--store",
                                          folder_ / "s.db",
                                          "--task",
                                          "mini-gsm8k=" + (folder_ / "prompts.jsonl"),
                                          "--concurrency",
                                          "4",
                                          "--engine-patience",
                                          patience,
                                          "--json"};
    for (const std::string& engine : engines) {
      arguments.insert(arguments.end(), {"--engine", engine});
    }
    return arguments;
  }

  TemporaryFolder folder_;
};

TEST_F(LabelOverHttp, ServerThatDiesAndComesBackIsRiddenOut) {
  DyingServer dying(20);
  BackgroundRun run(label({"4=" + dying.server().url()}, "60"));
  EXPECT_TRUE(dying.wait_until_all_are_answered());
  EXPECT_FALSE(run.ended());
  dying.server().stop();
  dying.recover();
  dying.server().start();
  const RunResult& result = run.wait();
  ASSERT_TRUE(succeeded(result));
  EXPECT_EQ(json::parse(result.out).at("added"), kPrompts);
  EXPECT_EQ(outcomes_of(folder_ / "s.db").size(), static_cast<size_t>(kPrompts));
}

TEST_F(LabelOverHttp, ServerThatStaysAwayEndsTheRunWithFinishedWorkKept) {
  DyingServer dying(20);
  const std::vector<std::string> arguments = label({"4=" + dying.server().url()});
  BackgroundRun run(arguments);
  EXPECT_TRUE(dying.wait_until_all_are_answered());
  dying.server().stop();
  const RunResult& result = run.wait();
  EXPECT_TRUE(failed_with_one_line(result, "run the same command again"));
  EXPECT_THAT(result.err, HasSubstr(dying.server().url()));
  // What was on its way when the server went may be lost, no more.
  const size_t kept = outcomes_of(folder_ / "s.db").size();
  EXPECT_GE(kept, 16u);
  EXPECT_LE(kept, 20u);
  dying.recover();
  dying.server().start();
  const RunResult last = run_paq(arguments);
  ASSERT_TRUE(succeeded(last));
  EXPECT_EQ(json::parse(last.out).at("already_there"), kept);
  EXPECT_EQ(json::parse(last.out).at("added"), kPrompts - kept);
  EXPECT_EQ(outcomes_of(folder_ / "s.db").size(), static_cast<size_t>(kPrompts));
}

TEST_F(LabelOverHttp, EndpointsThatMakeNoSenseAreRefused) {
  const std::string url = "http://127.0.0.1:9/v1";
  const std::pair<std::vector<std::string>, std::string> kCases[] = {
      {{url}, "names no bit width"},
      {{"=" + url}, "does not begin with a bit width"},
      {{"four=" + url}, "does not begin with a bit width"},
      {{"0=" + url}, "does not begin with a bit width"},
      {{"33=" + url}, "does not begin with a bit width"},
      {{"4=" + url, "4=" + url + "/other"}, "two endpoints are named for 4 bits"},
      {{"4=ftp://127.0.0.1/v1"}, "begins with http:// or https://"},
      {{"4=127.0.0.1:9"}, "begins with http:// or https://"},
      {{"4=http://"}, "names no host"},
      {{"4=" + url + "#"}, "names no model"},
      {{"4=http://me:secret@127.0.0.1:9/v1"}, "user or password"},
  };
  for (const auto& [engines, part] : kCases) {
    const RunResult result = run_paq(label(engines));
    EXPECT_TRUE(refused_with_one_line(result, part)) << engines[0];
    EXPECT_EQ(result.err.find("secret"), std::string::npos) << result.err;
  }
}

TEST_F(LabelOverHttp, ServersThatAreNoneAreNamedWithWhatToDo) {
  RemoteTestServer server([](const Call& call) {
    if (call.path() == "/text/models") return call.reply("<html>Welcome</html>");
    if (call.path() == "/v1/models") return call.reply(kOneModel);
    if (call.path() == "/key/models") return call.reply("{}", "401 Unauthorized");
    call.reply(R"({"error": {"message": "no such page"}})", "404 Not Found");
  });
  const std::string host = server.url().substr(0, server.url().size() - 3);
  RemoteTestServer gone([](const Call&) {});
  const std::string nowhere = gone.url();
  gone.stop();
  const std::pair<std::string, std::vector<std::string>> kCases[] = {
      {host + "/wrong",
       {host + "/wrong/models lists no models", "no such page", "correct the URL"}},
      {host + "/text", {host + "/text/models lists no models", "correct the URL"}},
      {host + "/v1#other", {"has no model \"other\"", "it has m"}},
      {host + "/key", {"answers 401", "check the API key"}},
      {nowhere, {nowhere + "/models does not answer", "start the server, or correct the URL"}},
  };
  for (const auto& [url, parts] : kCases) {
    const RunResult result = run_paq(label({"4=" + url}));
    for (const std::string& part : parts) EXPECT_TRUE(failed_with_one_line(result, part));
  }
}

// Where the model that was listed goes away meanwhile, there is nothing to wait for.
TEST_F(LabelOverHttp, ServerThatRefusesEveryPromptEndsTheRunAtOnce) {
  RemoteTestServer server([](const Call& call) {
    if (call.path() == "/v1/models") return call.reply(kOneModel);
    call.reply(R"({"error": {"message": "no model \"m\" here"}})", "404 Not Found");
  });
  const RunResult result = run_paq(label({"4=" + server.url()}));
  EXPECT_TRUE(failed_with_one_line(result, "answers 404: no model \"m\" here"));
  EXPECT_THAT(result.err, HasSubstr("correct the URL or the model's name"));
}

}  // namespace
}  // namespace paq::testing
