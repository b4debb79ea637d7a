// SPDX-License-Identifier: MIT
#include "report/modes.h"

#include <nlohmann/json.hpp>

namespace paq {
namespace {

using Json = nlohmann::ordered_json;

Json optional_json(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json area_json(const RocArea& area) {
  if (!area.is_defined()) return nullptr;
  return {{"value", area.area.value},
          {"low", area.area.low},
          {"high", area.area.high},
          {"right", area.right},
          {"wrong", area.wrong}};
}

Json areas_json(const ModeAreas& areas) {
  return {{"right", area_json(areas.right)}, {"adequate", area_json(areas.adequate)}};
}

Json mode_json(const ModeFigures& figures) {
  const LabelModeSpec& spec = label_mode_spec(figures.rule.mode);
  Json use = Json::object(), by_width = Json::object();
  for (const auto& [bits, count] : figures.use) use[to_string(bits)] = count;
  for (const auto& [bits, areas] : figures.areas) by_width[to_string(bits)] = areas_json(areas);
  return {{"mode", spec.name},
          {"version", spec.version},
          {"threshold", figures.rule.threshold},
          {"reject_loops", figures.rule.reject_loops},
          {"labelled", figures.labelled},
          {"use", use},
          {"score", optional_json(figures.score)},
          {"seconds_mean", optional_json(figures.seconds)},
          {"bits_mean", figures.labelled > 0 ? Json(figures.bits) : Json(nullptr)},
          {"auc", figures.pooled ? areas_json(*figures.pooled) : Json(nullptr)},
          {"auc_by_width", by_width},
          {"needs", to_string(spec.needs)}};
}

Json loops_json(const LoopFigures& loops) {
  return {{"answers", loops.answers},
          {"loops", loops.loops},
          {"perplexity_median", optional_json(loops.perplexity)},
          {"other_perplexity_median", optional_json(loops.other_perplexity)},
          {"score", optional_json(loops.score)},
          {"other_score", optional_json(loops.other_score)},
          {"accepted", loops.accepted}};
}

}  // namespace

std::string modes_json(const ModeComparison& comparison) {
  Json modes = Json::array(), pairs = Json::array(), loops = Json::object();
  for (const ModeFigures& figures : comparison.modes) modes.push_back(mode_json(figures));
  for (const ModePair& pair : comparison.pairs) {
    pairs.push_back({{"a", label_mode_spec(pair.a).name},
                     {"b", label_mode_spec(pair.b).name},
                     {"prompts", pair.prompts},
                     {"agreement", pair.agreement},
                     {"kappa", optional_json(pair.kappa)}});
  }
  for (const auto& [bits, figures] : comparison.loops) loops[to_string(bits)] = loops_json(figures);
  return Json{{"prompts", comparison.prompts},
              {"common", comparison.common},
              {"modes", modes},
              {"pairs", pairs},
              {"loops", loops}}
      .dump();
}

}  // namespace paq
