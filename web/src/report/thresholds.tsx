// SPDX-License-Identifier: MIT
// What labels of other thresholds would be: the use of each width, their score, their cost.
import * as Plot from "@observablehq/plot";
import { useCallback } from "preact/hooks";
import { Chart, Legend } from "../shared/chart";
import { inkOn } from "../shared/colours";
import { count, number, percent, tau, time } from "../shared/format";
import { Table } from "../shared/table";
import type { ThresholdPoint } from "./data";
import type { View } from "./view";

// Perplexities crowd just above 1, so the axis shows tau - 1 on a logarithmic scale.
function tauAxis(points: ThresholdPoint[], width: number): Plot.ScaleOptions & Plot.AxisOptions {
  const above = points.map((point) => point.tau - 1);
  return {
    type: "log",
    domain: [Math.min(...above), Math.max(...above)],
    ticks: Math.max(2, width / 160),
    tickFormat: (d: number) => tau(1 + d),
    label: "tau",
    labelAnchor: "center",
    labelArrow: "none",
  };
}

function common(width: number, height: number): Plot.PlotOptions {
  return {
    width,
    height,
    marginLeft: 48,
    marginRight: 48,
    marginTop: 24,
    marginBottom: 38,
    style: { fontSize: "12px" },
  };
}

// The evaluation's own threshold on the axis, where it lies on it.
function usedTau(view: View): number | null {
  const { thresholds, evaluation } = view.data;
  const { tau: used } = evaluation.meta;
  if (view.labelMode !== "perplexity") return null;
  const [first, last] = [thresholds[0], thresholds[thresholds.length - 1]];
  return first && last && used >= first.tau && used <= last.tau && used > 1 ? used - 1 : null;
}

interface AreaName {
  above: number;
  middle: number;
  name: string;
  ink: string;
}

// Each width is named where its area is highest around a point, if it is high enough for a name
// there; beside the line of the evaluation's own threshold, not across it.
function areaNames(view: View, width: number): AreaName[] {
  const { thresholds } = view.data;
  const used = usedTau(view);
  const [first, last] = [thresholds[0], thresholds[thresholds.length - 1]];
  if (!first || !last || last.tau === first.tau) return [];
  const scale = (width - 96) / Math.log((last.tau - 1) / (first.tau - 1));
  const distance = (a: number, b: number) => Math.abs(scale * Math.log(a / b));
  const reach = 24; // Half a name's width and a little air.
  const bounds = thresholds.map((point) => {
    let sum = 0;
    return view.widths.map((w) => {
      const below = sum;
      sum += (100 * (point.use[w] ?? 0)) / Math.max(1, point.prompts);
      return { below, above: sum };
    });
  });
  return view.widths.flatMap((bits, k) => {
    let best: AreaName | null = null;
    let most = 12;
    for (const { tau: at } of thresholds) {
      const x = at - 1;
      if (used !== null && distance(x, used) < reach) continue;
      if (Math.min(distance(x, first.tau - 1), distance(x, last.tau - 1)) < reach) continue;
      const near = bounds.filter((_, i) => distance((thresholds[i]?.tau ?? at) - 1, x) < reach);
      const below = Math.max(...near.map((shares) => shares[k]?.below ?? 0));
      const above = Math.min(...near.map((shares) => shares[k]?.above ?? 0));
      if (above - below <= most) continue;
      most = above - below;
      best = {
        above: x,
        middle: (below + above) / 2,
        name: `${bits}-bit`,
        ink: inkOn(view.colours[k] as string),
      };
    }
    return best === null ? [] : [best];
  });
}

function drawUse(view: View, width: number): Element {
  const { thresholds, evaluation } = view.data;
  const at = usedTau(view);
  const names = view.widths.map((bits) => `${bits}-bit`);
  const areas = thresholds.flatMap((point) =>
    view.widths.map((bits) => ({
      above: point.tau - 1,
      part: `${bits}-bit`,
      share: point.prompts === 0 ? 0 : (100 * (point.use[bits] ?? 0)) / point.prompts,
    })),
  );
  return Plot.plot({
    ...common(width, 220),
    x: { ...tauAxis(thresholds, width), label: null },
    y: { domain: [0, 100], label: "prompts, %", labelArrow: "none", ticks: 5 },
    color: { domain: names, range: view.colours },
    marks: [
      Plot.areaY(
        areas,
        Plot.stackY({
          x: "above",
          y: "share",
          fill: "part",
          order: names,
          stroke: "var(--ground)",
          strokeWidth: 0.75,
        }),
      ),
      ...(at === null
        ? []
        : [
            Plot.ruleX([at], { stroke: "var(--ink)", strokeDasharray: "4,3" }),
            Plot.text([at], {
              x: (d: number) => d,
              frameAnchor: "top",
              dy: -14,
              text: () => `tau ${tau(evaluation.meta.tau)}`,
              fill: "var(--ink)",
            }),
          ]),
      Plot.text(areaNames(view, width), {
        x: "above",
        y: "middle",
        text: "name",
        fill: "ink",
        pointerEvents: "none",
      }),
    ],
  });
}

function drawScore(view: View, width: number): Element {
  const { thresholds } = view.data;
  const at = usedTau(view);
  const scored = thresholds.filter((point) => point.score !== null);
  return Plot.plot({
    ...common(width, 180),
    x: tauAxis(thresholds, width),
    y: {
      label: "score of the labels, %",
      labelArrow: "none",
      ticks: 5,
      grid: true,
      nice: true,
      zero: false,
    },
    marks: [
      ...(at === null ? [] : [Plot.ruleX([at], { stroke: "var(--ink)", strokeDasharray: "4,3" })]),
      Plot.line(scored, {
        x: (d: ThresholdPoint) => d.tau - 1,
        y: (d: ThresholdPoint) => 100 * (d.score ?? 0),
        stroke: "var(--accent)",
        strokeWidth: 2,
      }),
      Plot.dot(scored, {
        x: (d: ThresholdPoint) => d.tau - 1,
        y: (d: ThresholdPoint) => 100 * (d.score ?? 0),
        r: 2.5,
        fill: "var(--accent)",
        title: (d: ThresholdPoint) => `tau ${tau(d.tau)}: ${percent(d.score)} %`,
      }),
    ],
  });
}

export function Thresholds({ view }: { view: View }) {
  const { thresholds } = view.data;
  const draw = useCallback(
    (width: number) => {
      const both = document.createElement("div");
      both.append(drawUse(view, width), drawScore(view, width));
      return both;
    },
    [view],
  );
  const legend = view.widths.map((bits, k) => ({
    name: `${bits}-bit`,
    colour: view.colours[k] as string,
  }));
  const prompts = Math.max(...thresholds.map((point) => point.prompts));
  return (
    <>
      <Legend entries={legend} />
      <Chart
        label="Charts over the threshold tau: share of labels per width, and the labels' mean score"
        draw={draw}
        caption={
          <>
            A prompt's label is the smallest width whose response perplexity is at most tau, the
            largest where none is. {count(prompts)} evaluated prompts; the score is the mean over
            prompts if each were answered by its label's width.
          </>
        }
        table={
          <Table
            caption="Use of the widths, score and cost of the labels by threshold"
            header={[
              "tau",
              ...view.widths.map((bits) => `${bits}-bit %`),
              "score %",
              `mean ${view.unit.name}`,
              "mean bits",
            ]}
            rows={thresholds.map((point) => ({
              cells: [
                tau(point.tau),
                ...view.widths.map((bits) =>
                  percent(point.prompts === 0 ? null : (point.use[bits] ?? 0) / point.prompts),
                ),
                percent(point.score),
                time(point.seconds_mean, view.unit),
                number(point.bits_mean, 2),
              ],
              strong: view.labelMode === "perplexity" && point.tau === view.data.evaluation.meta.tau,
            }))}
          />
        }
      />
    </>
  );
}
