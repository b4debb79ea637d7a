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
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "router/adequacy.h"
#include "router/policy_file.h"
#include "train/arguments.h"
#include "train/checkpoint.h"
#include "train/export.h"
#include "train/load_base.h"
#include "train/material.h"
#include "train/model_card.h"
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

// Whether labels could be made of scores.
bool has_scores(const Material& material) {
  const LabelRule rule{LabelMode::kScore, label_mode_spec(LabelMode::kScore).threshold};
  return !label_examples(material.training, material.widths, rule).empty();
}

// What policies go by is of the router as it is served: the file's precision and llama.cpp's sums
// are not those of the training.
void tabulate_file(const std::filesystem::path& path, std::span<const std::string> texts,
                   int threads) {
  if (texts.empty() || output_place(path).in_place) return;
  PolicyData data;
  {
    const auto router = Router::load(path, {.threads = threads});
    data = router->info().policies;
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    data.calibration->adequate = adequacy_of(*router, views);
  }
  rewrite_router(path, path, data);
}

Json train_one(const Arguments& arguments, const Material& material, double tau) {
  const LabelRule rule = rule_of(arguments, tau);
  std::vector<Example> examples = label_examples(material.training, material.widths, rule);
  if (examples.empty()) {
    throw Error(ErrorCode::kUsage,
                "none of " + std::to_string(material.training.size()) +
                    " training prompts can be labelled: " + needed_text(rule) + " for widths " +
                    to_string(std::span<const BitWidth>(material.widths)) +
                    (has_scores(material)
                         ? "; they have scores: train with --label-mode score"
                         : "; let paq label finish first, or name fewer widths with --bits"));
  }
  const auto unlabelled = static_cast<int64_t>(material.training.size() - examples.size());
  const int64_t in_test = remove_texts(examples, material.test_texts);
  const std::filesystem::path path = output_path(arguments, tau);
  TrainOptions options = arguments.options;
  options.checkpoint = checkpoint_path(path);
  const TrainedRouter router =
      train_router(std::move(examples), static_cast<int>(material.widths.size()), options);
  const std::string training = training_json(options, router.report, material.widths);
  const RouterMetadata metadata{.bit_widths = material.widths,
                                .tau = tau,
                                .label_mode = router_label_mode(rule),
                                .ladder_hash = material.ladder.ladder.hash,
                                .base_model = material.ladder.ladder.base_model,
                                .training_data_hash = router.report.training_data_hash,
                                .calibration = router.report.calibration,
                                .held_out_labels = router.report.held_out.labels,
                                .held_out_adequate = router.report.held_out.adequate,
                                .training = training};
  export_router(path, {router.config, router.parameters, router.vocabulary, metadata},
                arguments.half ? MatrixType::kF16 : MatrixType::kF32);
  tabulate_file(path, router.held_out_texts, options.threads);
  const std::filesystem::path card = card_path(path);
  if (!card.empty()) {
    write_file_atomically(card, model_card({.file = path.filename().string(),
                                            .metadata = metadata,
                                            .options = options,
                                            .report = router.report,
                                            .unlabelled = unlabelled,
                                            .left_out = in_test}));
  }
  Json missing = Json::object();
  if (rule.mode == LabelMode::kPerplexity) {
    for (const auto& [width, count] : missing_perplexities(material.training, material.widths)) {
      missing[to_string(width)] = count;
    }
  }
  Json json = {{"router", path.string()},
               {"model_card", card.string()},
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

void print_calibration(const Json& calibration) {
  const auto prompts = calibration.at("held_out_prompts").get<int64_t>();
  if (prompts == 0) return;
  const auto quality = [&](const char* when, const char* what) {
    return calibration.at(when).at(what).get<double>();
  };
  std::printf(
      "  calibration (%s) on %lld prompts of no other use: loss %.3f to %.3f, error %.3f to "
      "%.3f\n",
      calibration.at("method").get<std::string>().c_str(), static_cast<long long>(prompts),
      quality("uncalibrated", "loss"), quality("calibrated", "loss"),
      quality("uncalibrated", "error"), quality("calibrated", "error"));
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
  print_calibration(metrics.at("calibration"));
  if (const auto cut = metrics.at("cut_prompts").get<int64_t>(); cut > 0) {
    std::printf(
        "  %lld prompts are longer than the context: %lld tokens dropped, %lld kept in "
        "training\n",
        static_cast<long long>(cut),
        static_cast<long long>(metrics.at("dropped_tokens").get<int64_t>()),
        static_cast<long long>(metrics.at("training_tokens").get<int64_t>()));
  }
  std::printf("  %lld parameters, %.0f s\n",
              static_cast<long long>(metrics.at("parameters").get<int64_t>()),
              metrics.at("seconds").get<double>());
}

// Those of routers that are done stay until all are: an interrupted command then has nothing to
// train twice.
void remove_checkpoints(const Arguments& arguments) {
  for (const double tau : arguments.taus) {
    const std::filesystem::path path = checkpoint_path(output_path(arguments, tau));
    if (!path.empty()) remove_checkpoint(path);
  }
}

// Reads --base, where it is given, and says what of it is not taken over as it is.
void load_base(Arguments& arguments, const Material& material) {
  if (arguments.base.empty()) return;
  LoadedBase base = load_base_model(arguments.base, static_cast<int>(material.widths.size()));
  for (const std::string& note : base.notes) {
    std::fprintf(stderr, "paq: base %s: %s\n", base.model.name.c_str(), note.c_str());
  }
  arguments.options.base = std::make_shared<const BaseModel>(std::move(base.model));
}

int run(Arguments& arguments) {
  finish_arguments(arguments);
  arguments.options.cancel = &interrupted;
  if (isatty(STDERR_FILENO)) arguments.options.progress = show_progress;
  check_outputs(arguments);
  std::vector<std::unique_ptr<CheckpointLock>> locks;
  for (const double tau : arguments.taus) {
    const std::filesystem::path path = checkpoint_path(output_path(arguments, tau));
    if (!path.empty()) locks.push_back(std::make_unique<CheckpointLock>(path));
  }
  if (arguments.restart) remove_checkpoints(arguments);
  const Material material = read_material(arguments.material);
  check_without_tasks(arguments, material);
  load_base(arguments, material);
  Json results = Json::array();
  for (const double tau : arguments.taus) {
    results.push_back(train_one(arguments, material, tau));
    if (!arguments.json) print_table(results.back());
  }
  remove_checkpoints(arguments);
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

  std::optional<Arguments> arguments;
  std::optional<CLI::App> parser;
  const auto parse = [&](const TrainOptions& defaults) {
    arguments.emplace(defaults);
    parser.emplace("Trains a router on stored outcomes.", "paq-train");
    declare_arguments(*parser, *arguments);
    parser->parse(argc, argv);
  };
  try {
    parse({});
    if (arguments->paper) parse(paper_procedure());
  } catch (const CLI::Success& help) {
    return finish_output(parser->exit(help));
  } catch (const CLI::ParseError& error) {
    return fail(kExitUsage, std::string(error.what()) + "; see paq train --help");
  }
  try {
    return finish_output(run(*arguments));
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
