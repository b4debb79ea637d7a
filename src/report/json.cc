// SPDX-License-Identifier: MIT
// An evaluation as JSON and back.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "core/error.h"
#include "core/label_rule.h"
#include "report/json_prompts.h"
#include "report/json_router.h"
#include "report/json_training.h"
#include "report/report.h"

namespace paq {
namespace {

using Json = EvaluationJson;

constexpr int kFormat = 1;

Json strategy_json(const StrategyResult& strategy, const std::vector<std::string>& tasks) {
  Json json = {{"name", strategy.name},
               {"score", strategy.score},
               {"seconds_mean", optional_json(strategy.seconds_mean)},
               {"bits_mean", strategy.bits_mean},
               {"shares", shares_json(strategy.shares)},
               {"score_interval", estimate_json(strategy.score_interval)},
               {"seconds_median", optional_json(strategy.seconds_median)},
               {"seconds_p95", optional_json(strategy.seconds_p95)},
               {"seconds_ratio", estimate_json(strategy.seconds_ratio)},
               {"tasks", Json::object()}};
  for (const std::string& task : tasks) {
    const TaskResult& result = strategy.tasks.at(task);
    json["tasks"][task] = {{"score", result.score},
                           {"seconds_mean", optional_json(result.seconds_mean)},
                           {"bits_mean", result.bits_mean},
                           {"n", result.n},
                           {"seconds_median", optional_json(result.seconds_median)},
                           {"seconds_p95", optional_json(result.seconds_p95)}};
  }
  return json;
}

StrategyResult parse_strategy(const Json& json) {
  StrategyResult strategy;
  strategy.name = json.at("name");
  strategy.score = json.at("score");
  strategy.seconds_mean = optional_number(json, "seconds_mean");
  strategy.bits_mean = json.at("bits_mean");
  strategy.shares = parse_shares(json.at("shares"));
  strategy.score_interval = optional_estimate(json, "score_interval");
  strategy.seconds_median = optional_number(json, "seconds_median");
  strategy.seconds_p95 = optional_number(json, "seconds_p95");
  strategy.seconds_ratio = optional_estimate(json, "seconds_ratio");
  for (const auto& [task, result] : json.at("tasks").items()) {
    strategy.tasks[task] = {.score = result.at("score"),
                            .seconds_mean = optional_number(result, "seconds_mean"),
                            .bits_mean = result.at("bits_mean"),
                            .n = result.at("n"),
                            .seconds_median = optional_number(result, "seconds_median"),
                            .seconds_p95 = optional_number(result, "seconds_p95")};
  }
  return strategy;
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
  return {{"format", kFormat},         {"model", meta.model},
          {"machine", meta.machine},   {"tau", evaluation.tau},
          {"seed", evaluation.seed},   {"prompts", evaluation.prompts},
          {"counts", counts},          {"widths", widths},
          {"tasks", evaluation.tasks}, {"router", meta.router},
          {"command", meta.command},   {"date", meta.date},
          {"note", meta.note},         {"stages", stages},
          {"ladder", meta.ladder},     {"label_mode", evaluation.label_mode}};
}

void parse_meta(const Json& json, Evaluation& evaluation, ReportMeta& meta) {
  meta.model = json.at("model");
  meta.ladder = json.value("ladder", "");
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
  evaluation.label_mode = json.value("label_mode", "");
  try {
    rule_of_router(evaluation.label_mode, evaluation.tau);
  } catch (const Error& error) {
    throw Error(
        ErrorCode::kBadFile,
        std::string("of the evaluation's labels, which a newer paq may know: ") + error.what());
  }
  evaluation.seed = json.at("seed");
  evaluation.prompts = json.at("prompts");
  evaluation.tasks = json.at("tasks").get<std::vector<std::string>>();
  for (int bits : json.at("widths")) evaluation.widths.push_back({bits});
}

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

// A line for every prompt, at the end of the object in `text`.
std::string with_decisions(std::string text, const std::vector<PromptDecision>& decisions) {
  text.resize(text.rfind("\n}"));
  text += ",\n  \"decisions\": [";
  for (size_t i = 0; i < decisions.size(); ++i) {
    text += (i == 0 ? "\n    " : ",\n    ") + dump(decision_json(decisions[i]), -1);
  }
  return text + (decisions.empty() ? "]\n}\n" : "\n  ]\n}\n");
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
  json["differences"] = differences_json(evaluation.differences);
  json["best_mix"] = best_mix_json(evaluation.best_mix);
  json["meta"] = meta_json(evaluation, meta);
  json["seconds_differences"] = differences_json(evaluation.seconds_differences);
  json["task_differences"] = differences_json(evaluation.task_differences);
  json["baselines"] = baselines_json(evaluation.baselines);
  json["zones"] = zones_json(evaluation.zones);
  json["live"] = live_json(evaluation.live);
  json["policies"] = policies_json(evaluation.policies);
  if (evaluation.training) {
    json["training"] = training_record_json(*evaluation.training, evaluation.widths);
  }
  return with_decisions(dump(json, 2), evaluation.decisions);
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
    evaluation.differences = parse_differences(json.at("differences"));
    evaluation.best_mix = parse_best_mix(json.at("best_mix"));
    evaluation.seconds_differences = parse_differences(member(json, "seconds_differences"));
    evaluation.task_differences = parse_differences(member(json, "task_differences"));
    evaluation.baselines = parse_baselines(member(json, "baselines"));
    evaluation.zones = parse_zones(member(json, "zones"));
    evaluation.live = parse_live(member(json, "live"));
    evaluation.policies = parse_policies(member(json, "policies"));
    if (const Json& training = member(json, "training"); !training.is_null()) {
      evaluation.training = parse_training_record(training, evaluation.widths);
    }
    evaluation.decisions = parse_decisions(member(json, "decisions"));
    if (meta != nullptr) *meta = parsed;
    return evaluation;
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::kBadFile,
                std::string("this is no evaluation written by paq eval: ") + error.what());
  }
}

}  // namespace paq
