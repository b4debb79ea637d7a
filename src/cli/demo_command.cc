// SPDX-License-Identifier: MIT
// paq demo: the whole of paq on the miniature, in minutes. Every step is one that the other
// commands offer too, and each can be resumed: what is there already is kept.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/demo.h"

namespace paq {

void add_demo_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("demo", "The whole of paq on a miniature, in minutes");
  const auto options = std::make_shared<DemoOptions>();
  command->add_option("--dir", options->directory, "Folder for everything that is made")
      ->capture_default_str();
  command->add_option("--model", options->model,
                      "F16 GGUF of the miniature, if not the one shipped");
  command->add_option("--train-prompts", options->train_prompts, "Per task, for the router")
      ->check(CLI::Range(8, 1000000))
      ->capture_default_str();
  command->add_option("--test-prompts", options->test_prompts, "Per task, for the table")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command
      ->add_option("--limit", options->limit,
                   "At most this many of either, for a quick look; 0: as above")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--tau", options->tau, "Perplexity threshold of the labels")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of prompts, training and statistics")
      ->capture_default_str();
  command->add_option("--threads", options->threads, "Of engine and router; 0: physical cores")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--json", options->json, "The result as JSON on standard output");
  command->footer("Run it again to go on after an interruption.\nExample: paq demo --dir paq-demo");
  command->callback([=, &action] {
    action = [=] {
      run_demo(*options);
      return kExitDone;
    };
  });
}

}  // namespace paq
