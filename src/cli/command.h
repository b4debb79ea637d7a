// SPDX-License-Identifier: MIT
// What a subcommand of paq is: a function that declares its options and says what to run.
//
// Each lives in a file of its own. Its options are held by the closure that it hands over, so that
// nothing is global. Errors leave a command as paq::Error; main() turns them into one line and an
// exit code.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace paq {

/// Exit codes of the program.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitInterrupted = 130;  // as shells have it: 128 + SIGINT

/// What the parsed command line asks for; returns the exit code.
using Action = std::function<int()>;

void add_ladder_command(CLI::App& app, Action& action);
void add_tasks_command(CLI::App& app, Action& action);
void add_label_command(CLI::App& app, Action& action);
void add_labels_command(CLI::App& app, Action& action);
void add_thresholds_command(CLI::App& app, Action& action);
void add_outcomes_command(CLI::App& app, Action& action);
void add_train_command(CLI::App& app, Action& action);
void add_route_command(CLI::App& app, Action& action);
void add_run_command(CLI::App& app, Action& action);
void add_eval_command(CLI::App& app, Action& action);
void add_calibrate_command(CLI::App& app, Action& action);
void add_bench_command(CLI::App& app, Action& action);
void add_score_command(CLI::App& app, Action& action);
void add_report_command(CLI::App& app, Action& action);
void add_demo_command(CLI::App& app, Action& action);

}  // namespace paq
