// SPDX-License-Identifier: MIT
// paq train: hands everything to paq-train, the program that links LibTorch.
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/process.h"

namespace paq {

void add_train_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("train", "Train a router on stored outcomes");
  command->set_help_flag();  // paq-train has the help
  command->fallthrough(false);
  command->prefix_command();
  command->footer("Example: paq train --store paq.db --tau 1.13 --out router.gguf");
  command->callback([command, &action] {
    action = [arguments = command->remaining()]() -> int {
      become_process(find_paq_train(), arguments);
    };
  });
}

}  // namespace paq
