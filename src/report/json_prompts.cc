// SPDX-License-Identifier: MIT
#include "report/json_prompts.h"

#include <utility>

namespace paq {
namespace {

using Json = EvaluationJson;

BitWidth width(const Json& json) { return {json.get<int>()}; }

}  // namespace

Json differences_json(const std::vector<Difference>& differences) {
  Json json = Json::array();
  for (const Difference& d : differences) {
    json.push_back(
        {{"name", d.name}, {"than", d.than}, {"mean", d.mean}, {"low", d.low}, {"high", d.high}});
    if (!d.task.empty()) json.back()["task"] = d.task;
  }
  return json;
}

std::vector<Difference> parse_differences(const Json& json) {
  std::vector<Difference> differences;
  for (const Json& d : json) {
    differences.push_back(
        {d.at("name"), d.at("than"), d.at("mean"), d.at("low"), d.at("high"), d.value("task", "")});
  }
  return differences;
}

Json baselines_json(const BaselineInfo& info) {
  Json routes = Json::object();
  for (const auto& [task, bits] : info.task_routes) routes[task] = bits.bits;
  return {{"best_fixed", info.best_fixed.bits},
          {"best_fixed_seen_test", info.best_fixed_seen_test},
          {"training_scored", info.training_scored},
          {"training_labelled", info.training_labelled},
          {"task_routes", routes}};
}

BaselineInfo parse_baselines(const Json& json) {
  if (json.is_null()) return {};
  BaselineInfo info{.best_fixed = width(json.at("best_fixed")),
                    .best_fixed_seen_test = json.at("best_fixed_seen_test"),
                    .training_scored = json.at("training_scored"),
                    .training_labelled = json.at("training_labelled")};
  for (const auto& [task, bits] : json.at("task_routes").items()) {
    info.task_routes[task] = width(bits);
  }
  return info;
}

Json policies_json(const std::vector<PolicyResult>& policies) {
  Json json = Json::array();
  for (const PolicyResult& policy : policies) {
    json.push_back({{"name", policy.name},
                    {"allowed", optional_json(policy.allowed)},
                    {"labelled", policy.labelled},
                    {"inadequate", policy.inadequate},
                    {"gain", estimate_json(policy.gain)}});
  }
  return json;
}

std::vector<PolicyResult> parse_policies(const Json& json) {
  std::vector<PolicyResult> policies;
  for (const Json& policy : json) {
    policies.push_back({.name = policy.at("name"),
                        .allowed = optional_number(policy, "allowed"),
                        .labelled = policy.at("labelled"),
                        .inadequate = policy.at("inadequate"),
                        .gain = optional_estimate(policy, "gain").value_or(Estimate{})});
  }
  return policies;
}

Json zones_json(const std::map<std::string, AgreementZones>& zones) {
  Json json = Json::object();
  for (const auto& [task, counts] : zones) {
    json[task] = {{"all_right", counts.all_right},
                  {"some_right", counts.some_right},
                  {"none_right", counts.none_right}};
  }
  return json;
}

std::map<std::string, AgreementZones> parse_zones(const Json& json) {
  std::map<std::string, AgreementZones> zones;
  for (const auto& [task, counts] : json.items()) {
    zones[task] = {counts.at("all_right"), counts.at("some_right"), counts.at("none_right")};
  }
  return zones;
}

Json live_json(const std::optional<LiveCheck>& live) {
  if (!live) return nullptr;
  return {{"prompts", live->prompts},
          {"composed_mean", live->composed_mean},
          {"live_mean", live->live_mean},
          {"ratio", estimate_json(live->ratio)},
          {"same_choice", live->same_choice},
          {"same_answer", optional_json(live->same_answer)},
          {"score", live->score}};
}

std::optional<LiveCheck> parse_live(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return LiveCheck{.prompts = json.at("prompts"),
                   .composed_mean = json.at("composed_mean"),
                   .live_mean = json.at("live_mean"),
                   .ratio = optional_estimate(json, "ratio").value_or(Estimate{}),
                   .same_choice = json.at("same_choice"),
                   .score = json.at("score"),
                   .same_answer = optional_number(json, "same_answer")};
}

Json decision_json(const PromptDecision& decision) {
  return {{"task", decision.task},
          {"split", decision.split},
          {"id", decision.id},
          {"choice", decision.choice.bits},
          {"oracle", decision.oracle.bits},
          {"label", decision.label ? Json(decision.label->bits) : Json(nullptr)},
          {"router_seconds", decision.router_seconds},
          {"scores", decision.scores},
          {"seconds", decision.seconds},
          {"probabilities", decision.probabilities}};
}

std::vector<PromptDecision> parse_decisions(const Json& json) {
  std::vector<PromptDecision> decisions;
  for (const Json& d : json) {
    PromptDecision decision{.task = d.at("task"),
                            .split = d.at("split"),
                            .id = d.at("id"),
                            .choice = width(d.at("choice")),
                            .oracle = width(d.at("oracle")),
                            .router_seconds = d.at("router_seconds"),
                            .scores = d.at("scores"),
                            .seconds = d.at("seconds"),
                            .probabilities = d.at("probabilities")};
    if (!d.at("label").is_null()) decision.label = width(d.at("label"));
    decisions.push_back(std::move(decision));
  }
  return decisions;
}

}  // namespace paq
