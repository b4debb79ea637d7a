// SPDX-License-Identifier: MIT
#include "train/trainer.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/error.h"
#include "router/tokenizer.h"
#include "train/batches.h"
#include "train/calibration.h"
#include "train/training_json.h"
#include "train/training_run.h"
#include "train/vocabulary.h"

namespace paq {
namespace {

Encoded encode(std::span<const Example> examples, const Tokenizer& tokenizer, int context_tokens) {
  Encoded encoded;
  for (const Example& example : examples) {
    TokenIds ids = tokenizer.encode(example.text);
    const auto dropped = static_cast<int64_t>(cut_to_context(ids, context_tokens));
    encoded.cut += dropped > 0;
    encoded.dropped_tokens += dropped;
    encoded.lengths.push_back(ids.size());
    encoded.ids.push_back(std::move(ids));
    encoded.labels.push_back(example.label);
  }
  return encoded;
}

void check_examples(std::span<const int64_t> counts) {
  const int64_t total = std::accumulate(counts.begin(), counts.end(), int64_t{0});
  const auto present = std::count_if(counts.begin(), counts.end(), [](int64_t n) { return n > 0; });
  if (present < 2) {
    throw Error(ErrorCode::kUsage, "all " + std::to_string(total) +
                                       " labelled prompts have the same label, so there is nothing "
                                       "to learn; choose another tau (paq thresholds shows what "
                                       "each would mean) or label more prompts");
  }
}

// What two runs must have in common for one to go on from the other's checkpoint.
std::string identity_of(const TrainOptions& options, const TrainReport& report) {
  auto json = nlohmann::ordered_json::parse(settings_json(options));
  json["training_data_hash"] = report.training_data_hash;
  json["labels"] = report.labelled.size();
  json["device"] = device_name(report.device);
  return json.dump();
}

double majority_share(std::span<const int64_t> counts) {
  const int64_t total = std::accumulate(counts.begin(), counts.end(), int64_t{0});
  return total == 0 ? 0
                    : static_cast<double>(*std::max_element(counts.begin(), counts.end())) /
                          static_cast<double>(total);
}

RouterVocabulary make_vocabulary(std::span<const Example> examples, const TrainOptions& options) {
  if (options.base) return options.base->vocabulary;
  std::vector<std::string> texts;
  for (const Example& example : examples) texts.push_back(example.text);
  return train_router_vocabulary(texts, static_cast<size_t>(options.vocabulary));
}

ModernBertConfig make_config(const TrainOptions& options, int vocab_size, int labels) {
  ModernBertConfig config = options.base ? options.base->config : modernbert_config(options.size);
  config.vocab_size = vocab_size;
  config.labels = labels;
  if (options.base && options.context_tokens > config.context_tokens) {
    throw Error(ErrorCode::kUsage, "--context " + std::to_string(options.context_tokens) + ": " +
                                       options.base->name + " reads " +
                                       std::to_string(config.context_tokens) +
                                       " tokens at most; lower --context to that or less");
  }
  config.context_tokens = options.context_tokens;
  config.dropout = options.dropout;
  return config;
}

// Moves every logit of the classifier by `shift`.
void fold_shift(std::vector<NamedTensor>& parameters, std::span<const double> shift) {
  for (NamedTensor& tensor : parameters) {
    if (tensor.spec.name != "classifier.bias") continue;
    for (size_t k = 0; k < shift.size(); ++k) tensor.values[k] += static_cast<float>(shift[k]);
  }
}

}  // namespace

std::string_view prior_name(Prior prior) {
  return prior == Prior::kNatural ? "natural" : "balanced";
}

std::string_view schedule_name(Schedule schedule) {
  return schedule == Schedule::kLinear ? "linear" : "constant";
}

double default_learning_rate(const TrainOptions& options) {
  if (options.base) return kBaseLearningRate;
  switch (options.size) {
    case RouterSize::kTiny:
      return 1e-3;
    case RouterSize::kSmall:
      return 6e-4;
    case RouterSize::kBase:
      return 3e-4;
  }
  return 3e-4;
}

TrainOptions paper_procedure() {
  TrainOptions options;
  options.schedule = Schedule::kConstant;
  options.clip = 0;
  options.order = BatchOrder::kShuffled;
  options.dropout = 0;
  options.beta2 = 0.999;
  options.calibration_share = 0;
  options.policy_share = 0;
  options.calibration = CalibrationMethod::kNone;
  options.keep_per_label = 0;
  options.class_weights = false;
  options.prior = Prior::kBalanced;
  return options;
}

TrainedRouter train_router(std::vector<Example> examples, int labels, const TrainOptions& options) {
  if (options.epochs < 1 || options.batch_size < 1 || options.accumulate < 1) {
    throw Error(ErrorCode::kUsage, "epochs, batch size and accumulated batches must be 1 or more");
  }
  std::erase_if(examples, [&](const Example& example) {
    return std::find(options.without_tasks.begin(), options.without_tasks.end(), example.task) !=
           options.without_tasks.end();
  });
  TrainReport report;
  examples = limit_per_task(std::move(examples), options.max_per_task, options.seed);
  for (const Example& example : examples) ++report.tasks[example.task];
  report.labelled = count_labels(examples, labels);
  report.training_data_hash = hash_examples(examples);
  check_examples(report.labelled);

  Split split = split_examples(std::move(examples),
                               {.validation = options.validation_share,
                                .calibration = options.calibration_share,
                                .policy = options.policy_share},
                               options.seed);
  const std::vector<int64_t> natural = count_labels(split.training, labels);
  check_examples(natural);
  if (split.validation.empty()) {
    throw Error(ErrorCode::kUsage, "no prompt of " + std::to_string(split.training.size()) +
                                       " falls into the validation set; label more prompts");
  }
  Balanced balanced =
      balance_labels(std::move(split.training), labels, options.keep_per_label, options.seed);
  if (!options.class_weights) drop_class_weights(balanced);
  report.training = count_labels(balanced.examples, labels);
  report.validation = count_labels(split.validation, labels);
  report.majority_baseline = majority_share(report.validation);
  report.class_weights = balanced.class_weights;
  report.logit_shift = options.prior == Prior::kNatural
                           ? prior_shift(natural, balanced.prior)
                           : std::vector<double>(static_cast<size_t>(labels), 0);

  RouterVocabulary vocabulary = make_vocabulary(balanced.examples, options);
  const Tokenizer tokenizer = make_tokenizer(vocabulary);
  const ModernBertConfig config = make_config(options, vocabulary.size(), labels);
  const Encoded training = encode(balanced.examples, tokenizer, config.context_tokens);
  const Encoded validation = encode(split.validation, tokenizer, config.context_tokens);
  const Encoded calibration = encode(split.calibration, tokenizer, config.context_tokens);
  const Encoded policy = encode(split.policy, tokenizer, config.context_tokens);
  report.calibration_prompts = static_cast<int64_t>(calibration.ids.size());
  for (const Encoded* part : {&training, &validation, &calibration, &policy}) {
    report.cut_prompts += part->cut;
    report.dropped_tokens += part->dropped_tokens;
  }
  for (const size_t length : training.lengths) {
    report.training_tokens += static_cast<int64_t>(length);
  }

  set_torch_threads(options.threads);
  if (options.frozen_layers < 0 || options.frozen_layers > config.layers) {
    throw Error(ErrorCode::kUsage, "--freeze " + std::to_string(options.frozen_layers) +
                                       ": the router has " + std::to_string(config.layers) +
                                       " layers; freeze 0 to that many");
  }
  Classifier classifier(
      config, options.seed,
      {.weight_decay = options.weight_decay,
       .beta2 = options.beta2,
       .max_gradient_norm =
           options.clip > 0 ? options.clip : std::numeric_limits<double>::infinity(),
       .label_smoothing = options.label_smoothing,
       .ordinal = options.ordinal,
       .micro_batch = options.batch_size,
       .frozen_layers = options.frozen_layers,
       .device = options.device,
       .bf16 = options.bf16});
  report.device = classifier.device();
  if (options.base) classifier.replace_parameters(options.base->parameters);
  report.parameters = classifier.parameter_count();

  std::vector<NamedTensor> parameters =
      run_training({training, validation, calibration, policy}, options,
                   {classifier, identity_of(options, report), report});
  fold_shift(parameters, report.logit_shift);
  std::vector<std::string> held_out_texts;
  for (Example& example : split.policy) held_out_texts.push_back(std::move(example.text));
  return {config, std::move(parameters), std::move(vocabulary), std::move(report),
          std::move(held_out_texts)};
}

}  // namespace paq
