// SPDX-License-Identifier: MIT
#include "cli/remote_options.h"

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "cli/interrupt.h"
#include "core/error.h"
#include "engine/remote_engine.h"
#include "ladder/ladder_files.h"

namespace paq {
namespace {

std::string api_key(const std::string& variable) {
  const char* key = std::getenv(variable.c_str());
  if (key != nullptr) return key;
  if (variable == RemoteArguments{}.key_variable) return "";
  throw Error(ErrorCode::kUsage, "the environment has no variable " + variable +
                                     ", which --engine-key names; set it to the API key");
}

void log(const std::vector<RemoteModel>& models) {
  for (const RemoteModel& model : models) {
    spdlog::info("{}-bit variant: \"{}\" on {}", model.bits.bits, model.name,
                 to_string(model.server));
  }
}

}  // namespace

void add_remote_options(CLI::App& command, RemoteArguments& arguments) {
  CLI::Option* engine =
      command
          .add_option(
              "--engine", arguments.endpoints,
              "Let an OpenAI-compatible server answer for a variant: BITS=URL or BITS=URL#MODEL, "
              "once for each width")
          ->type_name("BITS=URL[#MODEL]")
          ->take_all()
          ->allow_extra_args(false);
  command
      .add_option("--engine-key", arguments.key_variable,
                  "Environment variable with the servers' API key")
      ->type_name("NAME")
      ->capture_default_str();
  command
      .add_option(
          "--engine-patience", arguments.patience_seconds,
          "Seconds that a server may be away before the run ends; one that holds the connection "
          "and is silent is given ten minutes")
      ->check(CLI::NonNegativeNumber)
      ->needs(engine)
      ->capture_default_str();
  command
      .add_flag("--scores-only", arguments.scores_only,
                "Do without perplexities, for servers that give no log-probabilities")
      ->needs(engine);
}

RemoteVariants open_remote_variants(const RemoteArguments& arguments,
                                    const RemoteOpening& opening) {
  RemoteEngineOptions options;
  for (const std::string& text : arguments.endpoints) {
    options.endpoints.push_back(parse_remote_endpoint(text));
  }
  options.api_key = api_key(arguments.key_variable);
  options.max_requests = opening.concurrency;
  options.context_tokens = opening.context_tokens;
  options.logprobs = !arguments.scores_only;
  options.patience_seconds = arguments.patience_seconds;
  options.open_patience_seconds =
      std::min(options.open_patience_seconds, arguments.patience_seconds);
  options.cancel = &interrupt_flag();
  std::optional<Ladder> ladder;
  if (!opening.ladder.empty()) ladder = read_ladder(opening.ladder);
  RemoteEngine remote = open_remote_engine(options);
  log(remote.models);
  if (ladder) check_remote_models(*ladder, remote.models);
  if (!ladder) ladder = remote_ladder(remote.models);
  std::vector<BitWidth> widths;
  for (const RemoteModel& model : remote.models) widths.push_back(model.bits);
  return {std::move(remote.engine), *std::move(ladder), std::move(widths)};
}

}  // namespace paq
