// SPDX-License-Identifier: MIT
#include "report/router_text.h"

#include <optional>
#include <vector>

#include "report/format.h"

namespace paq {
namespace {

std::string percent_or_dash(const std::optional<double>& share) {
  return share ? percent(*share) : "-";
}

std::string share_with_interval(const Estimate& share) {
  return percent(share.value) + " % (95 %: " + percent(share.low) + " to " + percent(share.high) +
         ")";
}

std::string points_with_interval(const Estimate& points) {
  return percent(points.value) + " points (95 %: " + percent(points.low) + " to " +
         percent(points.high) + ")";
}

std::string with_interval(const Estimate& estimate) {
  return fixed_point(estimate.value, 3) + " (95 %: " + fixed_point(estimate.low, 3) + " to " +
         fixed_point(estimate.high, 3) + ")";
}

const ClassQuality* class_of(const RouterQuality& router, BitWidth width) {
  const auto quality = router.classes.find(width);
  return quality == router.classes.end() ? nullptr : &quality->second;
}

// Labels down, choices across; recall at the end of each row, precision below each column.
std::string confusion_table(const Evaluation& evaluation) {
  const RouterQuality& router = evaluation.router;
  TextTable table;
  std::vector<std::string> header = {"label \\ routed to"}, precision = {"precision %"};
  for (BitWidth width : evaluation.widths) {
    header.push_back(to_string(width) + "-bit");
    const ClassQuality* quality = class_of(router, width);
    precision.push_back(quality ? percent_or_dash(quality->precision) : "-");
  }
  header.insert(header.end(), {"recall %", "F1 %"});
  table.add(header);
  table.rule();
  for (size_t label = 0; label < router.confusion.size(); ++label) {
    std::vector<std::string> row = {to_string(evaluation.widths[label]) + "-bit"};
    for (int64_t count : router.confusion[label]) row.push_back(std::to_string(count));
    const ClassQuality* quality = class_of(router, evaluation.widths[label]);
    row.push_back(quality ? percent_or_dash(quality->recall) : "-");
    row.push_back(quality ? percent_or_dash(quality->f1) : "-");
    table.add(row);
  }
  table.add(precision);
  return table.str();
}

std::string agreement_text(const Evaluation& evaluation) {
  const RouterQuality& router = evaluation.router;
  if (router.unlabelled >= evaluation.prompts) {
    return "No prompt has a label: the outcomes have no perplexities.\n";
  }
  std::string text =
      "agreement    " +
      (router.agreement ? share_with_interval(*router.agreement)
                        : percent(router.label_accuracy) + " %") +
      " of the labels; always the commonest label: " + percent(router.majority_baseline) + " %\n";
  if (router.unlabelled > 0) {
    text += "             " + std::to_string(router.unlabelled) +
            " prompts without a label are left out\n";
  }
  if (router.calibration) {
    text += "calibration  expected error " + fixed_point(router.calibration->expected_error, 3) +
            ", mean confidence " + percent(router.calibration->confidence) + " %, log loss " +
            fixed_point(router.calibration->log_loss, 3) + ", Brier " +
            fixed_point(router.calibration->brier, 3) + "\n";
  }
  return text;
}

std::string headroom_text(const Headroom& headroom) {
  std::string text = "headroom     the oracle is " + points_with_interval(headroom.available) +
                     " above " + to_string(headroom.best_fixed) + "-bit,\n             ";
  if (headroom.captured) {
    text += "of which the router captures " + share_with_interval(*headroom.captured);
  } else {
    text += headroom.available.value > 0 ? "too little for a share of it to mean anything"
                                         : "so there is nothing to capture";
  }
  return text + "\n";
}

std::string regret_text(const Regret& regret) {
  return "regret       " + points_with_interval(regret.score) + " against the oracle;\n" +
         "             " + percent(regret.under_routed) +
         " % of the prompts score less than they could, " + percent(regret.over_routed) +
         " % cost more than they need\n";
}

std::string area_text(const CostQuality& quality) {
  std::string text = "area         " + with_interval(quality.area) + " from " +
                     to_string(quality.cheapest) + "-bit to " + to_string(quality.best) +
                     "-bit over " + (quality.cost_is_seconds ? "time" : "bits") +
                     ";\n             fixed widths and their mixes " +
                     fixed_point(quality.fixed_area.value, 3) + ", gain " +
                     with_interval(quality.gain) + "\n";
  const auto recovered = [](const char* share, double cost) {
    return std::string(share) + " % of the way up in score at " + percent(cost) +
           " % of the way up in cost";
  };
  if (quality.cost_for_50) text += "             " + recovered("50", *quality.cost_for_50) + "\n";
  if (quality.cost_for_80) text += "             " + recovered("80", *quality.cost_for_80) + "\n";
  return text;
}

std::string time_text(const RouterQuality& router) {
  const TimeUnit unit = time_unit(router.seconds_mean);
  std::string text = "time         " + in_unit(router.seconds_mean, unit) + " " +
                     std::string(unit.name) + " a prompt";
  if (router.seconds_median && router.seconds_p95) {
    text += ", median " + in_unit(router.seconds_median, unit) + ", p95 " +
            in_unit(router.seconds_p95, unit);
  }
  return text + "\n";
}

std::string live_text(const LiveCheck& live) {
  const TimeUnit unit = time_unit(std::max(live.live_mean, live.composed_mean));
  std::string text = "live         " + std::to_string(live.prompts) + " prompts, " +
                     in_unit(live.live_mean, unit) + " " + std::string(unit.name) +
                     " a prompt for real, " + in_unit(live.composed_mean, unit) +
                     " put together,\n             ratio " + with_interval(live.ratio) +
                     ";\n             " + percent(live.same_choice) + " % routed alike";
  if (live.same_answer) text += ", " + percent(*live.same_answer) + " % answered alike";
  return text + ", score " + percent(live.score) + " %\n";
}

}  // namespace

std::string router_text(const Evaluation& evaluation) {
  const RouterQuality& router = evaluation.router;
  std::string text = confusion_table(evaluation) + agreement_text(evaluation);
  if (router.headroom) text += headroom_text(*router.headroom);
  if (router.regret) text += regret_text(*router.regret);
  if (router.cost_quality) text += area_text(*router.cost_quality);
  text += time_text(router);
  if (evaluation.live) text += live_text(*evaluation.live);
  return text;
}

}  // namespace paq
