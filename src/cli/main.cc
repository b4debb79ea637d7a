// SPDX-License-Identifier: MIT
// paq: reads the command line, runs one subcommand, turns errors into one line and an exit code.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <clocale>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <new>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"
#include "core/error.h"
#include "engine/embedded_engine.h"

namespace {

using namespace paq;

int fail(int code, const std::string& message) {
  std::fprintf(stderr, "paq: %s\n", one_line(message).c_str());
  return code;
}

// Nobody may take a result that could not be written for a whole one.
int finish_output(int code) {
  std::cout.flush();
  if (!std::cout || std::fflush(stdout) != 0) {
    return fail(kExitFailed, "cannot write to standard output; free some space and try again");
  }
  return code;
}

// Of a command that goes on where it was interrupted.
bool keeps_what_is_finished(const std::string& command) {
  constexpr std::string_view kCommands[] = {"ladder build", "tasks fetch",    "label",
                                            "eval",         "labels measure", "demo"};
  return std::find(std::begin(kCommands), std::end(kCommands), command) != std::end(kCommands);
}

int run(const Action& action, const std::string& command) {
  try {
    return finish_output(action());
  } catch (const Error& error) {
    std::cout.flush();
    if (error.code() == ErrorCode::kCancelled) {
      return fail(kExitInterrupted,
                  keeps_what_is_finished(command)
                      ? "interrupted; what was finished is kept, run the same command again to go "
                        "on (" +
                            std::string(error.what()) + ")"
                      : "interrupted before there was a result");
    }
    return fail(error.code() == ErrorCode::kUsage ? kExitUsage : kExitFailed, error.what());
  } catch (const std::bad_alloc&) {
    return fail(kExitFailed, "out of memory; use a smaller --limit, --concurrency or --context");
  } catch (const std::exception& error) {
    return fail(kExitFailed, std::string("internal error: ") + error.what());
  }
}

void start_logging(bool verbose) {
  spdlog::set_default_logger(spdlog::stderr_color_st("paq"));
  spdlog::set_pattern("%H:%M:%S %^%l%$ %v");
  spdlog::set_level(verbose ? spdlog::level::debug : spdlog::level::off);
  set_llama_log([](std::string_view line) { spdlog::info("llama.cpp: {}", line); });
}

// The subcommand that was chosen, for "see paq ... --help".
std::string command_path(const CLI::App& app) {
  for (const CLI::App* sub : app.get_subcommands())
    return " " + sub->get_name() + command_path(*sub);
  return "";
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  CLI::App app{
      "Answers every prompt with the smallest precision of a language model that is good "
      "enough for it.",
      "paq"};
  app.footer(
      "Exit codes: 0 done, 1 failed, 2 bad usage, 130 interrupted.\n"
      "Example: paq demo");
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", PAQ_VERSION);
  bool verbose = false;
  app.add_flag("--verbose", verbose, "Log what happens on standard error");

  Action action;
  add_ladder_command(app, action);
  add_tasks_command(app, action);
  add_label_command(app, action);
  add_labels_command(app, action);
  add_thresholds_command(app, action);
  add_outcomes_command(app, action);
  add_train_command(app, action);
  add_route_command(app, action);
  add_run_command(app, action);
  add_eval_command(app, action);
  add_calibrate_command(app, action);
  add_bench_command(app, action);
  add_score_command(app, action);
  add_report_command(app, action);
  add_demo_command(app, action);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return finish_output(app.exit(help));
  } catch (const CLI::RequiredError& error) {
    const bool unknown = app.get_subcommands().empty() && argc > 1 && argv[1][0] != '-';
    const std::string what = unknown ? "there is no command \"" + std::string(argv[1]) + "\""
                                     : std::string(error.what());
    return fail(kExitUsage, what + "; see paq" + command_path(app) + " --help");
  } catch (const CLI::ParseError& error) {
    return fail(kExitUsage,
                std::string(error.what()) + "; see paq" + command_path(app) + " --help");
  } catch (const Error& error) {
    return fail(kExitUsage, error.what());
  }
  start_logging(verbose);
  install_interrupt_handlers();
  const std::string path = command_path(app);
  return run(action, path.empty() ? path : path.substr(1));
}
