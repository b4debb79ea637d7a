// SPDX-License-Identifier: MIT
// Any bytes are a valid response to the remote engine: an answer, a fault of the server's that is
// told, and nothing else. Streams give the same events wherever they are cut.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "engine/remote_events.h"
#include "engine/remote_score_wire.h"
#include "engine/remote_wire.h"

namespace {

using namespace paq;

void require(bool holds) {
  if (!holds) std::abort();
}

// Only kEngine may come out, in one line.
template <typename Action>
void allow_engine_error(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    require(error.code() == ErrorCode::kEngine);
    require(std::string_view(error.what()).find('\n') == std::string_view::npos);
  }
}

void check(const AnswerReader& reader) {
  const Completion completion = reader.completion();
  require(completion.tokens.size() == reader.tokens().size());
  for (const Token& token : completion.tokens) {
    require(std::isfinite(token.logprob) && token.logprob <= 0 && token.id >= -1);
  }
  require(completion.prompt_tokens >= 0);
}

std::vector<std::string> events_of(std::string_view bytes, size_t piece) {
  EventReader reader;
  std::vector<std::string> events;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    for (std::string& event : reader.append(bytes.substr(at, piece))) {
      events.push_back(std::move(event));
    }
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const RemoteServer server : {RemoteServer::kLlamaServer, RemoteServer::kVllm}) {
    AnswerReader whole(server, true);
    allow_engine_error([&] { whole.read(bytes); });
    check(whole);
  }
  if (size < EventReader::kLongestEvent) {
    const std::vector<std::string> events = events_of(bytes, size + 1);
    require(events == events_of(bytes, 1));
    AnswerReader streamed(RemoteServer::kOther, false);
    allow_engine_error([&] {
      for (const std::string& event : events) streamed.read(event);
    });
    check(streamed);
  }
  for (const long status : {400L, 500L}) {
    const RemoteFault fault = read_fault(status, bytes);
    require(!fault.message.empty() && fault.message.size() < 400);
    require(fault.too_long || !fault.prompt_tokens);
  }
  if (const auto models = read_models(bytes)) {
    for (const RemoteModel& model : *models) {
      require(model.bytes.value_or(0) >= 0 && model.context_tokens.value_or(0) >= 0);
    }
  }
  require(read_props_context(bytes).value_or(1) > 0);
  allow_engine_error([&] { (void)read_tokens(bytes); });
  const std::vector<int32_t> expected = {1, 2};
  allow_engine_error([&] { require(read_prompt_logprobs(bytes, expected).size() == 2); });
  return 0;
}
