// SPDX-License-Identifier: MIT
// How the router came to be, as its file says. The names and texts are whatever that file contains;
// they reach the page as text nodes only.
import type { ComponentChildren } from "preact";
import { count, number, percent } from "../shared/format";
import { Table } from "../shared/table";
import { Cell } from "./confusion";
import type { ByWidth, TrainingRecord } from "./data";
import { TrainingCurves } from "./training_curves";
import type { View } from "./view";

interface Props {
  view: View;
  training: TrainingRecord;
}

function sumOf(counts: ByWidth<number>): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}

function duration(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)}\u00a0s` : `${number(seconds / 60, 1)}\u00a0min`;
}

function Opening({ training: { metrics } }: { training: TrainingRecord }) {
  const kept = metrics.epochs[metrics.best_epoch - 1];
  const epochs = metrics.epochs.length;
  return (
    <p>
      {epochs === 1 ? "One epoch" : `${count(epochs)} epochs`}
      {metrics.training && <> over {count(sumOf(metrics.training))} prompts</>}
      {metrics.labelled && <>, drawn from {count(sumOf(metrics.labelled))} with a label</>}
      {metrics.seconds !== null && <>, in {duration(metrics.seconds)}</>}
      {metrics.device !== "" && ` (${metrics.device})`}.
      {kept?.validation_accuracy != null && (
        <>
          {" "}
          Epoch {metrics.best_epoch} was kept: {percent(kept.validation_accuracy)} % of
          {metrics.validation && ` ${count(sumOf(metrics.validation))}`} validation prompts get their
          label's width.
        </>
      )}
      {metrics.parameters !== null && <> The router has {count(metrics.parameters)} parameters.</>}
    </p>
  );
}

function Labels({ view, training: { metrics } }: Props) {
  const parts: [string, ByWidth<number> | null, (n: number) => string][] = [
    ["labelled", metrics.labelled, count],
    ["trained on, after balancing", metrics.training, count],
    ["validation", metrics.validation, count],
    ["class weight", metrics.class_weights, (weight) => number(weight, 2)],
  ];
  const known = parts.flatMap(([name, values, text]) => (values ? [{ name, values, text }] : []));
  if (known.length === 0) return null;
  return (
    <>
      <h3>Labels</h3>
      <Table
        caption="Prompts by label: labelled, trained on and for validation"
        header={["label", ...known.map(({ name }) => name)]}
        rows={view.widths.map((width) => ({
          cells: [`${width}-bit`, ...known.map(({ values, text }) => text(values[width] ?? 0))],
        }))}
      />
      <Tasks tasks={metrics.tasks} />
    </>
  );
}

function Tasks({ tasks }: { tasks: ByWidth<number> }) {
  const names = Object.keys(tasks);
  if (names.length === 0) return null;
  return (
    <details class="printed small">
      <summary>Labelled prompts by task</summary>
      <Table
        caption="Labelled prompts by task"
        header={["task", "labelled"]}
        rows={names.map((task) => ({ cells: [task, count(tasks[task] ?? 0)] }))}
      />
    </details>
  );
}

function ValidationConfusion({ view, training: { metrics } }: Props) {
  const { confusion } = metrics;
  if (!confusion) return null;
  return (
    <>
      <h3>Confusion on the validation prompts</h3>
      <Table
        caption="Validation prompts by label and decision"
        header={["label", ...view.widths.map((width) => `routed to ${width}-bit`)]}
        rows={view.widths.map((label) => {
          const row = confusion[label] ?? {};
          const sum = sumOf(row);
          const cells = view.widths.map((width) => (
            <Cell key={width} value={row[width] ?? 0} sum={sum} right={width === label} />
          ));
          return { cells: [`${label}-bit`, ...cells] };
        })}
      />
      <p class="soft small">
        These prompts chose the epoch, so take this as slightly optimistic; what the router does with
        the evaluated prompts stands in the section before.
      </p>
    </>
  );
}

function CalibrationGain({ training: { metrics } }: { training: TrainingRecord }) {
  const { calibration } = metrics;
  if (!calibration) return null;
  const { method, prompts, held_out_prompts: heldOut } = calibration;
  const fitted =
    method === "none"
      ? "The probabilities are as they come, without calibration"
      : `Calibrated by ${method}, fitted on ${count(prompts)} prompts`;
  return (
    <>
      <h3>Calibration</h3>
      {heldOut === 0 ? (
        <p>{fitted}. No prompts were kept to see what that brings.</p>
      ) : (
        <>
          <p>
            {fitted}; held against {count(heldOut)} others that neither training nor calibration
            saw.
          </p>
          <Table
            caption="Log loss and calibration error before and after calibration"
            header={["probabilities", "log loss, nats", "calibration error %"]}
            rows={[
              { name: "before", figures: calibration.uncalibrated },
              { name: "after", figures: calibration.calibrated },
            ].map(({ name, figures }) => ({
              cells: [name, number(figures.loss, 4), percent(figures.error, 2)],
            }))}
          />
          <p class="soft small">
            The error is the mean distance between the probability that a width is adequate and how
            often it is, over ten groups of equally many prompts.
          </p>
        </>
      )}
    </>
  );
}

function Cut({ training: { metrics, settings } }: { training: TrainingRecord }) {
  const { cut_prompts: cut, dropped_tokens: dropped, training_tokens: tokens } = metrics;
  if (cut === null) return null;
  const context = settings["context_tokens"];
  const limit = typeof context === "number" ? ` of ${count(context)} tokens` : "";
  return (
    <>
      <h3>What was cut</h3>
      <p>
        {cut === 0
          ? `No prompt was longer than the context${limit}.`
          : `${count(cut)} ${cut === 1 ? "prompt was" : "prompts were"} longer than the context${limit}` +
            (dropped === null
              ? "; the rest was dropped from the middle."
              : `; ${count(dropped)} tokens were dropped from the middle.`)}
        {tokens !== null && ` An epoch has ${count(tokens)} tokens.`}
      </p>
    </>
  );
}

function textOf(value: TrainingRecord["settings"][string]): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(", ") : String(value);
}

function Settings({ settings }: { settings: TrainingRecord["settings"] }) {
  const pairs: [string, ComponentChildren][] = Object.entries(settings)
    .map(([name, value]): [string, string] => [name.replaceAll("_", " "), textOf(value)])
    .filter(([, text]) => text !== "");
  if (pairs.length === 0) return null;
  return (
    <>
      <h3>Settings</h3>
      <dl class="pairs settings">
        {pairs.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

export function Training({ view, training }: Props) {
  return (
    <>
      <Opening training={training} />
      <TrainingCurves training={training} />
      <ValidationConfusion view={view} training={training} />
      <Labels view={view} training={training} />
      <CalibrationGain training={training} />
      <Cut training={training} />
      <Settings settings={training.settings} />
    </>
  );
}
