// SPDX-License-Identifier: MIT
#include "report/page.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "core/error.h"
#include "report/modes.h"

namespace paq {
namespace {

using Json = nlohmann::ordered_json;

template <typename Value>
Json optional_json(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json thresholds_json(const std::vector<PageThreshold>& thresholds) {
  Json json = Json::array();
  for (const PageThreshold& threshold : thresholds) {
    Json use = Json::object();
    for (const auto& [width, count] : threshold.use) use[to_string(width)] = count;
    json.push_back({{"tau", threshold.tau},
                    {"prompts", threshold.prompts},
                    {"use", use},
                    {"score", optional_json(threshold.score)},
                    {"seconds_mean", optional_json(threshold.seconds)},
                    {"bits_mean", threshold.bits}});
  }
  return json;
}

Json lost_json(const LostPrompt& lost) {
  Json answers = Json::array();
  for (const LostAnswer& answer : lost.answers) {
    answers.push_back({{"bits", answer.bits.bits},
                       {"score", answer.score},
                       {"seconds", optional_json(answer.seconds)},
                       {"tokens", optional_json(answer.tokens)},
                       {"text", optional_json(answer.text)}});
  }
  return {{"task", lost.task},
          {"split", lost.split},
          {"id", lost.id},
          {"prompt", lost.prompt},
          {"expected", lost.expected},
          {"choice", lost.choice.bits},
          {"oracle", lost.oracle.bits},
          {"label", lost.label ? Json(lost.label->bits) : Json(nullptr)},
          {"probability", optional_json(lost.probability)},
          {"answers", answers}};
}

// JSON that can stand inside a <script>: no "<" can end the element or open a comment in it, and
// the line separators that JavaScript once could not have in strings are escaped as well.
std::string inside_script(const std::string& json) {
  std::string text;
  text.reserve(json.size() + json.size() / 16);
  for (size_t i = 0; i < json.size(); ++i) {
    const std::string_view rest = std::string_view(json).substr(i);
    if (rest.front() == '<') {
      text += "\\u003c";
    } else if (rest.starts_with("\xe2\x80\xa8") || rest.starts_with("\xe2\x80\xa9")) {
      text += rest[2] == '\xa8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      text += rest.front();
    }
  }
  return text;
}

}  // namespace

std::vector<size_t> largest_losses(const Evaluation& evaluation) {
  const auto score_at = [&](const PromptDecision& decision, BitWidth width) {
    const auto& widths = evaluation.widths;
    const auto k = std::lower_bound(widths.begin(), widths.end(), width) - widths.begin();
    return decision.scores.at(static_cast<size_t>(k));
  };
  struct Loss {
    double points;
    int64_t turn;  // how many losses of this size the task had before
    size_t index;
  };
  std::vector<Loss> losses;
  std::map<std::tuple<std::string, double>, int64_t> turns;
  for (size_t i = 0; i < evaluation.decisions.size(); ++i) {
    const PromptDecision& decision = evaluation.decisions[i];
    const double points = score_at(decision, decision.oracle) - score_at(decision, decision.choice);
    if (points > 0) losses.push_back({points, turns[{decision.task, points}]++, i});
  }
  std::sort(losses.begin(), losses.end(), [](const Loss& a, const Loss& b) {
    return std::tuple(-a.points, a.turn, a.index) < std::tuple(-b.points, b.turn, b.index);
  });
  std::vector<size_t> indexes;
  for (const Loss& loss : losses) indexes.push_back(loss.index);
  return indexes;
}

std::string report_page(const Evaluation& evaluation, const ReportMeta& meta,
                        const PageDetails& details) {
  constexpr std::string_view kPlace = "{{data}}";
  const std::string_view page = page_template();
  const size_t place = page.find(kPlace);
  if (place == std::string_view::npos || page.find(kPlace, place + 1) != std::string_view::npos) {
    throw Error(ErrorCode::kBadFile,
                "the page that was built into this paq has no single place "
                "for its data; build paq anew");
  }
  // The single decisions would make up most of a large evaluation, and the page shows none of them.
  Evaluation shown = evaluation;
  shown.decisions.clear();
  Json lost = Json::array();
  for (const LostPrompt& prompt : details.lost) lost.push_back(lost_json(prompt));
  const Json rest = {
      {"version", details.version},
      {"thresholds", thresholds_json(details.thresholds)},
      {"losses", {{"prompts", lost}, {"all", details.lost_in_all}, {"known", details.lost_known}}}};
  std::string json = rest.dump(-1, ' ', false, Json::error_handler_t::replace);
  json.pop_back();
  json += ",\"modes\":" + (details.modes ? modes_json(*details.modes) : "null");
  json +=
      ",\"matched_modes\":" + (details.matched_modes ? modes_json(*details.matched_modes) : "null");
  json += ",\"evaluation\":" + evaluation_json(shown, meta) + "}";
  return std::string(page.substr(0, place)) + inside_script(json) +
         std::string(page.substr(place + kPlace.size()));
}

}  // namespace paq
