// SPDX-License-Identifier: MIT
// How well each mode's measure tells right answers from wrong ones: areas with their intervals.
import * as Plot from "@observablehq/plot";
import { useCallback } from "preact/hooks";
import { Chart } from "../shared/chart";
import { count, number } from "../shared/format";
import { Table } from "../shared/table";
import type { Area, Areas as Pair, ModeComparison } from "./data";
import type { View } from "./view";

const kinds = [
  { key: "right", name: "right", symbol: "circle", colour: "var(--fixed)", dy: -5 },
  { key: "adequate", name: "as good", symbol: "diamond", colour: "var(--accent)", dy: 5 },
] as const;

interface Point extends Area {
  mode: string;
  group: string;
  kind: (typeof kinds)[number];
}

interface Group {
  name: string;
  of: (mode: ModeComparison["modes"][number]) => Pair | null | undefined;
}

// All widths but the largest together, then each of them.
function groupsOf(view: View): Group[] {
  const smaller = view.widths.slice(0, -1);
  const single = smaller.map((bits): Group => ({
    name: `${bits}-bit alone`,
    of: (mode) => mode.auc_by_width[bits],
  }));
  if (smaller.length < 2) return single;
  const together = `${smaller.slice(0, -1).join(", ")} and ${smaller[smaller.length - 1]} bits together`;
  return [{ name: together, of: (mode) => mode.auc }, ...single];
}

function pointsOf(groups: Group[], comparison: ModeComparison): Point[] {
  return groups.flatMap((group) =>
    comparison.modes.flatMap((mode) =>
      kinds.flatMap((kind) => {
        const area = group.of(mode)?.[kind.key];
        return area ? [{ ...area, mode: mode.mode, group: group.name, kind }] : [];
      }),
    ),
  );
}

const band = 26;

// One group: a row per mode, its two kinds one above the other. `last` has the axis.
function drawGroup(points: Point[], frame: { width: number; least: number; last: boolean }) {
  const { width, least, last } = frame;
  const modes = [...new Set(points.map((point) => point.mode))];
  const bottom = last ? 40 : 8;
  const tip = (d: Point) =>
    `${d.mode}, ${d.group}, ${d.kind.name}: ${number(d.value, 3)} (${number(d.low, 3)} to ${number(d.high, 3)})`;
  return Plot.plot({
    width,
    height: modes.length * band + 30 + bottom,
    marginLeft: 118, // Room for "likelihood-ratio", the same in all groups.
    marginRight: 14,
    marginTop: 30,
    marginBottom: bottom,
    style: { fontSize: "12px" },
    x: {
      domain: [Math.floor(least * 10) / 10, 1],
      ticks: width < 500 ? 4 : 8,
      tickFormat: (area: number) => (last ? number(area, 1) : ""),
      tickSize: 0,
      label: last ? "area under the ROC curve" : null,
      labelAnchor: "center",
      labelArrow: "none",
      grid: true,
    },
    y: { domain: modes, label: null, tickSize: 0, type: "band", padding: 0.2 },
    marks: [
      Plot.text([points[0]?.group ?? ""], {
        text: (group: string) => group,
        frameAnchor: "top-left",
        dy: -18,
        fontWeight: 600,
        fill: "var(--ink)",
      }),
      Plot.ruleX([0.5], { stroke: "var(--soft)", strokeDasharray: "4,4" }),
      ...kinds.flatMap((kind) => {
        const shown = points.filter((point) => point.kind === kind);
        const place = { y: "mode", dy: kind.dy } as const;
        return [
          Plot.link(shown, {
            ...place,
            x1: "low",
            x2: "high",
            stroke: kind.colour,
            strokeWidth: 2,
            title: tip,
          }),
          Plot.dot(shown, {
            ...place,
            x: "value",
            symbol: kind.symbol,
            r: 4.5,
            fill: kind.colour,
            stroke: "var(--ground)",
            title: tip,
          }),
        ];
      }),
    ],
  });
}

function draw(points: Point[], width: number): Element {
  const groups = [...new Set(points.map((point) => point.group))];
  const least = Math.min(0.5, ...points.map((point) => point.low));
  const all = document.createElement("div");
  for (const group of groups) {
    const last = group === groups[groups.length - 1];
    const own = points.filter((point) => point.group === group);
    all.append(drawGroup(own, { width, least, last }));
  }
  return all;
}

export function Areas({ view, comparison }: { view: View; comparison: ModeComparison }) {
  const groups = groupsOf(view);
  const points = pointsOf(groups, comparison);
  const drawn = useCallback((width: number) => draw(points, width), [comparison]);
  if (points.length === 0) return null;
  const modes = comparison.modes.filter((mode) => points.some((point) => point.mode === mode.mode));
  const interval = (area: Area | null | undefined) =>
    area ? `${number(area.value, 3)} (${number(area.low, 3)} to ${number(area.high, 3)})` : "–";
  const answers = (group: Group) => {
    const area = modes.map((mode) => group.of(mode)?.right).find((found) => found != null);
    return area ? `${count(area.right)} right answers, ${count(area.wrong)} wrong` : "";
  };
  return (
    <>
      <h3>Telling right from wrong</h3>
      <Chart
        label="Dots with intervals: area under the ROC curve of every label mode's measure, for right answers and for answers as good as the largest width's"
        draw={drawn}
        caption={
          <>
            How likely of two answers, one good and one not, the good one has the better measure: 1
            is a clean cut, 0.5 (dashed) a coin. ● good is a score of at least 0.5; ◆ good is a score
            that does not fall short of the {view.widths[view.widths.length - 1]}-bit one. Lines are
            95 % intervals: where few answers are wrong they are wide, and areas say little. score is
            what the others are held against.
          </>
        }
        table={
          <Table
            caption="Area under the ROC curve by mode and width, with 95 % intervals"
            header={["label mode", "answers of", "right", "as good"]}
            rows={groups.flatMap((group) =>
              modes.map((mode) => ({
                cells: [
                  mode.mode,
                  <span title={answers(group)}>{group.name}</span>,
                  interval(group.of(mode)?.right),
                  interval(group.of(mode)?.adequate),
                ],
              })),
            )}
          />
        }
      />
    </>
  );
}
