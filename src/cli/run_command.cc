// SPDX-License-Identifier: MIT
// paq run: one routed answer in the terminal.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/decision_text.h"
#include "cli/engine_options.h"
#include "cli/interrupt.h"
#include "cli/policy_options.h"
#include "cli/prompt_argument.h"
#include "cli/router_options.h"
#include "cli/timed_routing.h"
#include "cli/validators.h"
#include "core/error.h"
#include "ladder/ladder_files.h"

namespace paq {
namespace {

struct RunArguments {
  std::filesystem::path ladder, router;
  std::string bits, system, prompt;
  PolicyArguments policy;
  EngineArguments engine;
  GenerateOptions generate;
  bool any_ladder = false;
  bool raw = false;
  bool json = false;
};

// The router's word, where there is a router.
struct Routing {
  RouterInfo info;
  Policy policy;
  TimedDecision timed;
};

std::optional<Routing> ask_router(const RunArguments& arguments, const Ladder& ladder,
                                  const std::string& prompt) {
  if (arguments.router.empty()) return std::nullopt;
  const auto router = Router::load(arguments.router, {.threads = arguments.engine.threads});
  require_fit(*router, ladder.identity(), arguments.any_ladder);
  return Routing{router->info(), make_policy(arguments.policy, router->info()),
                 route_timed(*router, prompt)};
}

BitWidth choose_bits(const RunArguments& arguments, const std::optional<Routing>& routing) {
  if (!arguments.bits.empty()) return parse_bit_width(arguments.bits);
  if (routing) return choose_width(routing->policy, routing->timed.decision);
  throw Error(ErrorCode::kUsage,
              "nobody says at which precision to answer; give --router FILE or --bits N");
}

// Blocks until the answer is there; on a signal what there is of it.
Completion generate(Engine& engine, Request request) {
  std::optional<Completion> completion;
  request.on_done = [&](const Completion& done) { completion = done; };
  const RequestId id = engine.submit(std::move(request));
  while (!completion && engine.step()) {
    if (interrupt_flag()) engine.cancel(id);
  }
  if (!completion) throw Error(ErrorCode::kEngine, "the engine gave no answer");
  return *completion;
}

void print_answer_json(const Completion& completion, const std::optional<Routing>& routing) {
  const auto ppl = perplexity(std::span<const Token>(completion.tokens));
  print_json({{"bits", completion.bits.bits},
              {"text", completion.text},
              {"finish", to_string(completion.finish)},
              {"prompt_tokens", completion.prompt_tokens},
              {"tokens", completion.tokens.size()},
              {"seconds", completion.seconds},
              {"seconds_to_first_token", completion.seconds_to_first_token},
              {"seconds_per_token", completion.seconds_per_token()},
              {"perplexity", ppl ? Json(*ppl) : Json(nullptr)},
              {"router", routing ? decision_json(routing->info, routing->policy, routing->timed)
                                 : Json(nullptr)}});
}

void print_figures(const Completion& completion, const std::optional<Routing>& routing) {
  std::fprintf(stderr, "[%d-bit", completion.bits.bits);
  if (routing) {
    std::fprintf(stderr, "; router, %s: %s, %.1f ms", routing->policy.name().c_str(),
                 probabilities_text(routing->info, routing->timed.decision).c_str(),
                 1000 * routing->timed.seconds);
  }
  std::fprintf(stderr, "; first token after %.0f ms, %zu tokens",
               1000 * completion.seconds_to_first_token, completion.tokens.size());
  if (completion.seconds_per_token() > 0) {
    std::fprintf(stderr, ", %.0f tokens/s", 1 / completion.seconds_per_token());
  }
  std::fprintf(stderr, "; %s]\n", std::string(to_string(completion.finish)).c_str());
}

int run(const RunArguments& arguments) {
  const bool has_policy = !arguments.policy.policies.empty() || !arguments.policy.costs.empty();
  if (has_policy && arguments.router.empty()) {
    throw Error(ErrorCode::kUsage,
                "--policy and --costs go by a router's word; give --router FILE");
  }
  const std::string prompt = read_prompt(arguments.prompt);
  const Ladder ladder = read_ladder(arguments.ladder);
  const std::optional<Routing> routing = ask_router(arguments, ladder, prompt);

  Request request;
  request.bits = choose_bits(arguments, routing);
  ladder.variant(request.bits);  // says which widths there are where this is none of them
  if (!arguments.system.empty()) request.messages.push_back({"system", arguments.system});
  request.messages.push_back({"user", prompt});
  request.options = arguments.generate;
  request.options.form = arguments.raw ? PromptForm::kRaw : PromptForm::kChat;
  if (!arguments.json) {
    request.on_text = [](std::string_view text) { std::cout << text << std::flush; };
  }
  const auto engine = open_engine(ladder, arguments.engine, 1);
  const Completion completion = generate(*engine, std::move(request));
  if (arguments.json) {
    print_answer_json(completion, routing);
  } else {
    std::cout << std::endl;
    print_figures(completion, routing);
  }
  return completion.finish == FinishReason::kCancelled ? kExitInterrupted : kExitDone;
}

void add_sampling_options(CLI::App& command, GenerateOptions& generate) {
  SamplingOptions& sampling = generate.sampling;
  command.add_option("--max-tokens", generate.max_tokens, "Longest answer")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command.add_option("--stop", generate.stop, "End before this text; may repeat")
      ->take_all()
      ->allow_extra_args(false);
  command.add_option("--temperature", sampling.temperature, "0: always the likeliest token")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  command.add_option("--top-k", sampling.top_k, "Sample from the k likeliest; 0: off")
      ->check(not_negative())
      ->capture_default_str();
  command.add_option("--top-p", sampling.top_p, "Sample from the likeliest of this total; 1: off")
      ->check(CLI::Range(1e-6, 1.0))
      ->capture_default_str();
  command.add_option("--min-p", sampling.min_p, "Drop tokens below this share of the likeliest")
      ->check(CLI::Range(0.0, 0.999999))
      ->capture_default_str();
  command.add_option("--seed", sampling.seed, "Of the sampling")
      ->check(not_negative())
      ->capture_default_str();
}

}  // namespace

void add_run_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("run", "Answer a prompt at the width the router picks");
  const auto arguments = std::make_shared<RunArguments>();
  command->add_option("--ladder", arguments->ladder, "Folder of the ladder")->required();
  command->add_option("--router", arguments->router, "Router (GGUF)");
  command->add_option("--bits", arguments->bits, "Answer at this width, whatever the router says");
  add_any_ladder_option(*command, arguments->any_ladder);
  add_policy_options(*command, arguments->policy, PolicyCount::kOne);
  command->add_option("PROMPT", arguments->prompt, "Text, or - for standard input")->required();
  command->add_option("--system", arguments->system, "System message");
  command->add_flag("--raw", arguments->raw, "No chat template: continue the text");
  add_sampling_options(*command, arguments->generate);
  add_engine_options(*command, arguments->engine);
  command->add_flag("--json", arguments->json, "The whole answer as JSON, not streamed");
  command->footer(
      "The answer goes to standard output, the figures to standard error.\n"
      "Example: paq run --ladder ladder --router router.gguf \"What is 17 * 23?\"");
  command->callback([=, &action] { action = [=] { return run(*arguments); }; });
}

}  // namespace paq
