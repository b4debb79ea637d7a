// SPDX-License-Identifier: MIT
#include "report/json_training.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/error.h"
#include "report/training.h"

namespace paq {
namespace {

using Json = EvaluationJson;

constexpr size_t kMostBytes = size_t{1} << 20;
constexpr size_t kMostEpochs = 1000;  // as many as paq train makes
constexpr size_t kMostTasks = 1000;
constexpr size_t kMostSettings = 100;
constexpr size_t kMostTextBytes = 1000;
constexpr int64_t kMostCount = int64_t{1} << 53;  // what the page's numbers hold exactly
constexpr double kMostNumber = 1e12;

[[noreturn]] void refuse(const std::string& key, const std::string& expected) {
  throw Error(ErrorCode::kBadFile, "in what is said of the router's training, " + key +
                                       " is missing or is not " + expected);
}

const Json& object_at(const Json& parent, const char* key) {
  const Json& value = member(parent, key);
  if (!value.is_object()) refuse(key, "an object");
  return value;
}

double number_of(const Json& value, const std::string& key, double most) {
  const double number = value.is_number() ? value.get<double>() : -1;
  if (!(number >= 0 && number <= most)) {
    refuse(key, most == 1 ? "a number from 0 to 1" : "a number from 0 to 1e12");
  }
  return number;
}

int64_t count_of(const Json& value, const std::string& key, int64_t most = kMostCount) {
  // Unsigned is what a whole number that isn't negative is parsed as.
  if (!value.is_number_unsigned() || value.get<uint64_t>() > static_cast<uint64_t>(most)) {
    refuse(key, "a whole number from 0 to " + std::to_string(most));
  }
  return value.get<int64_t>();
}

std::string text_of(const Json& value, const std::string& key) {
  if (!value.is_string() || value.get_ref<const std::string&>().size() > kMostTextBytes) {
    refuse(key, "a text of at most " + std::to_string(kMostTextBytes) + " bytes");
  }
  return value.get<std::string>();
}

std::optional<double> optional_number_at(const Json& parent, const char* key, double most) {
  const Json& value = member(parent, key);
  return value.is_null() ? std::nullopt : std::optional<double>(number_of(value, key, most));
}

std::optional<int64_t> optional_count_at(const Json& parent, const char* key) {
  const Json& value = member(parent, key);
  return value.is_null() ? std::nullopt : std::optional<int64_t>(count_of(value, key));
}

// Calls `take` with every width and its value; not at all where the key is missing.
template <typename Take>
void for_each_width(const Json& value, const std::string& key, std::span<const BitWidth> widths,
                    const Take& take) {
  if (value.is_null()) return;
  if (!value.is_object() || value.size() != widths.size()) refuse(key, "a value for every width");
  for (const BitWidth width : widths) {
    take(width, member(value, to_string(width).c_str()));
  }
}

std::map<BitWidth, int64_t> counts_at(const Json& parent, const char* key,
                                      std::span<const BitWidth> widths) {
  std::map<BitWidth, int64_t> counts;
  for_each_width(member(parent, key), key, widths,
                 [&](BitWidth width, const Json& value) { counts[width] = count_of(value, key); });
  return counts;
}

std::vector<TrainingEpoch> parse_epochs(const Json& json) {
  if (!json.is_array() || json.empty() || json.size() > kMostEpochs) {
    refuse("epochs", "a list of 1 to " + std::to_string(kMostEpochs));
  }
  std::vector<TrainingEpoch> epochs;
  for (const Json& epoch : json) {
    if (!epoch.is_object()) refuse("epochs", "a list of objects");
    epochs.push_back({.training_loss = optional_number_at(epoch, "training_loss", kMostNumber),
                      .validation_loss = optional_number_at(epoch, "validation_loss", kMostNumber),
                      .validation_accuracy = optional_number_at(epoch, "validation_accuracy", 1)});
  }
  return epochs;
}

std::vector<std::vector<int64_t>> parse_confusion(const Json& json,
                                                  std::span<const BitWidth> widths) {
  std::vector<std::vector<int64_t>> confusion;
  for_each_width(json, "confusion", widths, [&](BitWidth, const Json& row) {
    if (row.is_null()) refuse("confusion", "a row for every width");
    confusion.emplace_back();
    for_each_width(row, "confusion", widths, [&](BitWidth, const Json& value) {
      confusion.back().push_back(count_of(value, "confusion"));
    });
  });
  return confusion;
}

std::optional<TrainingCalibration> parse_calibration(const Json& json) {
  if (json.is_null()) return std::nullopt;
  if (!json.is_object()) refuse("calibration", "an object");
  const Json &before = object_at(json, "uncalibrated"), &after = object_at(json, "calibrated");
  return TrainingCalibration{
      .method = text_of(member(json, "method"), "calibration.method"),
      .prompts = count_of(member(json, "prompts"), "calibration.prompts"),
      .held_out_prompts = count_of(member(json, "held_out_prompts"), "held_out_prompts"),
      .uncalibrated_loss = number_of(member(before, "loss"), "uncalibrated.loss", kMostNumber),
      .uncalibrated_error = number_of(member(before, "error"), "uncalibrated.error", 1),
      .calibrated_loss = number_of(member(after, "loss"), "calibrated.loss", kMostNumber),
      .calibrated_error = number_of(member(after, "error"), "calibrated.error", 1)};
}

std::map<std::string, int64_t> parse_tasks(const Json& json) {
  std::map<std::string, int64_t> tasks;
  if (json.is_null()) return tasks;
  if (!json.is_object() || json.size() > kMostTasks) {
    refuse("tasks", "an object of at most " + std::to_string(kMostTasks));
  }
  for (const auto& [task, count] : json.items()) {
    tasks[text_of(Json(task), "tasks")] = count_of(count, "tasks");
  }
  return tasks;
}

TrainingSetting parse_setting(const Json& value) {
  switch (value.type()) {
    case Json::value_t::boolean:
      return value.get<bool>();
    case Json::value_t::number_integer:
      if (value.get<int64_t>() < 0) return value.get<int64_t>();
      [[fallthrough]];  // "-0"
    case Json::value_t::number_unsigned:
      return value.get<uint64_t>();
    case Json::value_t::number_float:
      return value.get<double>();
    case Json::value_t::string:
      return text_of(value, "settings");
    case Json::value_t::array: {
      if (value.size() > kMostTasks) refuse("settings", "lists of a bearable length");
      std::vector<std::string> texts;
      for (const Json& text : value) texts.push_back(text_of(text, "settings"));
      return texts;
    }
    default:
      refuse("settings", "an object of numbers, texts and lists of texts");
  }
}

std::vector<std::pair<std::string, TrainingSetting>> parse_settings(const Json& json) {
  std::vector<std::pair<std::string, TrainingSetting>> settings;
  if (json.is_null()) return settings;
  if (!json.is_object() || json.size() > kMostSettings) {
    refuse("settings", "an object of at most " + std::to_string(kMostSettings));
  }
  for (const auto& [name, value] : json.items()) {
    if (value.is_null()) continue;
    settings.emplace_back(text_of(Json(name), "settings"), parse_setting(value));
  }
  return settings;
}

template <typename Value>
Json by_width(const std::map<BitWidth, Value>& values) {
  if (values.empty()) return nullptr;
  Json json = Json::object();
  for (const auto& [width, value] : values) json[to_string(width)] = value;
  return json;
}

Json confusion_json(const TrainingRecord& record, std::span<const BitWidth> widths) {
  if (record.confusion.empty()) return nullptr;
  Json json = Json::object();
  for (size_t label = 0; label < widths.size(); ++label) {
    Json& row = json[to_string(widths[label])];
    for (size_t decision = 0; decision < widths.size(); ++decision) {
      row[to_string(widths[decision])] = record.confusion.at(label).at(decision);
    }
  }
  return json;
}

Json calibration_json(const std::optional<TrainingCalibration>& calibration) {
  if (!calibration) return nullptr;
  return {{"method", calibration->method},
          {"prompts", calibration->prompts},
          {"held_out_prompts", calibration->held_out_prompts},
          {"uncalibrated",
           {{"loss", calibration->uncalibrated_loss}, {"error", calibration->uncalibrated_error}}},
          {"calibrated",
           {{"loss", calibration->calibrated_loss}, {"error", calibration->calibrated_error}}}};
}

Json count_or_null(const std::optional<int64_t>& count) {
  return count ? Json(*count) : Json(nullptr);
}

Json settings_json(const std::vector<std::pair<std::string, TrainingSetting>>& settings) {
  Json json = Json::object();
  for (const auto& [name, value] : settings) {
    std::visit([&](const auto& known) { json[name] = known; }, value);
  }
  return json;
}

}  // namespace

Json training_record_json(const TrainingRecord& record, std::span<const BitWidth> widths) {
  Json epochs = Json::array();
  for (const TrainingEpoch& epoch : record.epochs) {
    epochs.push_back({{"training_loss", optional_json(epoch.training_loss)},
                      {"validation_loss", optional_json(epoch.validation_loss)},
                      {"validation_accuracy", optional_json(epoch.validation_accuracy)}});
  }
  return {{"settings", settings_json(record.settings)},
          {"metrics",
           {{"majority_baseline", optional_json(record.majority_baseline)},
            {"best_epoch", record.best_epoch},
            {"tasks", record.tasks},
            {"labelled", by_width(record.labelled)},
            {"training", by_width(record.training)},
            {"validation", by_width(record.validation)},
            {"class_weights", by_width(record.class_weights)},
            {"confusion", confusion_json(record, widths)},
            {"calibration", calibration_json(record.calibration)},
            {"cut_prompts", count_or_null(record.cut_prompts)},
            {"dropped_tokens", count_or_null(record.dropped_tokens)},
            {"training_tokens", count_or_null(record.training_tokens)},
            {"parameters", count_or_null(record.parameters)},
            {"seconds", optional_json(record.seconds)},
            {"device", record.device},
            {"epochs", epochs}}}};
}

TrainingRecord parse_training_record(const Json& json, std::span<const BitWidth> widths) {
  const Json& metrics = object_at(json, "metrics");
  TrainingRecord record;
  record.epochs = parse_epochs(member(metrics, "epochs"));
  record.best_epoch = static_cast<int>(count_of(member(metrics, "best_epoch"), "best_epoch",
                                                static_cast<int64_t>(record.epochs.size())));
  if (record.best_epoch < 1) refuse("best_epoch", "one of the epochs, counted from 1");
  record.majority_baseline = optional_number_at(metrics, "majority_baseline", 1);
  record.labelled = counts_at(metrics, "labelled", widths);
  record.training = counts_at(metrics, "training", widths);
  record.validation = counts_at(metrics, "validation", widths);
  for_each_width(member(metrics, "class_weights"), "class_weights", widths,
                 [&](BitWidth width, const Json& value) {
                   record.class_weights[width] = number_of(value, "class_weights", kMostNumber);
                 });
  record.tasks = parse_tasks(member(metrics, "tasks"));
  record.confusion = parse_confusion(member(metrics, "confusion"), widths);
  record.calibration = parse_calibration(member(metrics, "calibration"));
  record.cut_prompts = optional_count_at(metrics, "cut_prompts");
  record.dropped_tokens = optional_count_at(metrics, "dropped_tokens");
  record.training_tokens = optional_count_at(metrics, "training_tokens");
  record.parameters = optional_count_at(metrics, "parameters");
  record.seconds = optional_number_at(metrics, "seconds", kMostNumber);
  if (const Json& device = member(metrics, "device"); !device.is_null()) {
    record.device = text_of(device, "device");
  }
  record.settings = parse_settings(member(json, "settings"));
  return record;
}

std::optional<TrainingRecord> read_training(std::string_view text,
                                            std::span<const BitWidth> widths) {
  if (text.size() > kMostBytes) return std::nullopt;
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  try {
    return parse_training_record(json, widths);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace paq
