// SPDX-License-Identifier: MIT
// What an evaluation says of tasks and prompts as JSON and back. Only report/'s own files include
// this. The parsers take null for nothing.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/evaluation.h"
#include "report/json_router.h"

namespace paq {

EvaluationJson differences_json(const std::vector<Difference>& differences);
std::vector<Difference> parse_differences(const EvaluationJson& json);

EvaluationJson baselines_json(const BaselineInfo& info);
BaselineInfo parse_baselines(const EvaluationJson& json);

EvaluationJson policies_json(const std::vector<PolicyResult>& policies);
std::vector<PolicyResult> parse_policies(const EvaluationJson& json);

EvaluationJson zones_json(const std::map<std::string, AgreementZones>& zones);
std::map<std::string, AgreementZones> parse_zones(const EvaluationJson& json);

EvaluationJson live_json(const std::optional<LiveCheck>& live);
std::optional<LiveCheck> parse_live(const EvaluationJson& json);

EvaluationJson decision_json(const PromptDecision& decision);
std::vector<PromptDecision> parse_decisions(const EvaluationJson& json);

}  // namespace paq
