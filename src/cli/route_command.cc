// SPDX-License-Identifier: MIT
// paq route: probabilities and choice, nothing generated.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/decision_text.h"
#include "cli/policy_options.h"
#include "cli/prompt_argument.h"
#include "cli/timed_routing.h"
#include "cli/validators.h"
#include "report/format.h"
#include "router/router.h"

namespace paq {
namespace {

struct RouteArguments {
  std::filesystem::path router;
  std::string prompt;
  PolicyArguments policy;
  int threads = 0;
  bool json = false;
};

int route(const RouteArguments& arguments) {
  const std::string prompt = read_prompt(arguments.prompt);
  const auto router = Router::load(arguments.router, {.threads = arguments.threads});
  const Policy policy = make_policy(arguments.policy, router->info());
  router->route(prompt);  // the first pass pays for memory; the second is what a server would see
  const TimedDecision timed = route_timed(*router, prompt);
  const Decision& decision = timed.decision;
  if (arguments.json) {
    print_json(decision_json(router->info(), policy, timed));
    return kExitDone;
  }
  TextTable table;
  const BitWidth chosen = choose_width(policy, decision);
  table.add({"bits", "probability", "adequate", "logit", ""});
  for (size_t k = 0; k < router->info().bit_widths.size(); ++k) {
    const BitWidth bits = router->info().bit_widths[k];
    table.add({to_string(bits), fixed_point(decision.probabilities.at(k), 3),
               fixed_point(decision.adequate.at(k), 3), fixed_point(decision.logits.at(k), 2),
               bits == chosen ? "<- chosen" : ""});
  }
  std::fputs(table.str().c_str(), stdout);
  std::printf("%s\n", policy_text(policy).c_str());
  std::printf("%d tokens in %.1f ms, tau %s\n", decision.prompt_tokens, 1000 * timed.seconds,
              tau_text(router->info().tau).c_str());
  if (decision.dropped_tokens > 0) {
    std::printf("%d tokens were dropped: the router reads %d at most\n", decision.dropped_tokens,
                router->info().context_tokens);
  }
  return kExitDone;
}

}  // namespace

void add_route_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("route", "Which width a prompt would get, without answering it");
  const auto arguments = std::make_shared<RouteArguments>();
  command->add_option("--router", arguments->router, "Router (GGUF)")->required();
  command->add_option("PROMPT", arguments->prompt, "Text, or - for standard input")->required();
  add_policy_options(*command, arguments->policy, PolicyCount::kOne);
  command->add_option("--threads", arguments->threads, "0: physical cores")->check(not_negative());
  command->add_flag("--json", arguments->json, "Machine-readable result on standard output");
  command->footer(
      "By a policy: paq route --router router.gguf --policy floor:0.05 \"What is 17 * 23?\"\n"
      "Example: paq route --router router.gguf \"What is 17 * 23?\"");
  command->callback([=, &action] { action = [=] { return route(*arguments); }; });
}

}  // namespace paq
