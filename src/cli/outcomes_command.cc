// SPDX-License-Identifier: MIT
// paq outcomes import|export|merge: outcomes measured elsewhere, as JSONL or as other stores.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/prompt_selection.h"
#include "cli/terminal.h"
#include "core/outputs.h"
#include "label/outcomes_file.h"
#include "ladder/ladder_files.h"
#include "store/ladder_choice.h"
#include "store/store.h"

namespace paq {
namespace {

struct OutcomesArguments {
  std::filesystem::path file, store;
  std::vector<std::filesystem::path> others;
  std::vector<std::string> tasks;
  std::string split, ladder;
  bool json = false;
};

// A file that is refused leaves no store where there was none.
ImportSummary import_into(const std::filesystem::path& path, const std::filesystem::path& file) {
  const bool is_new = !std::filesystem::exists(path);
  std::optional<Store> store = Store::open(path, Store::Mode::kWrite);
  try {
    return import_outcomes(file, *store);
  } catch (...) {
    const bool is_empty = store->outcome_count() == 0 && store->prompts({}).empty();
    store.reset();
    std::error_code ignored;
    if (is_new && is_empty) std::filesystem::remove(path, ignored);
    throw;
  }
}

int import_file(const OutcomesArguments& arguments) {
  const ImportSummary summary = import_into(arguments.store, arguments.file);
  if (arguments.json) {
    print_json({{"prompts", summary.prompts}, {"outcomes", summary.outcomes}});
  } else {
    std::printf("%s of %s now in %s\n", counted(summary.outcomes, "outcome").c_str(),
                counted(summary.prompts, "prompt").c_str(), arguments.store.c_str());
  }
  return kExitDone;
}

int export_file(const OutcomesArguments& arguments) {
  const std::vector<NamedFile> outputs = {{"FILE", arguments.file}};
  const bool prints_it = takes_standard_output(outputs, arguments.json);
  check_text_outputs(outputs,
                     std::vector<NamedFile>{
                         {"--store", arguments.store},
                         {"--ladder", std::filesystem::path(arguments.ladder) / "ladder.yaml"}});
  const std::string wanted = ladder_hash_or_text(arguments.ladder);
  const Store store = Store::open(arguments.store, Store::Mode::kRead);
  const PromptQuery query{.tasks = arguments.tasks, .split = arguments.split};
  check_task_and_split(&store, "", arguments.split);
  for (const std::string& task : arguments.tasks) check_task_and_split(&store, task, "");
  const auto prompts = store.outcomes(query, choose_ladder(store, query, wanted));
  std::string text;
  int64_t written = 0;
  for (const PromptOutcomes& prompt : prompts) {
    if (prompt.outcomes.empty()) continue;
    text += outcomes_line(prompt) + "\n";
    ++written;
  }
  write_output(arguments.file, text);
  if (prints_it) return kExitDone;
  if (arguments.json) {
    print_json({{"prompts", written}});
  } else {
    std::printf("%s written to %s\n", counted(written, "prompt").c_str(), arguments.file.c_str());
  }
  return kExitDone;
}

int merge_stores(const OutcomesArguments& arguments) {
  // Before the first is written: a name mistyped should not leave half of the work done.
  for (const std::filesystem::path& other : arguments.others) {
    Store::open(other, Store::Mode::kRead);
  }
  Store store = Store::open(arguments.store, Store::Mode::kWrite);
  Json merged = Json::array();
  for (const std::filesystem::path& other : arguments.others) {
    const MergeSummary summary = store.merge(other);
    merged.push_back({{"store", other.string()},
                      {"prompts", summary.prompts},
                      {"outcomes", summary.outcomes},
                      {"comparisons", summary.comparisons},
                      {"already_there", summary.already_there},
                      {"different", summary.different},
                      {"replaced", summary.replaced}});
    if (arguments.json) continue;
    std::printf("%s: %s outcomes and %s prompts added, %s outcomes were there\n", other.c_str(),
                grouped(summary.outcomes).c_str(), grouped(summary.prompts).c_str(),
                grouped(summary.already_there).c_str());
    if (summary.different > 0) {
      std::printf("%s: %s outcomes have another response than those that were there, which stay\n",
                  other.c_str(), grouped(summary.different).c_str());
    }
    if (summary.replaced > 0) {
      std::printf(
          "%s: %s outcomes took the place of answers cut by a shorter context or without a "
          "perplexity\n",
          other.c_str(), grouped(summary.replaced).c_str());
    }
  }
  if (arguments.json) {
    print_json({{"into", arguments.store.string()},
                {"outcomes", store.outcome_count()},
                {"merged", merged}});
  } else {
    std::printf("%s outcomes are now in %s\n", grouped(store.outcome_count()).c_str(),
                arguments.store.c_str());
  }
  return kExitDone;
}

}  // namespace

void add_outcomes_command(CLI::App& app, Action& action) {
  CLI::App* outcomes =
      app.add_subcommand("outcomes", "Outcomes as a JSONL file, or from other stores");
  outcomes->require_subcommand(1);
  outcomes->footer("Example: paq outcomes export outcomes.jsonl --store paq.db");
  const auto arguments = std::make_shared<OutcomesArguments>();
  const auto add_common = [&](CLI::App* command) {
    command->add_option("--store", arguments->store, "SQLite file")->required();
    command->add_flag("--json", arguments->json, "Machine-readable result on standard output");
  };

  CLI::App* import_app =
      outcomes->add_subcommand("import", "Take outcomes that were measured elsewhere");
  import_app->add_option("FILE", arguments->file, "JSONL file")->required();
  add_common(import_app);
  import_app->footer("Example: paq outcomes import measured.jsonl --store paq.db");
  import_app->callback([=, &action] { action = [=] { return import_file(*arguments); }; });

  CLI::App* export_app = outcomes->add_subcommand("export", "Write outcomes as JSONL");
  export_app->add_option("FILE", arguments->file, "JSONL file; - for standard output")->required();
  export_app->add_option("--ladder", arguments->ladder,
                         "Outcomes of this ladder: its folder, its hash, or imported (default: "
                         "the only one there is)");
  export_app->add_option("--task", arguments->tasks, "Only this task; may repeat")
      ->take_all()
      ->allow_extra_args(false);
  export_app->add_option("--split", arguments->split, "Only this split");
  add_common(export_app);
  export_app->footer("Example: paq outcomes export outcomes.jsonl --store paq.db --split test");
  export_app->callback([=, &action] { action = [=] { return export_file(*arguments); }; });

  CLI::App* merge_app =
      outcomes->add_subcommand("merge", "Put what several machines have labelled into one store");
  merge_app->add_option("STORES", arguments->others, "SQLite files; they are only read")
      ->required();
  merge_app->add_option("--into", arguments->store, "SQLite file; created where absent")
      ->required();
  merge_app->add_flag("--json", arguments->json, "Machine-readable result on standard output");
  merge_app->footer(
      "Doing it again changes nothing.\n"
      "Example: paq outcomes merge shard1.db shard2.db --into paq.db");
  merge_app->callback([=, &action] { action = [=] { return merge_stores(*arguments); }; });
}

}  // namespace paq
