// SPDX-License-Identifier: MIT
// The remote engine against a server that follows a script: what is asked, what comes of the
// answers, and which faults are ridden out.
#include "engine/remote_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "core/testing/error_code.h"
#include "engine/remote_test_server.h"

namespace paq::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Call = RemoteTestServer::Call;

constexpr BitWidth kBits{4};
constexpr const char* kChatPath = "/v1/chat/completions";
constexpr const char* kRawPath = "/v1/completions";

const std::string kOneModel = R"({"data": [{"id": "m", "owned_by": "someone"}]})";
const std::string kVllmModel =
    R"({"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 100}]})";
const std::string kLlamaModel =
    R"({"data": [{"id": "models/m.gguf", "owned_by": "llamacpp",
        "meta": {"n_ctx": 64, "n_params": 1000, "size": 500}}]})";

// A piece of a chat stream with one token.
std::string chat_piece(const std::string& text, double logprob) {
  return event(R"({"choices": [{"delta": {"content": ")" + text +
               R"("}, "logprobs": {"content": [{"token": ")" + text + R"(", "logprob": )" +
               std::to_string(logprob) + "}]}}]}");
}

const std::string kStop = event(R"({"choices": [{"delta": {}, "finish_reason": "stop"}]})");
const std::string kUsage =
    event(R"({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}})");
const std::string kDone = event("[DONE]");

void stream_hello(const Call& call) {
  call.begin_stream();
  call.send(chat_piece("Hel", -0.5) + chat_piece("lo", -0.25) + kStop + kUsage + kDone);
}

// Lists one model, and answers prompts as `script` says.
RemoteTestServer::Script with_models(RemoteTestServer::Script script,
                                     const std::string& models = kOneModel) {
  return [script = std::move(script), models](const Call& call) {
    if (call.path() == "/v1/models") return call.reply(models);
    script(call);
  };
}

RemoteEngineOptions options_for(const RemoteTestServer& server) {
  RemoteEngineOptions options;
  options.endpoints = {{.bits = kBits, .url = server.url()}};
  options.first_wait_seconds = 0.01;
  options.longest_wait_seconds = 0.02;
  options.patience_seconds = 20;
  return options;
}

Request ask(const std::string& text) {
  Request request;
  request.bits = kBits;
  request.messages = {{"user", text}};
  request.options.max_tokens = 20;
  return request;
}

// The error that a request ends with.
Error error_of(Engine& engine, Request request) {
  std::optional<Error> error;
  request.on_error = [&](const Error& e) { error = e; };
  run_all(engine, {std::move(request)});
  if (error) return *error;
  ADD_FAILURE() << "no error";
  return Error(ErrorCode::kCancelled, "");
}

TEST(RemoteEngineTest, StreamsAnAnswer) {
  RemoteTestServer server(with_models(stream_hello));
  const RemoteEngine remote = open_remote_engine(options_for(server));
  Request request = ask("Hi");
  request.options.stop = {"\n\n"};
  std::vector<std::string> texts;
  std::vector<std::string> tokens;
  request.on_text = [&](std::string_view text) { texts.emplace_back(text); };
  request.on_token = [&](const Token& token) { tokens.push_back(token.text); };
  const Completion answer = run_all(*remote.engine, {request}).front();
  EXPECT_EQ(answer.text, "Hello");
  EXPECT_EQ(answer.bits, kBits);
  ASSERT_EQ(answer.tokens.size(), 2u);
  EXPECT_EQ(answer.tokens[0].id, -1);
  EXPECT_EQ(answer.tokens[1].logprob, -0.25f);
  EXPECT_EQ(answer.prompt_tokens, 7);
  EXPECT_EQ(answer.finish, FinishReason::kEndOfTurn);
  EXPECT_GT(answer.seconds, 0);
  EXPECT_LE(answer.seconds_to_first_token, answer.seconds);
  EXPECT_THAT(tokens, ElementsAre("Hel", "lo"));
  std::string joined;
  for (const std::string& text : texts) joined += text;
  EXPECT_EQ(joined, "Hello");

  const Call call = server.calls(kChatPath).at(0);
  for (const char* part : {R"("messages":[{"content":"Hi","role":"user"}])", R"("model":"m")",
                           R"("max_tokens":20)", R"("temperature":0.0)", R"("seed":0)",
                           R"("logprobs":true)", R"("stream":true)", R"("stop":["\n\n"])"}) {
    EXPECT_TRUE(call.has(part)) << part << " is not in " << call.body;
  }
  EXPECT_FALSE(call.has("chat_template_kwargs"))
      << "OpenAI's own servers refuse what they don't know";
  EXPECT_THAT(call.head, Not(HasSubstr("Authorization")));
}

TEST(RemoteEngineTest, TakesLlamaServersChatAnswerWholeWithItsEndOfTurn) {
  RemoteTestServer server(with_models(
      [](const Call& call) {
        call.reply(R"({"choices": [{"finish_reason": "stop", "message": {"content": "Yes"},
          "logprobs": {"content": [
            {"id": 5, "token": "Yes", "bytes": [89, 101, 115], "logprob": -0.5,
             "top_logprobs": [{"id": 5, "token": "Yes", "bytes": [89, 101, 115], "logprob": -0.5}]},
            {"id": 9, "token": "", "bytes": [], "logprob": -0.1,
             "top_logprobs": [{"id": 9, "token": "", "bytes": [], "logprob": -0.1}]}]}}],
          "usage": {"prompt_tokens": 3, "completion_tokens": 2},
          "timings": {"predicted_ms": 0.001}})");
      },
      kLlamaModel));
  const RemoteEngine remote = open_remote_engine(options_for(server));
  EXPECT_EQ(remote.engine->context_tokens(kBits), 64);
  const Completion answer = run_all(*remote.engine, {ask("Hi")}).front();
  EXPECT_EQ(answer.text, "Yes");
  ASSERT_EQ(answer.tokens.size(), 2u);
  EXPECT_EQ(answer.tokens[0].id, 5);
  EXPECT_EQ(answer.tokens[1].id, 9);
  EXPECT_EQ(answer.tokens[1].text, "");
  EXPECT_NEAR(perplexity(answer.tokens).value(), std::exp(0.3), 1e-6);
  EXPECT_NEAR(answer.seconds - answer.seconds_to_first_token, 1e-6, 1e-9);
  const Call call = server.calls(kChatPath).at(0);
  EXPECT_FALSE(call.has("\"stream\""));
  EXPECT_TRUE(call.has(R"("enable_thinking":false)"));
}

TEST(RemoteEngineTest, AsksForRawPromptsAtTheOtherPath) {
  RemoteTestServer server(with_models(
      [](const Call& call) {
        call.begin_stream();
        call.send(
            event(R"({"choices": [{"text": " 4", "token_ids": [17], )"
                  R"("logprobs": {"tokens": [" 4"], "token_logprobs": [-0.1]}}]})") +
            event(
                R"({"choices": [{"text": "", "finish_reason": "stop", "stop_reason": "\n", )"
                R"("token_ids": [3], "logprobs": {"tokens": ["\n"], "token_logprobs": [-0.2]}}]})") +
            kDone);
      },
      kVllmModel));
  const RemoteEngine remote = open_remote_engine(options_for(server));
  Request request = ask("2 + 2 =");
  request.messages.insert(request.messages.begin(), {"system", "Sum: "});
  request.options.form = PromptForm::kRaw;
  request.options.stop = {"\n"};
  const Completion answer = run_all(*remote.engine, {request}).front();
  EXPECT_EQ(answer.text, " 4");
  EXPECT_EQ(answer.finish, FinishReason::kStopString);
  ASSERT_EQ(answer.tokens.size(), 2u) << "the stop string's tokens are the answer's too";
  EXPECT_EQ(answer.tokens[0].id, 17);
  EXPECT_EQ(answer.tokens[1].text, "\n");
  const Call call = server.calls(kRawPath).at(0);
  EXPECT_TRUE(call.has(R"("prompt":"Sum: 2 + 2 =")")) << call.body;
  EXPECT_TRUE(call.has(R"("logprobs":1)"));
}

TEST(RemoteEngineTest, SendsTheKeyAndNamesItNowhere) {
  RemoteTestServer server([](const Call& call) {
    if (call.path() == "/v1/models") return call.reply(kOneModel);
    call.reply(R"({"error": {"message": "no such key"}})", "401 Unauthorized");
  });
  RemoteEngineOptions options = options_for(server);
  options.api_key = "sk-secret";
  const RemoteEngine remote = open_remote_engine(options);
  const Error error = error_of(*remote.engine, ask("Hi"));
  EXPECT_EQ(error.code(), ErrorCode::kEngine);
  EXPECT_THAT(error.what(), HasSubstr("no such key"));
  EXPECT_THAT(error.what(), HasSubstr("environment"));
  EXPECT_THAT(error.what(), Not(HasSubstr("secret")));
  for (const Call& call : server.calls()) {
    EXPECT_THAT(call.head, HasSubstr("Authorization: Bearer sk-secret"));
  }
  options.api_key = "sk\r\nX-Evil: 1";
  EXPECT_EQ(code_of([&] { open_remote_engine(options); }), ErrorCode::kUsage);
}

TEST(RemoteEngineTest, KeepsNoMoreRequestsInFlightThanItMay) {
  RemoteTestServer server(with_models(stream_hello));
  RemoteEngineOptions options = options_for(server);
  options.max_requests = 3;
  const RemoteEngine remote = open_remote_engine(options);
  std::vector<Request> requests;
  for (int i = 0; i < 40; ++i) requests.push_back(ask("Hi"));
  const std::vector<Completion> answers = run_all(*remote.engine, requests);
  for (const Completion& answer : answers) EXPECT_EQ(answer.text, "Hello");
  EXPECT_EQ(server.calls(kChatPath).size(), 40u);
  EXPECT_LE(server.most_at_once(), 3);
}

// Each fault, then the right answer.
TEST(RemoteEngineTest, RidesOutWhatPasses) {
  const std::vector<std::pair<std::string, std::function<void(const Call&)>>> faults = {
      {"hangs up at once", [](const Call&) {}},
      {"hangs up in the head", [](const Call& call) { call.send("HTTP/1.1 20"); }},
      {"hangs up in the stream",
       [](const Call& call) {
         call.begin_stream();
         call.send(chat_piece("Hel", -0.5));
       }},
      {"hangs up in an event",
       [](const Call& call) {
         call.begin_stream();
         call.send("data: {\"choi");
       }},
      {"500", [](const Call& call) { call.reply("oh", "500 Internal Server Error"); }},
      {"502", [](const Call& call) { call.reply("<html>", "502 Bad Gateway"); }},
      {"429",
       [](const Call& call) { call.reply("{}", "429 Too Many Requests", "Retry-After: 0\r\n"); }},
      {"loading",
       [](const Call& call) {
         call.reply(R"({"error": {"message": "Loading model", "code": 503}})",
                    "503 Service Unavailable");
       }},
      {"no JSON", [](const Call& call) { call.reply("data: <html>\n\n"); }},
      {"no completion", [](const Call& call) { call.reply("data: {\"a\": 1}\n\n"); }},
      {"fault in the stream",
       [](const Call& call) {
         call.begin_stream();
         call.send(chat_piece("Hel", -0.5) + event(R"({"error": {"message": "out of memory"}})"));
       }},
      {"gives up",
       [](const Call& call) {
         call.begin_stream();
         call.send(event(R"({"choices": [{"delta": {}, "finish_reason": "abort"}]})"));
       }},
      {"a log-probability above 0",
       [](const Call& call) {
         call.begin_stream();
         call.send(chat_piece("Hello", 3) + kStop + kDone);
       }},
  };
  for (const auto& [name, fault] : faults) {
    RemoteTestServer server(with_models([&](const Call& call) {
      if (call.before < 2) return fault(call);
      stream_hello(call);
    }));
    const RemoteEngine remote = open_remote_engine(options_for(server));
    Request request = ask("Hi");
    int tokens = 0;
    std::string text;
    request.on_token = [&](const Token&) { ++tokens; };
    request.on_text = [&](std::string_view piece) { text += piece; };
    const Completion answer = run_all(*remote.engine, {request}).front();
    EXPECT_EQ(answer.text, "Hello") << name;
    EXPECT_EQ(text, "Hello") << name << ": what was told is not told again";
    EXPECT_EQ(tokens, 2) << name;
    EXPECT_EQ(server.calls(kChatPath).size(), 3u) << name;
  }
}

TEST(RemoteEngineTest, WaitsAsLongAsItIsAskedTo) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point refused, answered;
  RemoteTestServer server(with_models([&](const Call& call) {
    if (call.before == 0) {
      refused = Clock::now();
      return call.reply("{}", "429 Too Many Requests", "Retry-After: 1\r\n");
    }
    answered = Clock::now();
    stream_hello(call);
  }));
  const RemoteEngine remote = open_remote_engine(options_for(server));
  EXPECT_EQ(run_all(*remote.engine, {ask("Hi")}).front().text, "Hello");
  EXPECT_GE(std::chrono::duration<double>(answered - refused).count(), 0.9);
}

TEST(RemoteEngineTest, ServerThatDiesAndComesBackIsRiddenOut) {
  RemoteTestServer server(with_models([&](const Call& call) {
    // Four calls meet a server that is about to die.
    if (call.before >= 5 && call.before < 9) {
      call.begin_stream();
      call.send(chat_piece("Hel", -0.5));
      return call.hold();
    }
    stream_hello(call);
  }));
  RemoteEngineOptions options = options_for(server);
  options.max_requests = 4;
  const RemoteEngine remote = open_remote_engine(options);
  int done = 0;
  std::vector<Request> requests(30, ask("Hi"));
  for (Request& request : requests) {
    request.on_done = [&](const Completion& answer) {
      EXPECT_EQ(answer.text, "Hello");
      EXPECT_EQ(answer.tokens.size(), 2u);
      ++done;
    };
    remote.engine->submit(request);
  }
  while (server.calls(kChatPath).size() < 9) ASSERT_TRUE(remote.engine->step());
  server.stop();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(remote.engine->step());
  EXPECT_EQ(done, 5);
  server.start();
  while (remote.engine->step()) {
  }
  EXPECT_EQ(done, 30);
}

TEST(RemoteEngineTest, ServerThatStaysAwayFailsItsRequestsAndNoOthers) {
  RemoteTestServer here(with_models(stream_hello));
  RemoteTestServer away(with_models(stream_hello));
  RemoteEngineOptions options = options_for(here);
  options.endpoints.push_back({.bits = BitWidth{8}, .url = away.url()});
  options.patience_seconds = 0.2;
  const RemoteEngine remote = open_remote_engine(options);
  away.stop();
  int done = 0;
  std::vector<Error> errors;
  for (int i = 0; i < 6; ++i) {
    Request request = ask("Hi");
    request.bits = i % 2 == 0 ? kBits : BitWidth{8};
    request.on_done = [&](const Completion&) { ++done; };
    request.on_error = [&](const Error& error) { errors.push_back(error); };
    remote.engine->submit(request);
  }
  while (remote.engine->step()) {
  }
  EXPECT_EQ(done, 3);
  ASSERT_EQ(errors.size(), 3u);
  for (const Error& error : errors) {
    EXPECT_EQ(error.code(), ErrorCode::kEngine);
    EXPECT_THAT(error.what(), HasSubstr(away.url() + " has not answered for"));
    EXPECT_THAT(error.what(), HasSubstr("run the same command again"));
  }
}

TEST(RemoteEngineTest, RequestThatBreaksTheServerEveryTimeIsGivenUp) {
  RemoteTestServer server(with_models([](const Call& call) {
    if (call.has("poison")) return call.reply("{}", "500 Internal Server Error");
    stream_hello(call);
  }));
  RemoteEngineOptions options = options_for(server);
  options.attempts = 3;
  const RemoteEngine remote = open_remote_engine(options);
  const Error error = error_of(*remote.engine, ask("poison"));
  EXPECT_EQ(error.code(), ErrorCode::kEngine);
  EXPECT_THAT(error.what(), HasSubstr("failed 3 times"));
  EXPECT_EQ(server.calls(kChatPath).size(), 3u);
  EXPECT_EQ(run_all(*remote.engine, {ask("Hi")}).front().text, "Hello");
}

TEST(RemoteEngineTest, TellsWhichPromptsAreTooLong) {
  const std::vector<std::string> bodies = {
      R"({"error": {"code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": 600,
          "message": "request (600 tokens) exceeds the available context size (512 tokens), try increasing it", "n_ctx": 512}})",
      R"({"object": "error", "message": "This model's maximum context length is 512 tokens. However, you requested 620 tokens (600 in the messages, 20 in the completion). Please reduce the length of the messages or completion.", "type": "BadRequestError", "code": 400})",
      R"({"error": {"message": "This model's maximum context length is 512 tokens. However, your request has 600 input tokens. Please reduce the length of the input messages.", "type": "BadRequestError"}})",
      R"({"error": {"message": "The input (600 tokens) is longer than the model's context length (512 tokens)."}})",
  };
  for (const std::string& body : bodies) {
    RemoteTestServer server(
        with_models([&](const Call& call) { call.reply(body, "400 Bad Request"); }));
    const RemoteEngine remote = open_remote_engine(options_for(server));
    const Error error = error_of(*remote.engine, ask("Hi"));
    EXPECT_EQ(error.code(), ErrorCode::kTooLong) << body;
    EXPECT_THAT(error.what(), HasSubstr("600 tokens")) << body;
    EXPECT_THAT(error.what(), HasSubstr("512 tokens")) << body;
    EXPECT_EQ(server.calls(kChatPath).size(), 1u);
  }
}

// The embedded engine answers until the context is full; vLLM wants to be told where that is.
TEST(RemoteEngineTest, AsksForAsMuchAsTheContextLeaves) {
  RemoteTestServer server(with_models(
      [](const Call& call) {
        if (call.has(R"("max_tokens":20)")) {
          return call.reply(
              R"({"error": {"message": "'max_tokens' or 'max_completion_tokens' is too large: 20. This model's maximum context length is 100 tokens and your request has 93 input tokens (20 > 100 - 93)."}})",
              "400 Bad Request");
        }
        stream_hello(call);
      },
      kVllmModel));
  const RemoteEngine remote = open_remote_engine(options_for(server));
  EXPECT_EQ(run_all(*remote.engine, {ask("Hi")}).front().text, "Hello");
  EXPECT_TRUE(server.calls(kChatPath).at(1).has(R"("max_tokens":7)"));
}

TEST(RemoteEngineTest, OtherRefusalsAreTheRequestsOwn) {
  RemoteTestServer server(with_models([](const Call& call) {
    if (call.has("bad")) {
      return call.reply(R"({"error": {"message": "roles must\nalternate"}})", "400 Bad Request");
    }
    if (call.has("jinja")) {
      return call.reply(R"({"error": {"message": "Jinja Exception: no system role"}})",
                        "500 Internal Server Error");
    }
    stream_hello(call);
  }));
  const RemoteEngine remote = open_remote_engine(options_for(server));
  const Error bad = error_of(*remote.engine, ask("bad"));
  EXPECT_EQ(bad.code(), ErrorCode::kUsage);
  EXPECT_THAT(bad.what(), HasSubstr("roles must alternate"));
  EXPECT_EQ(error_of(*remote.engine, ask("jinja")).code(), ErrorCode::kUsage);
  Request throwing = ask("bad");
  EXPECT_EQ(code_of([&] {
              remote.engine->submit(throwing);
              while (remote.engine->step()) {
              }
            }),
            ErrorCode::kUsage);
  EXPECT_EQ(run_all(*remote.engine, {ask("Hi")}).front().text, "Hello");
}

TEST(RemoteEngineTest, AnswersWithoutLogprobsAreAnErrorUnlessNotWanted) {
  RemoteTestServer server(with_models([](const Call& call) {
    call.begin_stream();
    call.send(event(R"({"choices": [{"delta": {"content": "Hello"}}]})") + kStop + kDone);
  }));
  RemoteEngineOptions options = options_for(server);
  const Error error = error_of(*open_remote_engine(options).engine, ask("Hi"));
  EXPECT_EQ(error.code(), ErrorCode::kEngine);
  EXPECT_THAT(error.what(), HasSubstr("log-probabilities"));
  options.logprobs = false;
  const Completion answer = run_all(*open_remote_engine(options).engine, {ask("Hi")}).front();
  EXPECT_EQ(answer.text, "Hello");
  EXPECT_FALSE(server.calls(kChatPath).at(1).has("logprobs"));
}

TEST(RemoteEngineTest, CancelledRequestsEndWithWhatThereIs) {
  RemoteTestServer server(with_models([](const Call& call) {
    if (call.has("long")) {
      call.begin_stream();
      call.send(chat_piece("Hel", -0.5));
      return call.hold();
    }
    stream_hello(call);
  }));
  RemoteEngineOptions options = options_for(server);
  options.max_requests = 1;
  const RemoteEngine remote = open_remote_engine(options);
  std::vector<Completion> ended;
  Request request = ask("long");
  RequestId first = 0;
  request.on_token = [&](const Token&) { remote.engine->cancel(first); };
  request.on_done = [&](const Completion& answer) { ended.push_back(answer); };
  first = remote.engine->submit(request);
  const RequestId second = remote.engine->submit(request);
  remote.engine->cancel(second);
  remote.engine->cancel(12345);
  while (remote.engine->step()) {
  }
  ASSERT_EQ(ended.size(), 2u);
  EXPECT_EQ(ended[0].finish, FinishReason::kCancelled);
  EXPECT_EQ(ended[0].text, "") << "the second never began";
  EXPECT_EQ(ended[1].finish, FinishReason::kCancelled);
  EXPECT_EQ(ended[1].text, "Hel");
  EXPECT_EQ(run_all(*remote.engine, {ask("Hi")}).front().text, "Hello");
}

TEST(RemoteEngineTest, CallbackThatThrowsLosesItsOwnRequestOnly) {
  RemoteTestServer server(with_models(stream_hello));
  const RemoteEngine remote = open_remote_engine(options_for(server));
  int done = 0, thrown = 0;
  for (int i = 0; i < 4; ++i) {
    Request request = ask("Hi");
    if (i % 2 == 0) request.on_token = [](const Token&) { throw std::runtime_error("mine"); };
    request.on_done = [&](const Completion&) { ++done; };
    remote.engine->submit(request);
  }
  for (bool more = true; more;) {
    try {
      more = remote.engine->step();
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "mine");
      ++thrown;
    }
  }
  EXPECT_EQ(done, 2);
  EXPECT_EQ(thrown, 2);
}

TEST(RemoteEngineTest, OpeningSaysWhatIsWrong) {
  std::string message;
  {
    RemoteTestServer gone(stream_hello);
    RemoteEngineOptions options = options_for(gone);
    options.open_patience_seconds = 0.1;
    gone.stop();
    EXPECT_EQ(code_of([&] { open_remote_engine(options); }, &message), ErrorCode::kEngine);
    EXPECT_THAT(message, HasSubstr(gone.url()));
  }
  RemoteTestServer server(
      [](const Call& call) { call.reply(R"({"data": [{"id": "small"}, {"id": "large"}]})"); });
  RemoteEngineOptions options = options_for(server);
  EXPECT_EQ(code_of([&] { open_remote_engine(options); }, &message), ErrorCode::kUsage);
  EXPECT_THAT(message, HasSubstr("small, large"));
  options.endpoints[0].model = "larger";
  EXPECT_EQ(code_of([&] { open_remote_engine(options); }, &message), ErrorCode::kNotFound);
  EXPECT_THAT(message, HasSubstr("small, large"));
  options.endpoints[0].model = "large";
  EXPECT_EQ(open_remote_engine(options).models.at(0).name, "large");
  options.endpoints.push_back(options.endpoints[0]);
  EXPECT_EQ(code_of([&] { open_remote_engine(options); }), ErrorCode::kUsage);

  RemoteTestServer without_list([](const Call& call) { call.reply("", "404 Not Found"); });
  options = options_for(without_list);
  EXPECT_EQ(code_of([&] { open_remote_engine(options); }, &message), ErrorCode::kEngine);
  EXPECT_THAT(message, HasSubstr("#MODEL"));
  options.endpoints[0].model = "m";
  EXPECT_EQ(open_remote_engine(options).engine->context_tokens(kBits), 4096);
}

TEST(RemoteEngineTest, OpeningWaitsForAServerThatIsLoading) {
  RemoteTestServer server([](const Call& call) {
    if (call.before < 3) return call.reply("{}", "503 Service Unavailable");
    call.reply(kVllmModel);
  });
  RemoteEngineOptions options = options_for(server);
  options.open_patience_seconds = 0;
  EXPECT_EQ(open_remote_engine(options).engine->context_tokens(kBits), 100);
}

TEST(RemoteEngineTest, OpeningCanBeCancelled) {
  RemoteTestServer server([](const Call& call) { call.hold(); });
  CancelFlag cancel = true;
  RemoteEngineOptions options = options_for(server);
  options.cancel = &cancel;
  EXPECT_EQ(code_of([&] { open_remote_engine(options); }), ErrorCode::kCancelled);
}

TEST(RemoteEngineTest, VllmScoresGivenText) {
  RemoteTestServer server(with_models(
      [](const Call& call) {
        if (call.path() == "/tokenize") {
          return call.reply(call.has("messages") ? R"({"tokens": [1, 2, 3], "count": 3})"
                                                 : R"({"tokens": [8, 9]})");
        }
        const std::string tail = call.has("[1,2,3,8,9]")
                                     ? R"({"8": {"logprob": -0.5, "decoded_token": "a"}},
                     {"9": {"logprob": -2, "decoded_token": "b"}, "7": {"logprob": -0.1}})"
                                     : R"({"5": {"logprob": -1}})";
        call.reply(R"({"choices": [{"text": "x", "finish_reason": "length", "prompt_logprobs":
                      [null, {"2": {"logprob": -1}}, {"3": {"logprob": -1}}, )" +
                   tail + "]}]}");
      },
      kVllmModel));
  const RemoteEngine remote = open_remote_engine(options_for(server));
  ScoreRequest request;
  request.bits = kBits;
  request.messages = {{"user", "Hi"}};
  request.continuations = {{.text = "ab"}, {.tokens = {5}}};
  const ScoredContinuations scored = score_all(*remote.engine, {request}).front();
  EXPECT_EQ(scored.prompt_tokens, 3);
  ASSERT_EQ(scored.continuations.size(), 2u);
  ASSERT_EQ(scored.continuations[0].size(), 2u);
  EXPECT_EQ(scored.continuations[0][0].text, "a");
  EXPECT_EQ(scored.continuations[0][1].id, 9);
  EXPECT_EQ(scored.continuations[0][1].logprob, -2);
  ASSERT_EQ(scored.continuations[1].size(), 1u);
  EXPECT_EQ(scored.continuations[1][0].logprob, -1);

  request.on_logits = [](size_t, size_t, std::span<const float>) {};
  EXPECT_EQ(code_of([&] { score_all(*remote.engine, {request}); }), ErrorCode::kUsage);
}

TEST(RemoteEngineTest, OtherServersSayThatTheyCantScore) {
  RemoteTestServer server(with_models(stream_hello, kLlamaModel));
  const RemoteEngine remote = open_remote_engine(options_for(server));
  ScoreRequest request;
  request.bits = kBits;
  request.messages = {{"user", "Hi"}};
  request.continuations = {{.text = "ab"}};
  std::string message;
  EXPECT_EQ(code_of([&] { score_all(*remote.engine, {request}); }, &message), ErrorCode::kUsage);
  EXPECT_THAT(message, HasSubstr("can't score"));
  EXPECT_FALSE(remote.engine->step()) << "nothing is left behind";
}

}  // namespace
}  // namespace paq::testing
