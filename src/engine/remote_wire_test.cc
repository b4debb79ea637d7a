// SPDX-License-Identifier: MIT
// The parts of the remote engine that need no server: streams cut anywhere, answers of every
// server's making, error bodies, waits, names and hashes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "core/testing/error_code.h"
#include "engine/remote_backoff.h"
#include "engine/remote_engine.h"
#include "engine/remote_events.h"
#include "engine/remote_score_wire.h"
#include "engine/remote_wire.h"

namespace paq {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(EventReader, GivesTheSameEventsWhereverTheStreamIsCut) {
  const std::string stream =
      "\xEF\xBB\xBF: hello\n\ndata: one\n\ndata:two\r\ndata: lines\r\n\r\nevent: x\rdata: three\r\r"
      "error: {}\n\nid: 7\n\ndata\n\ndata: unfinished\n";
  const std::vector<std::string> expected = {"one", "two\nlines", "three", "{}", ""};
  for (size_t size = 1; size <= stream.size(); ++size) {
    EventReader reader;
    std::vector<std::string> events;
    for (size_t at = 0; at < stream.size(); at += size) {
      for (std::string& event : reader.append(std::string_view(stream).substr(at, size))) {
        events.push_back(std::move(event));
      }
    }
    EXPECT_EQ(events, expected) << "cut into " << size;
  }
}

TEST(EventReader, RefusesAnEventWithoutEnd) {
  EventReader reader;
  const std::string much(EventReader::kLongestEvent / 2, 'x');
  EXPECT_TRUE(reader.append("data: " + much).empty());
  EXPECT_EQ(code_of([&] { reader.append(much); }), ErrorCode::kEngine);
}

TEST(Backoff, WaitsLongerAfterEveryFailureUpToALimit) {
  Backoff backoff({.first_wait_seconds = 1, .longest_wait_seconds = 8, .patience_seconds = 100});
  EXPECT_TRUE(backoff.may_start(0));
  double now = 10;
  for (const double longest : {1, 2, 4, 8, 8, 8}) {
    backoff.failed(now);
    EXPECT_FALSE(backoff.may_start(now + 0.49 * longest)) << longest;
    EXPECT_TRUE(backoff.may_start(now + longest)) << longest;
    now = backoff.next_start();
    backoff.started(now);
    EXPECT_FALSE(backoff.may_start(now)) << "one at a time while it fails";
  }
  EXPECT_FALSE(backoff.lost(now));
  EXPECT_TRUE(backoff.lost(10 + 100.1));
  backoff.worked();
  EXPECT_TRUE(backoff.may_start(now));
  EXPECT_FALSE(backoff.lost(1e9));
}

TEST(Backoff, CountsFailuresOfOneMomentOnce) {
  Backoff backoff({.first_wait_seconds = 1, .longest_wait_seconds = 1000});
  for (int i = 0; i < 50; ++i) backoff.failed(5);
  EXPECT_TRUE(backoff.may_start(6));
  backoff.failed(5, 40);
  EXPECT_FALSE(backoff.may_start(44.9)) << "but a wait that one asks for counts";
  EXPECT_TRUE(backoff.may_start(45));
}

TEST(RemoteEndpoint, ReadsWidthUrlAndModel) {
  const RemoteEndpoint plain = parse_remote_endpoint("4=http://host:8080/v1/");
  EXPECT_EQ(plain.bits, BitWidth{4});
  EXPECT_EQ(plain.url, "http://host:8080/v1");
  EXPECT_EQ(plain.model, "");
  EXPECT_EQ(parse_remote_endpoint("8=http://host:8080").url, "http://host:8080/v1");
  const RemoteEndpoint named = parse_remote_endpoint("16=https://[::1]/api/v2#org/model:16=a");
  EXPECT_EQ(named.url, "https://[::1]/api/v2");
  EXPECT_EQ(named.model, "org/model:16=a");
}

TEST(RemoteEndpoint, RefusesOthersWithTheForm) {
  for (const char* text : {"", "http://host/v1", "x=http://host", "0=http://host", "4=host:8080",
                           "4=ftp://host", "4=http://", "4=http:///v1", "4=http://host/v1#",
                           "4=http://ho st", "4=http://host/v1?key=1"}) {
    std::string message;
    EXPECT_EQ(code_of([&] { parse_remote_endpoint(text); }, &message), ErrorCode::kUsage) << text;
    EXPECT_THAT(message, HasSubstr("BITS=URL")) << text;
  }
  std::string message;
  EXPECT_EQ(code_of([] { parse_remote_endpoint("4=http://me:secret@host/v1"); }, &message),
            ErrorCode::kUsage);
  EXPECT_THAT(message, Not(HasSubstr("secret")));
}

RemoteModel model_of(int bits, const std::string& name) {
  RemoteModel model;
  model.bits = {bits};
  model.name = name;
  model.server = RemoteServer::kLlamaServer;
  model.parameters = 1000;
  model.bytes = 125 * bits;
  return model;
}

TEST(RemoteLadder, IsTheModelsAndNotTheirPlaces) {
  const Ladder ladder = remote_ladder({model_of(4, "a/m-4.gguf"), model_of(8, "a/m-8.gguf")});
  EXPECT_THAT(ladder.bit_widths(), ElementsAre(BitWidth{4}, BitWidth{8}));
  EXPECT_EQ(ladder.base_model, "a/m-8.gguf");
  EXPECT_EQ(ladder.parameters, 1000);
  EXPECT_DOUBLE_EQ(ladder.variants[0].bits_per_weight, 4);
  EXPECT_EQ(ladder.hash(),
            remote_ladder({model_of(4, "m-4.gguf"), model_of(8, "b/m-8.gguf")}).hash())
      << "the same files in other folders";

  std::vector<RemoteModel> others(5, model_of(4, "a/m-4.gguf"));
  others[1].name = "a/n-4.gguf";
  others[2].bytes = 501;
  others[3].parameters = 1001;
  others[4].bits = {5};
  std::set<std::string> hashes;
  for (const RemoteModel& model : others) {
    hashes.insert(remote_ladder({model}).variants[0].sha256);
  }
  EXPECT_EQ(hashes.size(), others.size());
}

TEST(RemoteLadder, FindsServersThatServeSomethingElse) {
  Ladder ladder;
  ladder.parameters = 1000;
  ladder.variants = {{.bits = {4}, .file = "4.gguf", .bits_per_weight = 4.01},
                     {.bits = {8}, .file = "8.gguf", .bits_per_weight = 8}};
  check_remote_models(ladder, {model_of(4, "m"), model_of(8, "m")});
  RemoteModel silent;  // Says nothing of its model.
  silent.bits = {8};
  check_remote_models(ladder, {silent});
  RemoteModel swapped = model_of(8, "m");
  swapped.bits = {4};
  std::string message;
  EXPECT_EQ(code_of([&] { check_remote_models(ladder, {swapped}); }, &message),
            ErrorCode::kMismatch);
  EXPECT_THAT(message, HasSubstr("1000 bytes of weights, expected about 501"));
  RemoteModel larger = model_of(4, "m");
  larger.parameters = 2000;
  EXPECT_EQ(code_of([&] { check_remote_models(ladder, {larger}); }), ErrorCode::kMismatch);
  EXPECT_EQ(code_of([&] { check_remote_models(ladder, {model_of(2, "m")}); }),
            ErrorCode::kNotFound);
}

TEST(RemoteWire, KnowsServersByTheirLists) {
  const auto models = read_models(
      R"({"data": [{"id": "a", "owned_by": "vllm", "max_model_len": 4096},
                   {"id": "b", "owned_by": "sglang", "max_model_len": 1e300},
                   {"id": "c", "owned_by": "llamacpp", "meta": null},
                   {"id": "d", "owned_by": "llamacpp", "meta": {"n_ctx": 512, "size": -1}},
                   {"id": "e"}]})");
  ASSERT_TRUE(models);
  ASSERT_EQ(models->size(), 5u);
  EXPECT_EQ((*models)[0].server, RemoteServer::kVllm);
  EXPECT_EQ((*models)[0].context_tokens, 4096);
  EXPECT_EQ((*models)[1].server, RemoteServer::kSglang);
  EXPECT_FALSE((*models)[1].context_tokens);
  EXPECT_EQ((*models)[3].context_tokens, 512);
  EXPECT_FALSE((*models)[3].bytes);
  EXPECT_EQ((*models)[4].server, RemoteServer::kOther);
  for (const char* body :
       {"", "[]", "{}", R"({"data": {}})", R"({"data": [{"id": 4}]})", "<html>"}) {
    EXPECT_FALSE(read_models(body)) << body;
  }
  EXPECT_EQ(read_props_context(R"({"default_generation_settings": {"n_ctx": 77}})"), 77);
  EXPECT_FALSE(read_props_context(R"({"default_generation_settings": {"n_ctx": 0}})"));
}

TEST(RemoteWire, SamplingIsSentAsEachServerMeansIt) {
  Request request;
  request.messages = {{"user", "caf\xE9"}};  // Not UTF-8.
  request.options.sampling = {
      .temperature = 0.5f, .top_k = 0, .top_p = 0.5f, .min_p = 0, .seed = 9};
  const auto body = [&](RemoteServer server) {
    return request_body(request, {.server = server, .model = "m", .max_tokens = 5});
  };
  EXPECT_THAT(body(RemoteServer::kOther), Not(HasSubstr("top_k")));
  EXPECT_THAT(body(RemoteServer::kOther), HasSubstr(R"("top_p":0.5)"));
  EXPECT_THAT(body(RemoteServer::kOther), HasSubstr("caf\xEF\xBF\xBD"));
  EXPECT_THAT(body(RemoteServer::kLlamaServer), HasSubstr(R"("top_k":0)"))
      << "else its own default would cut";
  EXPECT_THAT(body(RemoteServer::kVllm), HasSubstr(R"("top_k":-1)"));
  EXPECT_THAT(body(RemoteServer::kLlamaServer), HasSubstr(R"("min_p":0)"));
}

Completion completion_of(RemoteServer server, bool has_stop, const std::string& document) {
  AnswerReader reader(server, has_stop);
  reader.read(document);
  EXPECT_TRUE(reader.complete());
  return reader.completion();
}

TEST(AnswerReader, TellsEndOfTurnFromStopString) {
  const auto finish = [](RemoteServer server, const std::string& choice) {
    return completion_of(server, true,
                         R"({"choices": [{"finish_reason": "stop", )" + choice + "}]}")
        .finish;
  };
  EXPECT_EQ(finish(RemoteServer::kVllm, R"("stop_reason": "\n")"), FinishReason::kStopString);
  EXPECT_EQ(finish(RemoteServer::kVllm, R"("stop_reason": 128009)"), FinishReason::kEndOfTurn);
  EXPECT_EQ(finish(RemoteServer::kVllm, R"("stop_reason": null)"), FinishReason::kEndOfTurn);
  EXPECT_EQ(finish(RemoteServer::kSglang, R"("matched_stop": "\n")"), FinishReason::kStopString);
  EXPECT_EQ(finish(RemoteServer::kSglang, R"("matched_stop": 2)"), FinishReason::kEndOfTurn);
  EXPECT_EQ(finish(RemoteServer::kOther, R"("text": "x")"), FinishReason::kEndOfTurn);
  const auto entry = [](const std::string& own) {
    return R"("logprobs": {"content": [{"id": 3, "token": "", "bytes": [], "logprob": -1,
              "top_logprobs": [{"id": 3, "bytes": [)" +
           own + "]}]}]}";
  };
  EXPECT_EQ(finish(RemoteServer::kLlamaServer, entry("")), FinishReason::kEndOfTurn);
  EXPECT_EQ(finish(RemoteServer::kLlamaServer, entry("10")), FinishReason::kStopString);
}

TEST(AnswerReader, ControlTokensHaveNoText) {
  const Completion answer = completion_of(
      RemoteServer::kVllm, false,
      R"({"choices": [{"finish_reason": "stop", "message": {"content": "Yes"}, "token_ids": [9, 7],
          "logprobs": {"content": [{"token": "Yes", "logprob": -1},
                                   {"token": "<|eot_id|>", "logprob": -0.5}]}}]})");
  ASSERT_EQ(answer.tokens.size(), 2u);
  EXPECT_EQ(answer.tokens[0].text, "Yes");
  EXPECT_EQ(answer.tokens[1].text, "");
  EXPECT_EQ(answer.tokens[1].id, 7);
}

TEST(AnswerReader, GivesNoIdsWhereSomeTokensAreNotTold) {
  const std::string answer =
      R"({"choices": [{"finish_reason": "length", "text": "é", "logprobs": {"content": [
          {"id": 4, "token": "é", "bytes": [195, 169], "logprob": -1}]}}],
          "usage": {"completion_tokens": )";
  EXPECT_EQ(completion_of(RemoteServer::kLlamaServer, false, answer + "1}}").tokens[0].id, 4);
  EXPECT_EQ(completion_of(RemoteServer::kLlamaServer, false, answer + "2}}").tokens[0].id, -1);
}

TEST(AnswerReader, RefusesWhatIsNoAnswer) {
  for (const char* document :
       {"", "x", "[]", "{}", R"({"choices": {}})", R"({"error": {"message": "no"}})",
        R"({"choices": [{"logprobs": {"content": [{"token": "a"}]}}]})",
        R"({"choices": [{"logprobs": {"content": [{"token": "a", "logprob": 1}]}}]})",
        R"({"choices": [{"logprobs": {"content": [{"token": "a", "logprob": 1e999}]}}]})",
        R"({"choices": [{"logprobs": {"token_logprobs": [null]}}]})",
        R"({"choices": [{"finish_reason": "abort"}]})"}) {
    AnswerReader reader(RemoteServer::kOther, false);
    EXPECT_EQ(code_of([&] { reader.read(document); }), ErrorCode::kEngine) << document;
    EXPECT_FALSE(reader.complete() && reader.completion().text.empty() &&
                 std::string(document).empty());
  }
  AnswerReader reader(RemoteServer::kOther, false);
  reader.read(R"({"choices": [{"text": 4, "message": [], "delta": {"content": null},
                  "logprobs": {"content": 7}, "finish_reason": null}], "usage": [],
                  "timings": {"predicted_ms": "x"}})");
  EXPECT_FALSE(reader.complete());
  EXPECT_EQ(reader.text(), "");
}

TEST(ReadFault, CutsAndFlattensMessages) {
  EXPECT_EQ(read_fault(500, "<html>").message, "500 Internal Server Error");
  EXPECT_EQ(read_fault(418, "").message, "status 418");
  EXPECT_EQ(read_fault(400, R"({"error": "a\nb"})").message, "a b");
  EXPECT_EQ(read_fault(422, R"({"detail": "what"})").message, "what");
  const std::string longest =
      read_fault(400, "{\"message\": \"" + std::string(9999, 'x') + "\"}").message;
  EXPECT_LT(longest.size(), 400u);
  const RemoteFault sglang = read_fault(
      400,
      R"({"message": "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 5000 tokens: 4000 tokens from the input messages and 1000 tokens for the completion."})");
  EXPECT_TRUE(sglang.too_long);
  EXPECT_EQ(sglang.prompt_tokens, 4000);
  EXPECT_EQ(sglang.context_tokens, 4096);
  const RemoteFault passed = read_fault(
      400,
      R"({"error": {"message": "You passed 4097 input tokens and requested 16 output tokens. However, the model's context length is only 4096 tokens."}})");
  EXPECT_EQ(passed.prompt_tokens, 4097);
  EXPECT_EQ(passed.context_tokens, 4096);
  EXPECT_FALSE(read_fault(400, R"({"message": "n must be 1"})").too_long);
}

TEST(ScoreWire, RefusesWhatIsNoScore) {
  EXPECT_EQ(read_tokens(R"({"tokens": [1, 2]})"), (std::vector<int32_t>{1, 2}));
  for (const char* body : {"", "{}", R"({"tokens": [-1]})", R"({"tokens": ["a"]})"}) {
    EXPECT_EQ(code_of([&] { read_tokens(body); }), ErrorCode::kEngine) << body;
  }
  const std::vector<int32_t> expected = {4};
  for (const char* body : {"", R"({"choices": []})", R"({"choices": [{"prompt_logprobs": []}]})",
                           R"({"choices": [{"prompt_logprobs": [{"5": {"logprob": -1}}]}]})",
                           R"({"choices": [{"prompt_logprobs": [null]}]})",
                           R"({"choices": [{"prompt_logprobs": [{"4": {"logprob": "x"}}]}]})"}) {
    EXPECT_EQ(code_of([&] { read_prompt_logprobs(body, expected); }), ErrorCode::kEngine) << body;
  }
}

}  // namespace
}  // namespace paq
