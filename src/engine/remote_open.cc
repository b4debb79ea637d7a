// SPDX-License-Identifier: MIT
#include "engine/remote_open.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "core/error.h"
#include "engine/remote_http.h"

namespace paq {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMostNamed = 8;

void check_engine_options(const RemoteEngineOptions& options) {
  const auto require = [](bool holds, const char* what) {
    if (!holds) throw Error(ErrorCode::kUsage, what);
  };
  require(!options.endpoints.empty(), "there is no endpoint; name one or more");
  require(options.max_requests >= 1 && options.max_requests <= 1024,
          "max_requests must be 1 to 1024");
  require(options.context_tokens >= 2, "context_tokens must be 2 or more");
  require(options.attempts >= 1, "attempts must be 1 or more");
  require(options.first_wait_seconds > 0 && options.longest_wait_seconds > 0 &&
              options.patience_seconds >= 0 && options.open_patience_seconds >= 0 &&
              options.silent_seconds > 0,
          "waits and patience must not be negative");
  // A line end would begin a header of its own.
  require(std::ranges::all_of(options.api_key, [](char c) { return c > ' ' && c < 0x7f; }),
          "the API key has characters that no key has, perhaps a line end");
  std::set<BitWidth> widths;
  for (const RemoteEndpoint& endpoint : options.endpoints) {
    if (!widths.insert(endpoint.bits).second) {
      throw Error(ErrorCode::kUsage, "two endpoints are named for " + to_string(endpoint.bits) +
                                         " bits; name one per width");
    }
  }
}

struct Response {
  long status = 0;
  std::string body;
};

// GETs, one after the other, with the patience of opening.
class Enquiry {
 public:
  explicit Enquiry(const RemoteEngineOptions& options) : options_(options) {}

  // A response of any status but those that pass by themselves.
  Response get(const std::string& url) {
    Backoff backoff(backoff_options(options_, 0));
    const auto began = Clock::now();
    const auto now = [&] { return std::chrono::duration<double>(Clock::now() - began).count(); };
    for (;;) {
      while (!backoff.may_start(now())) {
        stop_if_cancelled();
        http_.run(std::min(0.1, backoff.next_start() - now()));
      }
      backoff.started(now());
      std::string why;
      double patience = options_.open_patience_seconds;
      double at_least = 0;
      if (std::optional<Response> response = try_once(url, why, at_least)) {
        const RemoteFault fault = read_fault(response->status, response->body);
        if (response->status == 200 || kind_of(response->status, fault) != StatusKind::kBusy) {
          return *std::move(response);
        }
        why = fault.message;
        patience = options_.patience_seconds;
      }
      backoff.failed(now(), std::min(at_least, patience));
      if (backoff.next_start() > patience) {
        throw Error(ErrorCode::kEngine,
                    url + " does not answer: " + why + "; start the server, or correct the URL");
      }
    }
  }

 private:
  // nullopt and why where there was no whole response.
  std::optional<Response> try_once(const std::string& url, std::string& why, double& at_least) {
    const uint64_t id = http_.start({.url = url,
                                     .bearer_token = options_.api_key,
                                     .connect_seconds = options_.open_patience_seconds + 1,
                                     .silent_seconds = options_.open_patience_seconds + 20});
    Response response;
    for (;;) {
      stop_if_cancelled();
      for (const HttpNews& news : http_.run(0.1)) {
        if (news.id != id) continue;
        response.body += news.bytes;
        if (!news.finished) continue;
        response.status = news.status;
        why = news.reason;
        at_least = news.retry_after_seconds;
        if (news.failure == HttpFailure::kNone) return response;
        if (news.failure != HttpFailure::kOther) return std::nullopt;
        throw Error(ErrorCode::kEngine, url + " can't be asked: " + news.reason);
      }
    }
  }

  void stop_if_cancelled() const {
    if (options_.cancel == nullptr || !*options_.cancel) return;
    throw Error(ErrorCode::kCancelled, "stopped while asking the endpoints for their models");
  }

  const RemoteEngineOptions& options_;
  HttpTransfers http_;
};

std::string list(const std::vector<RemoteModel>& models) {
  std::string text;
  for (size_t i = 0; i < std::min(models.size(), kMostNamed); ++i) {
    text += (i > 0 ? ", " : "") + models[i].name;
  }
  return models.size() > kMostNamed ? text + ", ..." : text;
}

RemoteModel choose(const RemoteEndpoint& endpoint, const std::vector<RemoteModel>& models) {
  if (endpoint.model.empty()) {
    if (models.size() == 1) return models.front();
    throw Error(ErrorCode::kUsage, endpoint.url + " has " + std::to_string(models.size()) +
                                       " models" + (models.empty() ? "" : ": ") + list(models) +
                                       "; name one as " + to_string(endpoint.bits) + "=" +
                                       endpoint.url + "#MODEL");
  }
  for (const RemoteModel& model : models) {
    if (model.name == endpoint.model) return model;
  }
  throw Error(ErrorCode::kNotFound, endpoint.url + " has no model \"" + endpoint.model +
                                        "\"; it has " + (models.empty() ? "none" : list(models)));
}

// The part of a URL before its path.
std::string root_of(const std::string& url) {
  return url.substr(0, url.find('/', url.find("://") + 3));
}

class Models {
 public:
  explicit Models(const RemoteEngineOptions& options) : enquiry_(options) {}

  RemoteModel of(const RemoteEndpoint& endpoint) {
    const Response& response = list_at(endpoint.url);
    std::optional<std::vector<RemoteModel>> models;
    if (response.status == 200) models = read_models(response.body);
    if (!models) return unlisted(endpoint, response);
    RemoteModel model = choose(endpoint, *models);
    model.bits = endpoint.bits;
    if (model.server == RemoteServer::kLlamaServer && !model.context_tokens) {
      const Response props = enquiry_.get(root_of(endpoint.url) + "/props");
      if (props.status == 200) model.context_tokens = read_props_context(props.body);
    }
    return model;
  }

 private:
  const Response& list_at(const std::string& url) {
    auto found = lists_.find(url);
    if (found == lists_.end()) found = lists_.emplace(url, enquiry_.get(url + "/models")).first;
    return found->second;
  }

  // Some gateways answer prompts but list nothing.
  static RemoteModel unlisted(const RemoteEndpoint& endpoint, const Response& response) {
    const RemoteFault fault = read_fault(response.status, response.body);
    if (response.status == 401 || response.status == 403) {
      throw error_of_status(endpoint.url, response.status, fault);
    }
    if (endpoint.model.empty()) {
      throw Error(ErrorCode::kEngine, endpoint.url + "/models lists no models (" +
                                          (response.status == 200 ? "no list" : fault.message) +
                                          "); correct the URL, or name the model as " +
                                          to_string(endpoint.bits) + "=" + endpoint.url + "#MODEL");
    }
    return {.bits = endpoint.bits, .name = endpoint.model};
  }

  Enquiry enquiry_;
  std::map<std::string, Response> lists_;
};

}  // namespace

std::vector<RemoteTarget> open_targets(const RemoteEngineOptions& options) {
  check_engine_options(options);
  Models models(options);
  std::vector<RemoteTarget> targets;
  for (const RemoteEndpoint& endpoint : options.endpoints) {
    RemoteTarget target;
    target.url = endpoint.url;
    target.model = models.of(endpoint);
    target.context_tokens = target.model.context_tokens.value_or(options.context_tokens);
    target.logprobs = options.logprobs;
    targets.push_back(std::move(target));
  }
  std::ranges::sort(targets, {}, [](const RemoteTarget& target) { return target.model.bits; });
  return targets;
}

BackoffOptions backoff_options(const RemoteEngineOptions& options, uint64_t seed) {
  return {.first_wait_seconds = options.first_wait_seconds,
          .longest_wait_seconds = options.longest_wait_seconds,
          .patience_seconds = options.patience_seconds,
          .seed = seed};
}

StatusKind kind_of(long status, const RemoteFault& fault) {
  if (fault.too_long) return StatusKind::kRefused;
  switch (status) {
    case 408:
    case 425:
    case 429:
    case 502:
    case 503:
    case 504:
      return StatusKind::kBusy;
    case 401:
    case 403:
    case 404:
    case 405:
      return StatusKind::kWrong;
    default:
      break;
  }
  if (status >= 500) {
    // How llama-server says that the chat template raises an error on the messages.
    const bool template_refuses = fault.message.find("Jinja") != std::string::npos ||
                                  fault.message.find("jinja") != std::string::npos;
    return template_refuses ? StatusKind::kRefused : StatusKind::kBroken;
  }
  return status >= 400 ? StatusKind::kRefused : StatusKind::kWrong;
}

Error error_of_status(const std::string& url, long status, const RemoteFault& fault) {
  const std::string said = url + " answers " + std::to_string(status) + ": " + fault.message;
  if (status == 401 || status == 403) {
    return Error(ErrorCode::kEngine, said + "; check the API key in the environment");
  }
  if (status == 404 || status == 405) {
    return Error(ErrorCode::kNotFound, said + "; correct the URL or the model's name");
  }
  return Error(ErrorCode::kEngine, said + "; give the URL of the server itself");
}

}  // namespace paq
