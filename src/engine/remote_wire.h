// SPDX-License-Identifier: MIT
// What is said to OpenAI-compatible servers and what they say: JSON to the engine's types and back,
// with the differences between llama-server, vLLM and SGLang. Pure; any bytes are a valid input.
// Internal to engine/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/completion.h"
#include "engine/engine.h"
#include "engine/remote_engine.h"

namespace paq {

/// What GET /models lists, in its order; nullopt where the body is no such list.
std::optional<std::vector<RemoteModel>> read_models(std::string_view body);

/// Context of one request from llama-server's GET /props, where it is there.
std::optional<int> read_props_context(std::string_view body);

/// Below the base URL: "/chat/completions" or "/completions".
std::string_view path_of(PromptForm form);

struct BodyOptions {
  RemoteServer server = RemoteServer::kOther;
  std::string model = {};
  bool logprobs = true;
  int max_tokens = 1;
};

/// Whether the answer is asked for as a stream. llama-server's chat stream leaves the
/// log-probability of the end of turn out, its whole answer does not, and says when it began.
bool streams(RemoteServer server, PromptForm form);

/// The body of the request, JSON.
std::string request_body(const Request& request, const BodyOptions& options);

/// Puts an answer together from the JSON documents that it comes in: one, or many of a stream.
class AnswerReader {
 public:
  AnswerReader(RemoteServer server, bool has_stop) : server_(server), has_stop_(has_stop) {}

  /// Takes the next document, which may be "[DONE]". Throws Error(kEngine) for what is no answer,
  /// and with the server's own words for a fault that it reports.
  void read(std::string_view json);

  /// So far.
  const std::string& text() const { return text_; }
  const std::vector<Token>& tokens() const { return tokens_; }  ///< `id` -1 where not told.

  /// Whether the server has said why the answer ended.
  bool complete() const { return finish_.has_value(); }

  /// Once complete. `seconds` are left to the caller. `prompt_tokens` is 0 where not told.
  Completion completion() const;

  /// Tokens that the server says it has generated, where it does.
  std::optional<int> generated_tokens() const { return generated_tokens_; }

  /// From the first token to the last, measured by the server, where it says so.
  std::optional<double> generation_seconds() const { return generation_seconds_; }

 private:
  FinishReason finish_of_stop() const;

  RemoteServer server_;
  bool has_stop_;
  std::string text_;
  std::vector<Token> tokens_;
  std::optional<std::string> finish_;
  std::optional<bool> ended_by_string_;  // Where the server says what "stop" was.
  int prompt_tokens_ = 0;
  std::optional<int> generated_tokens_;
  std::optional<double> generation_seconds_;
};

/// Why a server did not answer, from the body of a response with an error status.
struct RemoteFault {
  std::string message;    ///< One line, cut where very long; the status's name where none is given.
  bool too_long = false;  ///< Prompt, or prompt and max_tokens, exceed the context.
  std::optional<int> prompt_tokens, context_tokens;  ///< Where `too_long` and told.
};
RemoteFault read_fault(long status, std::string_view body);

}  // namespace paq
