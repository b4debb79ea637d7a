// SPDX-License-Identifier: MIT
// An evaluation as JSON and back.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "core/error.h"
#include "report/report.h"

namespace paq {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

Json optional_json(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::optional<double> optional_number(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional<double>(json.get<double>());
}

Json shares_json(const std::map<BitWidth, double>& shares) {
  Json json = Json::object();
  for (const auto& [width, share] : shares) json[to_string(width)] = share;
  return json;
}

std::map<BitWidth, double> parse_shares(const Json& json) {
  std::map<BitWidth, double> shares;
  for (const auto& [bits, share] : json.items()) shares[parse_bit_width(bits)] = share;
  return shares;
}

Json strategy_json(const StrategyResult& strategy, const std::vector<std::string>& tasks) {
  Json json = {{"name", strategy.name},
               {"score", strategy.score},
               {"seconds_mean", optional_json(strategy.seconds_mean)},
               {"bits_mean", strategy.bits_mean},
               {"shares", shares_json(strategy.shares)},
               {"tasks", Json::object()}};
  for (const std::string& task : tasks) {
    const TaskResult& result = strategy.tasks.at(task);
    json["tasks"][task] = {{"score", result.score},
                           {"seconds_mean", optional_json(result.seconds_mean)},
                           {"bits_mean", result.bits_mean},
                           {"n", result.n}};
  }
  return json;
}

StrategyResult parse_strategy(const Json& json) {
  StrategyResult strategy;
  strategy.name = json.at("name");
  strategy.score = json.at("score");
  strategy.seconds_mean = optional_number(json.at("seconds_mean"));
  strategy.bits_mean = json.at("bits_mean");
  strategy.shares = parse_shares(json.at("shares"));
  for (const auto& [task, result] : json.at("tasks").items()) {
    strategy.tasks[task] = {.score = result.at("score"),
                            .seconds_mean = optional_number(result.at("seconds_mean")),
                            .bits_mean = result.at("bits_mean"),
                            .n = result.at("n")};
  }
  return strategy;
}

Json router_json(const Evaluation& evaluation) {
  const RouterQuality& router = evaluation.router;
  const bool labelled = router.unlabelled < evaluation.prompts;
  return {{"label_accuracy", labelled ? Json(router.label_accuracy) : Json(nullptr)},
          {"majority_baseline", labelled ? Json(router.majority_baseline) : Json(nullptr)},
          {"confusion", router.confusion},
          {"unlabelled", router.unlabelled},
          {"seconds_mean", router.seconds_mean}};
}

RouterQuality parse_router(const Json& json) {
  return {.label_accuracy = optional_number(json.at("label_accuracy")).value_or(0),
          .majority_baseline = optional_number(json.at("majority_baseline")).value_or(0),
          .confusion = json.at("confusion"),
          .unlabelled = json.at("unlabelled"),
          .seconds_mean = json.at("seconds_mean")};
}

Json best_mix_json(const std::optional<EqualCostMix>& mix) {
  if (!mix) return nullptr;
  return {{"cost_is", mix->cost_is_seconds ? "seconds" : "bits"},
          {"low", mix->low.bits},
          {"high", mix->high.bits},
          {"low_share", mix->low_share},
          {"score", mix->score},
          {"cost", mix->cost}};
}

std::optional<EqualCostMix> parse_best_mix(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return EqualCostMix{.cost_is_seconds = json.at("cost_is") == "seconds",
                      .low = {json.at("low").get<int>()},
                      .high = {json.at("high").get<int>()},
                      .low_share = json.at("low_share"),
                      .score = json.at("score"),
                      .cost = json.at("cost")};
}

Json meta_json(const Evaluation& evaluation, const ReportMeta& meta) {
  Json widths = Json::array(), stages = Json::array(), counts = Json::object();
  for (BitWidth width : evaluation.widths) widths.push_back(width.bits);
  for (const auto& [name, count] : meta.counts) counts[name] = count;
  for (const StageCost& stage : meta.stages) {
    stages.push_back(
        {{"name", stage.name}, {"seconds", stage.seconds}, {"peak_bytes", stage.peak_bytes}});
  }
  return {{"format", kFormat},     {"model", meta.model},     {"machine", meta.machine},
          {"tau", evaluation.tau}, {"seed", evaluation.seed}, {"prompts", evaluation.prompts},
          {"counts", counts},      {"widths", widths},        {"tasks", evaluation.tasks},
          {"router", meta.router}, {"command", meta.command}, {"date", meta.date},
          {"note", meta.note},     {"stages", stages}};
}

void parse_meta(const Json& json, Evaluation& evaluation, ReportMeta& meta) {
  meta.model = json.at("model");
  meta.machine = json.at("machine");
  meta.router = json.at("router");
  meta.command = json.at("command");
  meta.date = json.at("date");
  meta.note = json.at("note");
  for (const auto& [name, count] : json.at("counts").items()) meta.counts[name] = count;
  for (const Json& stage : json.at("stages")) {
    meta.stages.push_back({stage.at("name"), stage.at("seconds"), stage.at("peak_bytes")});
  }
  evaluation.tau = json.at("tau");
  evaluation.seed = json.at("seed");
  evaluation.prompts = json.at("prompts");
  evaluation.tasks = json.at("tasks").get<std::vector<std::string>>();
  for (int bits : json.at("widths")) evaluation.widths.push_back({bits});
}

}  // namespace

std::string evaluation_json(const Evaluation& evaluation, const ReportMeta& meta) {
  Json json;
  json["strategies"] = Json::array();
  for (const StrategyResult& strategy : evaluation.strategies) {
    json["strategies"].push_back(strategy_json(strategy, evaluation.tasks));
  }
  json["routing"] = Json::object();
  for (const std::string& task : evaluation.tasks) {
    json["routing"][task] = shares_json(evaluation.routing.at(task));
  }
  json["router"] = router_json(evaluation);
  json["differences"] = Json::array();
  for (const Difference& d : evaluation.differences) {
    json["differences"].push_back(
        {{"name", d.name}, {"than", d.than}, {"mean", d.mean}, {"low", d.low}, {"high", d.high}});
  }
  json["best_mix"] = best_mix_json(evaluation.best_mix);
  json["meta"] = meta_json(evaluation, meta);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Evaluation parse_evaluation(std::string_view text, ReportMeta* meta) {
  try {
    const Json json = Json::parse(text);
    Evaluation evaluation;
    ReportMeta parsed;
    if (const int format = json.at("meta").at("format"); format != kFormat) {
      throw Error(ErrorCode::kBadFile, "the evaluation has format " + std::to_string(format) +
                                           ", this paq reads format " + std::to_string(kFormat) +
                                           "; make it anew with paq eval");
    }
    parse_meta(json.at("meta"), evaluation, parsed);
    for (const Json& strategy : json.at("strategies")) {
      evaluation.strategies.push_back(parse_strategy(strategy));
    }
    for (const auto& [task, shares] : json.at("routing").items()) {
      evaluation.routing[task] = parse_shares(shares);
    }
    evaluation.router = parse_router(json.at("router"));
    for (const Json& d : json.at("differences")) {
      evaluation.differences.push_back(
          {d.at("name"), d.at("than"), d.at("mean"), d.at("low"), d.at("high")});
    }
    evaluation.best_mix = parse_best_mix(json.at("best_mix"));
    if (meta != nullptr) *meta = parsed;
    return evaluation;
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::kBadFile,
                std::string("this is no evaluation written by paq eval: ") + error.what());
  }
}

}  // namespace paq
