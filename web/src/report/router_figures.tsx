// SPDX-License-Identifier: MIT
// The router's own figures in words and numbers.
import {
  count,
  number,
  percent,
  percentInterval,
  points,
  time,
  timeUnit,
  type Estimate,
} from "../shared/format";
import { Table, type Row } from "../shared/table";
import type { View } from "./view";

function pointsOf(estimate: Estimate): string {
  return `${points(estimate.value)} points (${points(estimate.low)} to ${points(estimate.high)})`;
}

function rowsOf(view: View): Row[] {
  const { router, meta } = view.data.evaluation;
  const rows: Row[] = [];
  const add = (name: string, value: string, meaning: string) => {
    const title = (
      <>
        {name} <small>{meaning}</small>
      </>
    );
    rows.push({ cells: [title, value] });
  };
  if (router.label_accuracy !== null) {
    const agreement = router.agreement
      ? percentInterval(router.agreement)
      : `${percent(router.label_accuracy)} %`;
    add("agreement", agreement, `of ${count(meta.prompts - router.unlabelled)} labelled prompts`);
    add(
      "commonest label",
      `${percent(router.majority_baseline)} %`,
      "agreement of always choosing it",
    );
  }
  if (router.headroom) {
    const { available, captured, best_fixed } = router.headroom;
    add(
      "headroom",
      pointsOf(available),
      `the oracle's score less that of ${best_fixed}-bit, the best fixed width`,
    );
    if (captured)
      add(
        "captured",
        percentInterval(captured),
        "of the headroom; negative: worse than the best fixed width",
      );
    else add("captured", "–", "too little headroom for a share of it to mean anything");
  }
  if (router.regret) {
    const { score, under_routed, over_routed } = router.regret;
    add("regret", pointsOf(score), "the oracle's score less the router's");
    add("under-routed", `${percent(under_routed)} %`, "of prompts; another width scores higher");
    add("over-routed", `${percent(over_routed)} %`, "of prompts; a cheaper width scores as well");
  }
  if (router.cost_quality) {
    const { area, fixed_area, gain, cheapest, best } = router.cost_quality;
    const from = `over ${router.cost_quality.cost_is} between ${cheapest}- and ${best}-bit`;
    add(
      "quality area",
      `${number(area.value, 3)} (${number(area.low, 3)} to ${number(area.high, 3)})`,
      `${from}; a blind mix of the two has 0.5`,
    );
    add("of fixed widths", number(fixed_area.value, 3), "and their blind mixes");
    add(
      "gain",
      `${number(gain.value, 3)} (${number(gain.low, 3)} to ${number(gain.high, 3)})`,
      "what knowing the prompt is worth",
    );
    for (const [share, cost] of [
      [50, router.cost_quality.cost_for_50],
      [80, router.cost_quality.cost_for_80],
    ] as const) {
      if (cost !== null)
        add(
          `cost for ${share} %`,
          `${percent(cost)} %`,
          `of the way from ${cheapest}- to ${best}-bit in ${router.cost_quality.cost_is}, for ${share} % of the way in score`,
        );
    }
  }
  const unit = timeUnit(router.seconds_p95 ?? router.seconds_mean);
  const spread =
    router.seconds_p95 == null
      ? ""
      : `, median ${time(router.seconds_median, unit)}, p95 ${time(router.seconds_p95, unit)}`;
  add(
    "router's time",
    `${time(router.seconds_mean, unit)} ${unit.name}${spread}`,
    "per prompt, one at a time",
  );
  return rows;
}

export function RouterFigures({ view }: { view: View }) {
  const { router, meta } = view.data.evaluation;
  return (
    <>
      {router.unlabelled >= meta.prompts && (
        <p>No prompt has a label: the outcomes have no perplexities.</p>
      )}
      <Table
        caption="The router's own figures"
        header={["figure", "value (95 %)"]}
        rows={rowsOf(view)}
      />
    </>
  );
}
