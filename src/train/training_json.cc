// SPDX-License-Identifier: MIT
#include "train/training_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace paq {
namespace {

using Json = nlohmann::ordered_json;

// Six digits say all there is; the rest is noise of the last place.
double rounded(double value) { return std::round(value * 1e6) / 1e6; }

template <typename Value>
Json by_width(std::span<const BitWidth> widths, const std::vector<Value>& values) {
  Json json = Json::object();
  for (size_t k = 0; k < widths.size(); ++k) json[to_string(widths[k])] = values.at(k);
  return json;
}

Json settings_of(const TrainOptions& options) {
  const BaseModel* base = options.base.get();
  return {{"size", base ? "published" : router_size_name(options.size)},
          {"base", base ? base->name : ""},
          {"base_hash", base ? base->hash : ""},
          {"epochs", options.epochs},
          {"batch", options.batch_size},
          {"accumulate", options.accumulate},
          {"learning_rate", options.learning_rate.value_or(default_learning_rate(options))},
          {"schedule", schedule_name(options.schedule)},
          {"warmup", options.warmup},
          {"clip", options.clip},
          {"order", batch_order_name(options.order)},
          {"dropout", options.dropout},
          {"weight_decay", options.weight_decay},
          {"beta2", options.beta2},
          {"label_smoothing", options.label_smoothing},
          {"ordinal", options.ordinal},
          {"freeze", options.frozen_layers},
          {"patience", options.patience},
          {"vocabulary", options.vocabulary},
          {"context_tokens", options.context_tokens},
          {"validation_share", options.validation_share},
          {"calibration", calibration_method_name(options.calibration)},
          {"calibration_share", options.calibration_share},
          {"policy_share", options.policy_share},
          {"max_per_task", options.max_per_task},
          {"keep_per_label", options.keep_per_label},
          {"class_weights", options.class_weights ? "balanced" : "none"},
          {"prior", prior_name(options.prior)},
          {"without_tasks", options.without_tasks},
          {"seed", options.seed},
          {"bf16", options.bf16},
          {"torch", torch_version()}};
}

Json quality_of(const CalibrationQuality& quality) {
  return {{"loss", rounded(quality.loss)}, {"error", rounded(quality.error)}};
}

Json calibration_of(const TrainReport& report) {
  return {{"method", calibration_method_name(report.calibration.method)},
          {"prompts", report.calibration_prompts},
          {"held_out_prompts", report.held_out.labels.size()},
          {"uncalibrated", quality_of(report.plain)},
          {"calibrated", quality_of(report.calibrated)}};
}

Json metrics_json(const TrainReport& report, std::span<const BitWidth> widths) {
  Json epochs = Json::array();
  for (const EpochReport& epoch : report.epochs) {
    epochs.push_back({{"training_loss", rounded(epoch.training_loss)},
                      {"validation_loss", rounded(epoch.validation_loss)},
                      {"validation_accuracy", rounded(epoch.validation_accuracy)}});
  }
  const EpochReport& best = report.epochs.at(static_cast<size_t>(report.best_epoch));
  Json confusion = Json::object();
  for (size_t k = 0; k < widths.size(); ++k) {
    confusion[to_string(widths[k])] = by_width(widths, report.confusion.at(k));
  }
  std::vector<double> shift;
  for (const double value : report.logit_shift) shift.push_back(rounded(value));
  return {{"validation_accuracy", rounded(best.validation_accuracy)},
          {"majority_baseline", rounded(report.majority_baseline)},
          {"best_epoch", report.best_epoch + 1},
          {"tasks", report.tasks},
          {"labelled", by_width(widths, report.labelled)},
          {"training", by_width(widths, report.training)},
          {"validation", by_width(widths, report.validation)},
          {"class_weights", by_width(widths, report.class_weights)},
          {"logit_shift", by_width(widths, shift)},
          {"confusion", confusion},
          {"temperature", rounded(report.calibration.temperature)},
          {"calibration", calibration_of(report)},
          {"cut_prompts", report.cut_prompts},
          {"dropped_tokens", report.dropped_tokens},
          {"training_tokens", report.training_tokens},
          {"parameters", report.parameters},
          {"resumed_steps", report.resumed_steps},
          {"seconds", rounded(report.seconds)},
          {"device", device_name(report.device)},
          {"epochs", epochs}};
}

}  // namespace

std::string settings_json(const TrainOptions& options) { return settings_of(options).dump(); }

std::string training_json(const TrainOptions& options, const TrainReport& report,
                          std::span<const BitWidth> widths) {
  const Json json = {{"settings", settings_of(options)}, {"metrics", metrics_json(report, widths)}};
  return json.dump();
}

}  // namespace paq
