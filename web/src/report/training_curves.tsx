// SPDX-License-Identifier: MIT
// What a router's training came to, epoch by epoch: losses, and accuracy on the validation prompts.
import * as Plot from "@observablehq/plot";
import { useCallback } from "preact/hooks";
import { Chart } from "../shared/chart";
import { number, percent } from "../shared/format";
import { Table } from "../shared/table";
import type { TrainingRecord } from "./data";

interface Point {
  epoch: number;
  value: number;
}

interface Curve {
  name: string;
  colour: string;
  dashes?: string;
  /** Of its points; a level has none. */
  symbol?: "circle" | "square";
  points: Point[];
}

interface Frame {
  width: number;
  height: number;
  low: number;
  high: number;
}

const margin = { top: 24, right: 78, bottom: 38, left: 58 };

type Figure = "training_loss" | "validation_loss" | "validation_accuracy";

// A loss that was not finite is null and has no point.
function pointsOf({ metrics }: TrainingRecord, figure: Figure, scale = 1): Point[] {
  return metrics.epochs.flatMap((epoch, i) => {
    const value = epoch[figure];
    return value === null ? [] : [{ epoch: i + 1, value: scale * value }];
  });
}

// Around all values, with air above and below, so that no line runs along the frame.
function frameOf(values: number[], width: number, height: number, most = Infinity): Frame {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const air = Math.max(0.12 * (high - low), 0.02 * high, 1e-3);
  return { width, height, low: Math.max(0, low - air), high: Math.min(most, high + air) };
}

function tick(value: number): string {
  return value >= 1e5 ? value.toExponential(1) : Number(value.toPrecision(4)).toString();
}

// One epoch has a point in the middle.
function endsOf(epochs: number): [number, number] {
  return epochs > 1 ? [1, epochs] : [0.5, 1.5];
}

function epochAxis(epochs: number, width: number): Plot.ScaleOptions & Plot.AxisOptions {
  const room = Math.max(2, (width - margin.left - margin.right) / 40);
  const step = [1, 2, 5, 10, 20, 50, 100, 200].find((n) => epochs / n <= room) ?? 500;
  const all = Array.from({ length: epochs }, (_, i) => i + 1);
  const ticks = all.filter((n) => n === 1 || (step < 5 ? (n - 1) % step === 0 : n % step === 0));
  return {
    domain: endsOf(epochs),
    ticks,
    tickFormat: (d: number) => d.toString(),
    label: "epoch",
    labelAnchor: "center",
    labelArrow: "none",
  };
}

// How far each curve's name is moved from its last point, so that two do not cover each other.
function nameOffsets(curves: Curve[], { height, low, high }: Frame): number[] {
  const room = 14;
  const scale = (height - margin.top - margin.bottom) / (high - low);
  const places = curves.map((curve) => -scale * (curve.points[curve.points.length - 1]?.value ?? 0));
  const [first, second] = places;
  if (first === undefined || second === undefined) return places.map(() => 0);
  const missing = Math.max(0, room - Math.abs(first - second)) / 2;
  return first < second ? [-missing, missing] : [missing, -missing];
}

function marksOf(curves: Curve[], frame: Frame, epochs: number): Plot.Markish[] {
  const offsets = nameOffsets(curves, frame);
  return curves.flatMap((curve, i) => [
    Plot.line(curve.points, {
      x: "epoch",
      y: "value",
      stroke: curve.colour,
      strokeWidth: 2,
      ...(curve.dashes === undefined ? {} : { strokeDasharray: curve.dashes }),
    }),
    // Too many of them would hide the line.
    Plot.dot(epochs > 40 || curve.symbol === undefined ? [] : curve.points, {
      x: "epoch",
      y: "value",
      symbol: curve.symbol ?? "circle",
      fill: curve.colour,
      stroke: "var(--ground)",
      r: 4,
      title: (d: Point) => `epoch ${d.epoch}, ${curve.name}: ${tick(d.value)}`,
    }),
    Plot.text(curve.points.slice(-1), {
      x: "epoch",
      y: "value",
      text: () => curve.name,
      textAnchor: "start",
      dx: 9,
      dy: offsets[i] ?? 0,
      fill: curve.colour === "var(--fixed)" ? "var(--link)" : curve.colour,
    }),
  ]);
}

interface Picture {
  frame: Frame;
  curves: Curve[];
  label: string;
}

function draw({ metrics }: TrainingRecord, { frame, curves, label }: Picture): Element {
  const epochs = metrics.epochs.length;
  const kept = metrics.best_epoch;
  return Plot.plot({
    width: frame.width,
    height: frame.height,
    marginTop: margin.top,
    marginRight: margin.right,
    marginBottom: margin.bottom,
    marginLeft: margin.left,
    style: { fontSize: "12px" },
    x: epochAxis(epochs, frame.width),
    y: {
      domain: [frame.low, frame.high],
      label,
      labelAnchor: "center",
      labelArrow: "none",
      tickFormat: tick,
      ticks: 5,
      grid: true,
    },
    marks: [
      Plot.ruleX([kept], { stroke: "var(--ink)", strokeDasharray: "4,3" }),
      Plot.text([kept], {
        x: (d: number) => d,
        frameAnchor: "top",
        dy: -14,
        text: () => `epoch ${kept}, kept`,
        fill: "var(--ink)",
      }),
      ...marksOf(curves, frame, epochs),
    ],
  });
}

function drawLosses(training: TrainingRecord, width: number): Element | null {
  const curves: Curve[] = [
    {
      name: "training",
      colour: "var(--fixed)",
      dashes: "6,3",
      symbol: "square" as const,
      points: pointsOf(training, "training_loss"),
    },
    {
      name: "validation",
      colour: "var(--accent)",
      symbol: "circle" as const,
      points: pointsOf(training, "validation_loss"),
    },
  ].filter((curve) => curve.points.length > 0);
  if (curves.length === 0) return null;
  const values = curves.flatMap((curve) => curve.points.map((point) => point.value));
  return draw(training, { frame: frameOf(values, width, 230), curves, label: "loss, nats" });
}

function drawAccuracy(training: TrainingRecord, width: number): Element | null {
  const points = pointsOf(training, "validation_accuracy", 100);
  if (points.length === 0) return null;
  const { majority_baseline: majority, epochs } = training.metrics;
  const level = majority === null ? [] : [100 * majority];
  const frame = frameOf([...points.map((point) => point.value), ...level], width, 210, 100);
  const curves: Curve[] = [
    { name: "validation", colour: "var(--accent)", symbol: "circle", points },
    ...level.map((value) => ({
      name: "majority",
      colour: "var(--soft)",
      dashes: "2,3",
      points: endsOf(epochs.length).map((epoch) => ({ epoch, value })),
    })),
  ];
  return draw(training, { frame, curves, label: "accuracy, %" });
}

export function TrainingCurves({ training }: { training: TrainingRecord }) {
  const { epochs, best_epoch: kept, majority_baseline: majority } = training.metrics;
  const drawn = useCallback(
    (width: number) => {
      const both = document.createElement("div");
      for (const picture of [drawLosses(training, width), drawAccuracy(training, width)]) {
        if (picture !== null) both.append(picture);
      }
      return both;
    },
    [training],
  );
  return (
    <Chart
      label="Charts over the epochs: training and validation loss, and accuracy on the validation prompts"
      draw={drawn}
      caption={
        <>
          The dashed upright is the epoch that was kept: it agrees best with the labels of the
          validation prompts.
          {majority !== null &&
            ` Majority is what always choosing the commonest label would reach: ${percent(majority)} %.`}{" "}
          The training loss is of balanced prompts, with class weights and dropout where there are
          any; the validation loss is of prompts as they come.
        </>
      }
      table={
        <Table
          caption="Losses and validation accuracy by epoch"
          header={["epoch", "training loss", "validation loss", "validation accuracy %"]}
          rows={epochs.map((epoch, i) => ({
            cells: [
              i + 1 === kept ? `${i + 1}, kept` : String(i + 1),
              number(epoch.training_loss, 4),
              number(epoch.validation_loss, 4),
              percent(epoch.validation_accuracy),
            ],
            strong: i + 1 === kept,
          }))}
        />
      }
    />
  );
}
