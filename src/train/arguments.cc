// SPDX-License-Identifier: MIT
#include "train/arguments.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "core/outputs.h"
#include "ladder/gguf_reader.h"
#include "train/model_card.h"

namespace paq {
namespace {

bool is_router(const std::filesystem::path& path) {
  try {
    return GgufReader(path).integer("paq.router.version").has_value();
  } catch (const Error&) {
    return false;
  }
}

void check_router_place(const std::filesystem::path& path) {
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

void check_card_place(const std::filesystem::path& path) {
  if (path.empty() || !std::filesystem::exists(path)) return;
  if (is_model_card(read_file(output_place(path).path))) return;
  throw Error(ErrorCode::kUsage, path.string() +
                                     " is there and is no model card of paq's, and one is written "
                                     "beside the router: name another file with --out");
}

void declare_data(CLI::App& app, Arguments& arguments) {
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
  app.add_option("--out", arguments.out,
                 "Router file to write (GGUF); a model card (.md) is written beside it")
      ->required();
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
  app.add_option("--class-weights", arguments.class_weights,
                 "What balancing leaves unequal is evened out by weights (balanced) or not (none)")
      ->capture_default_str()
      ->check(CLI::IsMember({"balanced", "none"}));
  app.add_option("--prior", arguments.prior,
                 "Label shares assumed when routing: natural (as met) or balanced (as the paper)")
      ->capture_default_str()
      ->check(CLI::IsMember({"natural", "balanced"}));
  app.add_option("--validation-share", options.validation_share, "Prompts that choose the epoch")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 0.5));
  app.add_option("--calibration-share", options.calibration_share,
                 "Prompts that the calibration is fitted on; 0: on those of validation")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.4));
  app.add_option("--policy-share", options.policy_share,
                 "Prompts that choose nothing, kept in the router for policies")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.4));
}

void declare_model(CLI::App& app, Arguments& arguments) {
  TrainOptions& options = arguments.options;
  CLI::Option* size =
      app.add_option("--size", arguments.size, "tiny, small or base")->capture_default_str();
  CLI::Option* vocabulary = app.add_option("--vocabulary", options.vocabulary, "Tokens at most")
                                ->capture_default_str()
                                ->check(CLI::Range(300, 65536));
  app.add_option("--base", arguments.base,
                 "Start from a trained ModernBERT: a folder as Hugging Face publishes it, or a "
                 "modern-bert GGUF file; it settles size and vocabulary")
      ->excludes(size)
      ->excludes(vocabulary);
  app.add_option("--context", options.context_tokens,
                 "Longest prompt, in the router's tokens; longer ones are cut in their middle")
      ->capture_default_str()
      ->check(CLI::Range(16, 8192));
  app.add_option("--freeze", options.frozen_layers,
                 "The embeddings and this many of the lowest layers stay as they are; 0: none")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000));
  app.add_option("--dropout", options.dropout)->capture_default_str()->check(CLI::Range(0.0, 0.9));
  app.add_option("--calibration", arguments.calibration, "none, temperature or isotonic")
      ->capture_default_str()
      ->check(CLI::IsMember({"none", "temperature", "isotonic"}));
  app.add_flag("--f16", arguments.half, "Write matrices as F16: half the size, for base");
}

void declare_learning(CLI::App& app, Arguments& arguments) {
  TrainOptions& options = arguments.options;
  app.add_flag("--paper", arguments.paper,
               "The paper's procedure; further options still change what they name");
  app.add_option("--epochs", options.epochs)->capture_default_str()->check(CLI::Range(1, 1000));
  app.add_option("--patience", options.patience,
                 "Stop after so many epochs without a better one; 0: never")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000));
  app.add_option("--batch", options.batch_size, "Prompts per forward pass")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096));
  app.add_option("--accumulate", options.accumulate, "Batches whose gradients make one step")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096));
  app.add_option("--order", arguments.order,
                 "Batches of like length (bucketed) or of whatever comes (shuffled)")
      ->capture_default_str()
      ->check(CLI::IsMember({"bucketed", "shuffled"}));
  app.add_option("--lr", arguments.learning_rate,
                 "Peak learning rate (default: the size's, or a base's)")
      ->check(CLI::PositiveNumber);
  app.add_option("--schedule", arguments.schedule,
                 "Of the learning rate: linear (warm-up, then decay to 0) or constant")
      ->capture_default_str()
      ->check(CLI::IsMember({"linear", "constant"}));
  app.add_option("--warmup", options.warmup, "Share of the steps, with --schedule linear")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.9));
  app.add_option("--clip", options.clip, "Largest norm of a step's gradient; 0: any")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--weight-decay", options.weight_decay, "Of matrices")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--beta2", options.beta2, "Of AdamW's second moment")
      ->capture_default_str()
      ->check(CLI::Range(0.5, 0.99999));
  app.add_option("--label-smoothing", options.label_smoothing,
                 "Share of every target that goes to all labels alike")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.9));
  app.add_option("--ordinal", options.ordinal,
                 "Weight of a loss under which far misses cost more; 0: cross-entropy alone")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1000.0));
  app.add_option("--seed", options.seed)->capture_default_str();
}

void declare_run(CLI::App& app, Arguments& arguments) {
  TrainOptions& options = arguments.options;
  app.add_option("--threads", options.threads, "0: as many as LibTorch likes")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024));
  app.add_option("--device", arguments.device, "cpu, cuda, or auto: cuda where there is one")
      ->capture_default_str()
      ->check(CLI::IsMember({"cpu", "cuda", "auto"}));
  app.add_flag("--bf16", options.bf16, "Matrix products in BF16, for GPUs and CPUs that have it");
  app.add_option("--checkpoint-every", options.checkpoint_seconds,
                 "Seconds between notes of how far the training is (OUT.checkpoint)")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--restart", arguments.restart,
               "Begin anew, even where an interrupted training could go on");
  app.add_flag("--json", arguments.json, "Print the result as JSON");
}

}  // namespace

namespace {

// Neither more nor less than a bound, NaN passes every other check.
void require_numbers(const Arguments& arguments) {
  const TrainOptions& options = arguments.options;
  std::vector<std::pair<const char*, double>> values = {
      {"--lr", arguments.learning_rate},
      {"--clip", options.clip},
      {"--warmup", options.warmup},
      {"--weight-decay", options.weight_decay},
      {"--beta2", options.beta2},
      {"--dropout", options.dropout},
      {"--label-smoothing", options.label_smoothing},
      {"--ordinal", options.ordinal},
      {"--validation-share", options.validation_share},
      {"--calibration-share", options.calibration_share},
      {"--policy-share", options.policy_share},
      {"--checkpoint-every", options.checkpoint_seconds}};
  for (const double tau : arguments.taus) values.emplace_back("--tau", tau);
  for (const auto& [name, value] : values) {
    if (std::isfinite(value)) continue;
    throw Error(ErrorCode::kUsage, std::string(name) + " takes a finite number");
  }
}

}  // namespace

Arguments::Arguments(const TrainOptions& defaults)
    : options(defaults),
      size(router_size_name(defaults.size)),
      schedule(schedule_name(defaults.schedule)),
      order(batch_order_name(defaults.order)),
      class_weights(defaults.class_weights ? "balanced" : "none"),
      prior(prior_name(defaults.prior)),
      calibration(calibration_method_name(defaults.calibration)),
      device(device_name(defaults.device)) {}

void declare_arguments(CLI::App& app, Arguments& arguments) {
  declare_data(app, arguments);
  declare_model(app, arguments);
  declare_learning(app, arguments);
  declare_run(app, arguments);
  app.footer("Example: paq train --store paq.db --tau 1.13 --out router.gguf");
}

void finish_arguments(Arguments& arguments) {
  TrainOptions& options = arguments.options;
  require_numbers(arguments);
  options.size = parse_router_size(arguments.size);
  options.schedule = arguments.schedule == "linear" ? Schedule::kLinear : Schedule::kConstant;
  options.order = arguments.order == "bucketed" ? BatchOrder::kBucketed : BatchOrder::kShuffled;
  options.class_weights = arguments.class_weights == "balanced";
  options.prior = arguments.prior == "natural" ? Prior::kNatural : Prior::kBalanced;
  options.calibration = parse_calibration_method(arguments.calibration);
  options.device = parse_device(arguments.device);
  if (arguments.learning_rate > 0) options.learning_rate = arguments.learning_rate;
  const LabelModeSpec& spec = label_mode_spec(arguments.label_mode);
  if (arguments.taus.empty()) arguments.taus = {spec.threshold};
  for (const double tau : arguments.taus) check_rule(rule_of(arguments, tau));
}

LabelRule rule_of(const Arguments& arguments, double tau) {
  return {label_mode_spec(arguments.label_mode).mode, tau, arguments.reject_loops};
}

std::filesystem::path output_path(const Arguments& arguments, double tau) {
  if (arguments.taus.size() == 1) return arguments.out;
  char text[32];
  std::snprintf(text, sizeof text, "-tau%g", tau);
  std::filesystem::path path = arguments.out;
  path.replace_filename(arguments.out.stem().string() + text + arguments.out.extension().string());
  return path;
}

std::filesystem::path checkpoint_path(const std::filesystem::path& router) {
  if (output_place(router).in_place) return {};
  return router.string() + ".checkpoint";
}

std::filesystem::path card_path(const std::filesystem::path& router) {
  if (output_place(router).in_place) return {};
  std::filesystem::path path = router;
  return path.replace_extension(router.extension() == ".md" ? ".md.md" : ".md");
}

void check_outputs(const Arguments& arguments) {
  std::vector<NamedFile> outputs;
  for (const double tau : arguments.taus) {
    const std::filesystem::path router = output_path(arguments, tau);
    outputs.push_back({"--out", router});
    if (router == "-") continue;
    outputs.push_back({"the model card beside --out", card_path(router)});
    outputs.push_back({"the checkpoint beside --out", checkpoint_path(router)});
  }
  const MaterialOptions& material = arguments.material;
  check_apart(outputs, std::vector<NamedFile>{
                           {"--store", material.store},
                           {"--only", material.only},
                           {"--base", arguments.base},
                           {"--ladder", std::filesystem::path(material.ladder) / "ladder.yaml"}});
  for (const double tau : arguments.taus) {
    const std::filesystem::path router = output_path(arguments, tau);
    check_router_place(router);
    check_card_place(card_path(router));
  }
}

}  // namespace paq
