// SPDX-License-Identifier: MIT
// paq-train: outcomes in a store -> router GGUF files, one per threshold. The only program of paq
// that links LibTorch; `paq train` runs it.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "core/outputs.h"
#include "ladder/gguf_reader.h"
#include "train/export.h"
#include "train/material.h"
#include "train/trainer.h"
#include "train/training_json.h"

namespace {

using namespace paq;
using Json = nlohmann::ordered_json;

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr int kExitInterrupted = 130;

CancelFlag interrupted{false};

void on_signal(int) { interrupted = true; }

struct Arguments {
  MaterialOptions material;
  std::filesystem::path out;
  std::vector<double> taus;  // Empty: the label mode's usual one.
  std::string label_mode = "perplexity";
  bool reject_loops = false;
  std::string size = "tiny";
  std::string prior = "natural";
  double learning_rate = 0;
  bool json = false;
  bool half = false;
  TrainOptions options;
};

// Where the router of one threshold goes: the path itself when there is one threshold only.
std::filesystem::path output_path(const Arguments& arguments, double tau) {
  if (arguments.taus.size() == 1) return arguments.out;
  char text[32];
  std::snprintf(text, sizeof text, "-tau%g", tau);
  std::filesystem::path path = arguments.out;
  path.replace_filename(arguments.out.stem().string() + text + arguments.out.extension().string());
  return path;
}

bool is_router(const std::filesystem::path& path) {
  try {
    return GgufReader(path).integer("paq.router.version").has_value();
  } catch (const Error&) {
    return false;
  }
}

void check_output(const std::filesystem::path& path) {
  if (path == "-") {
    throw Error(ErrorCode::kUsage, "a router is not written to standard output; name a file");
  }
  const OutputPlace place = output_place(path);
  if (place.in_place) return;
  std::filesystem::path folder = place.path.parent_path();
  if (folder.empty()) folder = ".";
  if (access(folder.c_str(), W_OK) != 0)
    throw error_from_errno("cannot write to " + folder.string());
  std::error_code error;
  const auto bytes = std::filesystem::file_size(place.path, error);
  if (!error && bytes > 0 && !is_router(place.path)) {
    throw Error(ErrorCode::kUsage, path.string() +
                                       " is there and is no router; a router replaces only "
                                       "another router: name another file with --out");
  }
}

// What cannot be written, or must not be replaced, should be known before the training, not after
// it.
void check_outputs(const Arguments& arguments) {
  std::vector<NamedFile> outputs;
  for (const double tau : arguments.taus) {
    outputs.push_back({"--out", output_path(arguments, tau)});
  }
  const MaterialOptions& material = arguments.material;
  check_apart(outputs, std::vector<NamedFile>{
                           {"--store", material.store},
                           {"--only", material.only},
                           {"--ladder", std::filesystem::path(material.ladder) / "ladder.yaml"}});
  for (const NamedFile& output : outputs) check_output(output.path);
}

// Those that mean nothing would leave out nothing, without a word.
void check_without_tasks(const Arguments& arguments, const Material& material) {
  std::set<std::string> tasks;
  for (const PromptOutcomes& outcomes : material.training) tasks.insert(outcomes.prompt.task);
  for (const std::string& task : arguments.options.without_tasks) {
    if (tasks.contains(task)) continue;
    std::string known;
    for (const std::string& name : tasks) known += (known.empty() ? "" : ", ") + name;
    throw Error(ErrorCode::kUsage, "--without-task " + task + ": " +
                                       arguments.material.store.string() +
                                       " has no training prompts of that task; it has " +
                                       (known.empty() ? "none at all" : known));
  }
}

void show_progress(const Progress& progress) {
  static auto last = std::chrono::steady_clock::time_point{};
  const auto now = std::chrono::steady_clock::now();
  if (progress.done != progress.total && now - last < std::chrono::milliseconds(200)) return;
  last = now;
  std::fprintf(stderr, "\r\033[K%s  %lld/%lld %s  %.1f/s  %.0f s left  %s", progress.stage.c_str(),
               static_cast<long long>(progress.done), static_cast<long long>(progress.total),
               progress.unit.c_str(), progress.rate(), std::max(0.0, progress.seconds_left()),
               progress.detail.c_str());
  if (progress.done == progress.total) std::fputs("\n", stderr);
}

// What the left-out prompts lack, for people: "2-bit 3, 4-bit 157". Empty where nothing is missing.
std::string missing_text(const Json& missing) {
  std::string text;
  for (const auto& [width, count] : missing.items()) {
    text += (text.empty() ? "" : ", ") + width + "-bit " + std::to_string(count.get<int64_t>());
  }
  return text;
}

LabelRule rule_of(const Arguments& arguments, double tau) {
  return {label_mode_spec(arguments.label_mode).mode, tau, arguments.reject_loops};
}

// What labels of this rule need and prompts may lack.
std::string needed_text(const LabelRule& rule) {
  switch (label_mode_spec(rule.mode).needs) {
    case LabelNeeds::kPerplexities:
      return "no outcomes with a perplexity";
    case LabelNeeds::kScores:
      return "no outcomes with a score";
    case LabelNeeds::kComparisons:
    case LabelNeeds::kDistributions:
      return "no comparisons, which paq labels measure makes,";
  }
  return "";
}

Json train_one(const Arguments& arguments, const Material& material, double tau) {
  const LabelRule rule = rule_of(arguments, tau);
  std::vector<Example> examples = label_examples(material.training, material.widths, rule);
  if (examples.empty()) {
    throw Error(ErrorCode::kUsage,
                "none of " + std::to_string(material.training.size()) +
                    " training prompts can be labelled: " + needed_text(rule) + " for widths " +
                    to_string(std::span<const BitWidth>(material.widths)) +
                    "; let paq label finish first, or name fewer widths with --bits");
  }
  const auto unlabelled = static_cast<int64_t>(material.training.size() - examples.size());
  const int64_t in_test = remove_texts(examples, material.test_texts);
  const TrainedRouter router = train_router(
      std::move(examples), static_cast<int>(material.widths.size()), arguments.options);
  const std::string training = training_json(arguments.options, router.report, material.widths);
  const RouterMetadata metadata{.bit_widths = material.widths,
                                .tau = tau,
                                .label_mode = router_label_mode(rule),
                                .ladder_hash = material.ladder.ladder.hash,
                                .base_model = material.ladder.ladder.base_model,
                                .training_data_hash = router.report.training_data_hash,
                                .temperature = router.report.temperature,
                                .training = training};
  const std::filesystem::path path = output_path(arguments, tau);
  export_router(path, {router.config, router.parameters, router.vocabulary, metadata},
                arguments.half ? MatrixType::kF16 : MatrixType::kF32);
  Json missing = Json::object();
  if (rule.mode == LabelMode::kPerplexity) {
    for (const auto& [width, count] : missing_perplexities(material.training, material.widths)) {
      missing[to_string(width)] = count;
    }
  }
  Json json = {{"router", path.string()},
               {"tau", tau},
               {"label_mode", router_label_mode(rule)},
               {"training_prompts", material.training.size()},
               {"unlabelled", unlabelled},
               {"without_perplexity", missing},
               {"left_out_as_test_prompts", in_test},
               {"training_data_hash", router.report.training_data_hash}};
  json.update(Json::parse(training));
  return json;
}

void print_table(const Json& result) {
  const Json& metrics = result.at("metrics");
  std::printf("%s  %s, tau %g\n", result.at("router").get<std::string>().c_str(),
              result.at("label_mode").get<std::string>().c_str(), result.at("tau").get<double>());
  for (const char* row : {"labelled", "training", "validation"}) {
    std::printf("  %-10s", row);
    for (const auto& [width, count] : metrics.at(row).items()) {
      std::printf("  %s-bit %lld", width.c_str(), static_cast<long long>(count.get<int64_t>()));
    }
    std::printf("\n");
  }
  if (const auto left_out = result.at("unlabelled").get<int64_t>(); left_out > 0) {
    const std::string missing = missing_text(result.at("without_perplexity"));
    std::printf("  %lld of %lld training prompts are left out for want of an outcome%s\n",
                static_cast<long long>(left_out),
                static_cast<long long>(result.at("training_prompts").get<int64_t>()),
                missing.empty() ? "" : (" (" + missing + ")").c_str());
  }
  std::printf("  validation accuracy %.3f in epoch %d; always the commonest label %.3f\n",
              metrics.at("validation_accuracy").get<double>(), metrics.at("best_epoch").get<int>(),
              metrics.at("majority_baseline").get<double>());
  std::printf("  %lld parameters, %.0f s\n",
              static_cast<long long>(metrics.at("parameters").get<int64_t>()),
              metrics.at("seconds").get<double>());
}

void declare(CLI::App& app, Arguments& arguments) {
  TrainOptions& options = arguments.options;
  app.add_option("--store", arguments.material.store, "Store with outcomes of the train split")
      ->required();
  app.add_option("--ladder", arguments.material.ladder,
                 "Outcomes of this ladder: its folder, its hash, or imported (default: the only "
                 "one there is)");
  app.add_option("--bits", arguments.material.bits,
                 "Widths to choose among (default: all that the ladder has outcomes at)");
  app.add_option("--only", arguments.material.only,
                 "Train on these prompts alone: a JSONL file with task and id on each line");
  app.add_option("--out", arguments.out, "Router file to write (GGUF)")->required();
  app.add_option("--tau", arguments.taus,
                 "Threshold of the labels; several give one router each (default: 1.13; of another "
                 "label mode its usual one)")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--label-mode", arguments.label_mode,
                 "What labels are made of; `paq labels modes` lists them")
      ->capture_default_str();
  app.add_flag("--reject-loops", arguments.reject_loops,
               "A response that ends in a loop is never good enough");
  app.add_option("--size", arguments.size, "tiny, small or base")->capture_default_str();
  app.add_option("--epochs", options.epochs)->capture_default_str()->check(CLI::Range(1, 1000));
  app.add_option("--batch", options.batch_size, "Prompts per step")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096));
  app.add_option("--lr", arguments.learning_rate, "Peak learning rate (default: the size's)")
      ->check(CLI::PositiveNumber);
  app.add_option("--dropout", options.dropout)->capture_default_str()->check(CLI::Range(0.0, 0.9));
  app.add_option("--seed", options.seed)->capture_default_str();
  app.add_option("--max-per-task", options.max_per_task, "Prompts taken of every task")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--without-task", options.without_tasks,
                 "Leave a task's prompts out, to see how the router does on a new task; may repeat")
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--keep-per-label", options.keep_per_label,
                 "Balancing leaves every label this many prompts")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--prior", arguments.prior,
                 "Label shares assumed when routing: natural (as met) or balanced (as the paper)")
      ->capture_default_str()
      ->check(CLI::IsMember({"natural", "balanced"}));
  app.add_option("--validation-share", options.validation_share)
      ->capture_default_str()
      ->check(CLI::Range(0.01, 0.5));
  app.add_option("--vocabulary", options.vocabulary, "Tokens at most")
      ->capture_default_str()
      ->check(CLI::Range(300, 65536));
  app.add_option("--context", options.context_tokens, "Longest prompt, in the router's tokens")
      ->capture_default_str()
      ->check(CLI::Range(16, 8192));
  app.add_option("--threads", options.threads, "0: as many as LibTorch likes")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024));
  app.add_flag("--f16", arguments.half, "Write matrices as F16: half the size, for base");
  app.add_flag("--json", arguments.json, "Print the result as JSON");
  app.footer("Example: paq train --store paq.db --tau 1.13 --out router.gguf");
}

int run(Arguments& arguments) {
  arguments.options.size = parse_router_size(arguments.size);
  arguments.options.prior = arguments.prior == "natural" ? Prior::kNatural : Prior::kBalanced;
  if (arguments.learning_rate > 0) arguments.options.learning_rate = arguments.learning_rate;
  arguments.options.cancel = &interrupted;
  if (isatty(STDERR_FILENO)) arguments.options.progress = show_progress;
  const LabelModeSpec& spec = label_mode_spec(arguments.label_mode);
  if (arguments.taus.empty()) arguments.taus = {spec.threshold};
  for (const double tau : arguments.taus) check_rule(rule_of(arguments, tau));
  check_outputs(arguments);
  const Material material = read_material(arguments.material);
  check_without_tasks(arguments, material);
  Json results = Json::array();
  for (const double tau : arguments.taus) {
    results.push_back(train_one(arguments, material, tau));
    if (!arguments.json) print_table(results.back());
  }
  if (arguments.json) {
    const LadderIdentity& ladder = material.ladder.ladder;
    std::cout << Json({{"bit_widths", to_string(std::span<const BitWidth>(material.widths))},
                       {"base_model", ladder.base_model},
                       {"ladder_hash", ladder.hash},
                       {"routers", results}})
                     .dump(2, ' ', false, Json::error_handler_t::replace)
              << '\n';
  }
  return 0;
}

// People meet this program as `paq train`: the line begins as all of paq's do.
int fail(int code, const std::string& message) {
  std::fprintf(stderr, "%spaq: %s\n", isatty(STDERR_FILENO) ? "\r\033[K" : "", message.c_str());
  return code;
}

// Nobody may take a result that could not be written for a whole one.
int finish_output(int code) {
  std::cout.flush();
  if (!std::cout || std::fflush(stdout) != 0) {
    return fail(kExitFailed,
                "cannot write to standard output; free some space and try again (the routers "
                "themselves are written)");
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);  // a second signal ends at once
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);

  Arguments arguments;
  CLI::App app{"Trains a router on stored outcomes.", "paq-train"};
  declare(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return finish_output(app.exit(help));
  } catch (const CLI::ParseError& error) {
    return fail(kExitUsage, std::string(error.what()) + "; see paq train --help");
  }
  try {
    return finish_output(run(arguments));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCancelled) return fail(kExitInterrupted, error.what());
    return fail(error.code() == ErrorCode::kUsage ? kExitUsage : kExitFailed, error.what());
  } catch (const std::bad_alloc&) {
    return fail(kExitFailed, "out of memory; lower --batch or --context, or take a smaller --size");
  } catch (const std::exception& error) {
    std::string line = error.what();  // LibTorch appends a backtrace
    return fail(kExitFailed, "internal error: " + line.substr(0, line.find('\n')));
  }
}
