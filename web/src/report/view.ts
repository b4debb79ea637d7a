// SPDX-License-Identifier: MIT
// What every section of the report needs of the evaluation, worked out once.
import { widthColours } from "../shared/colours";
import { shortNames, timeUnit, type TimeUnit } from "../shared/format";
import { isFixed, type PageData, type Strategy } from "./data";

export interface View {
  data: PageData;
  widths: string[];
  colours: string[];
  /** Unit of the strategies' mean times. */
  unit: TimeUnit;
  /** Without times, costs are bits. */
  timed: boolean;
  router: Strategy | undefined;
  largest: Strategy | undefined;
  shortName: (task: string) => string;
  /** What the evaluation's labels are made of: "perplexity", "kl". */
  labelMode: string;
}

// From what routers' files call it, such as "response-perplexity" or "kl+reject-loops".
function labelMode(name: string): string {
  const [mode = ""] = name.split("+");
  return mode === "" || mode === "response-perplexity" ? "perplexity" : mode;
}

export function viewOf(data: PageData): View {
  const { strategies, meta } = data.evaluation;
  const widths = meta.widths.map(String);
  const names = shortNames(meta.tasks);
  const times = strategies.map((strategy) => strategy.seconds_mean);
  return {
    data,
    widths,
    colours: widthColours(widths.length),
    unit: timeUnit(Math.max(0, ...times.map((seconds) => seconds ?? 0))),
    timed: strategies.filter(isFixed).every((strategy) => strategy.seconds_mean !== null),
    router: strategies.find((strategy) => strategy.name === "router"),
    largest: strategies.find((strategy) => strategy.name === `fixed-${widths[widths.length - 1]}`),
    shortName: (task) => names.get(task) ?? task,
    labelMode: labelMode(meta.label_mode ?? ""),
  };
}
