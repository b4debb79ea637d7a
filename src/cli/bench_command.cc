// SPDX-License-Identifier: MIT
// paq bench: this machine's cost of every variant, for policies to go by.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/bench.h"
#include "cli/command.h"
#include "cli/engine_options.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/machine.h"
#include "cli/router_options.h"
#include "cli/terminal.h"
#include "cli/timed_routing.h"
#include "core/outputs.h"
#include "ladder/ladder_files.h"
#include "report/format.h"

namespace paq {
namespace {

struct BenchArguments {
  std::filesystem::path ladder, router, out;
  EngineArguments engine;
  BenchOptions bench;
  bool any_ladder = false;
  bool json = false;
};

// The router's own time for the prompt of the benchmark, after a first pass that pays for memory.
std::optional<double> time_router(const BenchArguments& arguments, const Ladder& ladder,
                                  const std::string& prompt) {
  if (arguments.router.empty()) return std::nullopt;
  const auto router = Router::load(arguments.router, {.threads = arguments.engine.threads});
  require_fit(*router, ladder.identity(), arguments.any_ladder);
  route_timed(*router, prompt);
  std::vector<double> seconds;
  for (int i = 0; i < arguments.bench.rounds; ++i) {
    seconds.push_back(route_timed(*router, prompt).seconds);
  }
  return median(seconds);
}

Json costs_json(const BenchArguments& arguments, const Ladder& ladder, const BenchResult& result,
                std::optional<double> router_seconds) {
  Json variants = Json::array();
  for (const WidthBench& width : result.widths) {
    variants.push_back({{"bits", width.bits.bits},
                        {"type", ladder.variant(width.bits).type},
                        {"cost", width.seconds},
                        {"cost_least", width.seconds_least},
                        {"cost_most", width.seconds_most},
                        {"prefill_tokens_per_second", width.prefill_tokens_per_second},
                        {"decode_tokens_per_second", width.decode_tokens_per_second}});
  }
  return {{"format", 1},
          {"unit", "seconds"},
          {"prompt_tokens", result.prompt_tokens},
          {"answer_tokens", result.answer_tokens},
          {"rounds", arguments.bench.rounds},
          {"threads", arguments.engine.threads},
          {"base_model", ladder.base_model},
          {"ladder_hash", ladder.hash()},
          {"machine", machine_description()},
          {"date", utc_now()},
          {"variants", variants},
          {"router_seconds", router_seconds ? Json(*router_seconds) : Json(nullptr)}};
}

void print_table(const Ladder& ladder, const BenchResult& result,
                 std::optional<double> router_seconds) {
  double longest = 0;
  for (const WidthBench& width : result.widths) longest = std::max(longest, width.seconds_most);
  const TimeUnit unit = time_unit(longest);
  const double largest = result.widths.back().seconds;
  TextTable table;
  table.add({"bits", "type", "prefill/s", "decode/s", std::string(unit.name) + " a prompt", "least",
             "most", "vs " + to_string(result.widths.back().bits) + "-bit"});
  table.rule();
  for (const WidthBench& width : result.widths) {
    table.add({to_string(width.bits), ladder.variant(width.bits).type,
               fixed_point(width.prefill_tokens_per_second, 1),
               fixed_point(width.decode_tokens_per_second, 1), in_unit(width.seconds, unit),
               in_unit(width.seconds_least, unit), in_unit(width.seconds_most, unit),
               signed_points(width.seconds / largest - 1) + " %"});
  }
  std::printf("%s, %d tokens of prompt and %d of answer, one prompt at a time\n%s\n\n%s",
              ladder.base_model.c_str(), result.prompt_tokens, result.answer_tokens,
              machine_description().c_str(), table.str().c_str());
  if (router_seconds) std::printf("router: %.1f ms a prompt\n", 1000 * *router_seconds);
}

int bench(const BenchArguments& arguments) {
  check_text_outputs(std::vector<NamedFile>{{"--out", arguments.out}},
                     std::vector<NamedFile>{{"--router", arguments.router},
                                            {"--ladder", arguments.ladder / "ladder.yaml"}});
  const std::vector<NamedFile> outputs = {{"--out", arguments.out}};
  const bool prints_file = takes_standard_output(outputs, arguments.json);
  const Ladder ladder = read_ladder(arguments.ladder);
  const auto engine = open_engine(ladder, arguments.engine, 1);
  ProgressLine progress;
  BenchOptions options = arguments.bench;
  options.progress = progress.callback();
  options.cancel = &interrupt_flag();
  const BenchResult result = run_bench(*engine, options);
  progress.clear();
  const std::optional<double> router_seconds = time_router(arguments, ladder, result.prompt);
  const Json json = costs_json(arguments, ladder, result, router_seconds);
  if (!arguments.out.empty()) write_output(arguments.out, json.dump(2) + "\n");
  if (prints_file) return kExitDone;
  if (arguments.json) {
    print_json(json);
  } else {
    print_table(ladder, result, router_seconds);
  }
  return kExitDone;
}

}  // namespace

void add_bench_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("bench", "What this machine takes for a prompt at every width");
  const auto arguments = std::make_shared<BenchArguments>();
  command->add_option("--ladder", arguments->ladder, "Folder of the ladder")->required();
  command->add_option("--router", arguments->router, "Also time this router (GGUF)");
  add_any_ladder_option(*command, arguments->any_ladder);
  command->add_option("--out", arguments->out,
                      "Write the costs there, for --costs of other commands; - is standard output");
  command->add_option("--prompt-tokens", arguments->bench.prompt_tokens, "About as long a prompt")
      ->check(CLI::Range(8, 1 << 20))
      ->capture_default_str();
  command->add_option("--answer-tokens", arguments->bench.answer_tokens, "As long an answer")
      ->check(CLI::Range(2, 1 << 20))
      ->capture_default_str();
  command->add_option("--rounds", arguments->bench.rounds, "Medians are of so many answers a width")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  add_engine_options(*command, arguments->engine);
  command->add_flag("--json", arguments->json, "Machine-readable result on standard output");
  command->footer(
      "Take lengths like those of your prompts and answers, on an otherwise idle machine.\n"
      "Example: paq bench --ladder ladder --router router.gguf --out costs.json");
  command->callback([=, &action] { action = [=] { return bench(*arguments); }; });
}

}  // namespace paq
