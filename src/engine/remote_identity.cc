// SPDX-License-Identifier: MIT
// What an endpoint is called, and which variant of which ladder it is.
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/hash.h"
#include "engine/remote_engine.h"

namespace paq {
namespace {

constexpr const char* kForm = "expected BITS=URL or BITS=URL#MODEL, such as 4=http://host:8080/v1";
Error bad_endpoint(std::string_view text, const std::string& what) {
  return Error(ErrorCode::kUsage, "\"" + std::string(text) + "\" " + what + "; " + kForm);
}

// llama-server calls a model by the path of its file, which may lie elsewhere tomorrow.
std::string_view name_in_hash(const RemoteModel& model) {
  const std::string_view name = model.name;
  if (model.server != RemoteServer::kLlamaServer) return name;
  return name.substr(name.find_last_of('/') + 1);  // 0 where there is none.
}

std::string digits(const std::optional<int64_t>& number) {
  return number ? std::to_string(*number) : "";
}

}  // namespace

RemoteEndpoint parse_remote_endpoint(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) throw bad_endpoint(text, "names no bit width");
  RemoteEndpoint endpoint;
  try {
    endpoint.bits = parse_bit_width(text.substr(0, equals));
  } catch (const Error&) {
    throw bad_endpoint(text, "does not begin with a bit width");
  }
  std::string_view url = text.substr(equals + 1);
  if (const size_t hash = url.find('#'); hash != std::string_view::npos) {
    endpoint.model = url.substr(hash + 1);
    if (endpoint.model.empty()) throw bad_endpoint(text, "names no model after the #");
    url = url.substr(0, hash);
  }
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    throw bad_endpoint(text, "has no URL that begins with http:// or https://");
  }
  const size_t host = url.find("://") + 3;
  const std::string_view authority = url.substr(host, url.find_first_of("/?", host) - host);
  if (authority.empty()) throw bad_endpoint(text, "names no host");
  if (authority.find('@') != std::string_view::npos) {
    // Not repeated: it has a password in it.
    throw Error(ErrorCode::kUsage, std::string("an endpoint's URL has a user or password in it; "
                                               "give the key through the environment; ") +
                                       kForm);
  }
  const bool odd =
      std::ranges::any_of(url, [](char c) { return c <= ' ' || c == '?' || c == 0x7f; });
  if (odd) throw bad_endpoint(text, "has a blank or a ? in its URL");
  while (url.ends_with('/')) url.remove_suffix(1);
  endpoint.url = url;
  if (url.find('/', host) == std::string_view::npos) endpoint.url += "/v1";
  return endpoint;
}

std::string_view to_string(RemoteServer server) {
  switch (server) {
    case RemoteServer::kLlamaServer:
      return "llama-server";
    case RemoteServer::kVllm:
      return "vLLM";
    case RemoteServer::kSglang:
      return "SGLang";
    case RemoteServer::kOther:
      break;
  }
  return "other";
}

Ladder remote_ladder(const std::vector<RemoteModel>& models) {
  Ladder ladder;
  for (const RemoteModel& model : models) {
    Sha256 hash;
    hash.update_field("remote-variant/1");
    hash.update_field(to_string(model.bits));
    hash.update_field(name_in_hash(model));
    hash.update_field(digits(model.parameters));
    hash.update_field(digits(model.bytes));
    Variant variant;
    variant.bits = model.bits;
    variant.file = model.name;
    variant.type = "remote";
    variant.file_bytes = model.bytes.value_or(0);
    if (model.bytes && model.parameters && *model.parameters > 0) {
      variant.bits_per_weight =
          8 * static_cast<double>(*model.bytes) / static_cast<double>(*model.parameters);
    }
    variant.sha256 = hash.finish();
    ladder.variants.push_back(std::move(variant));
  }
  if (!models.empty()) {
    const RemoteModel& largest = models.back();
    ladder.base_model = largest.name;
    ladder.parameters = largest.parameters.value_or(0);
  }
  return ladder;
}

void check_remote_models(const Ladder& ladder, const std::vector<RemoteModel>& models) {
  // Of what a file's tensors are expected to take; widths next to each other are further apart.
  constexpr double kTolerance = 0.02;
  for (const RemoteModel& model : models) {
    const Variant& variant = ladder.variant(model.bits);
    const auto mismatch = [&](const std::string& found, const std::string& expected) {
      return Error(ErrorCode::kMismatch, "the " + to_string(model.bits) +
                                             "-bit endpoint serves \"" + model.name + "\" with " +
                                             found + ", expected " + expected + " as in " +
                                             ladder.path_of(variant).string() +
                                             "; serve that file, or leave --ladder out");
    };
    if (model.parameters && ladder.parameters > 0 && *model.parameters != ladder.parameters) {
      throw mismatch(std::to_string(*model.parameters) + " weights",
                     std::to_string(ladder.parameters));
    }
    const double expected = variant.bits_per_weight * static_cast<double>(ladder.parameters) / 8;
    if (model.bytes && expected > 0 &&
        std::abs(static_cast<double>(*model.bytes) - expected) > kTolerance * expected) {
      throw mismatch(std::to_string(*model.bytes) + " bytes of weights",
                     "about " + std::to_string(static_cast<int64_t>(expected)));
    }
  }
}

}  // namespace paq
