// SPDX-License-Identifier: MIT
// What labels of other modes would be, how far the modes agree, and what each can tell.
import { useState } from "preact/hooks";
import { count, number, percent, tau, time } from "../shared/format";
import { Table } from "../shared/table";
import { Areas } from "./mode_areas";
import type { ModeComparison, ModeFigures } from "./data";
import type { View } from "./view";

const thresholds = ["usual thresholds", "thresholds of equal mean bits"] as const;

function labelled(comparison: ModeComparison): ModeFigures[] {
  return comparison.modes.filter((mode) => mode.labelled > 0);
}

// "a", "a and b", "a, b and c"
function listed(names: string[]): string {
  const last = names[names.length - 1] ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

function Missing({ comparison }: { comparison: ModeComparison }) {
  const absent = comparison.modes.filter((mode) => mode.labelled === 0);
  const unmeasured = absent.filter((mode) => mode.needs.startsWith("paq labels measure"));
  const others = absent.filter((mode) => !unmeasured.includes(mode));
  return (
    <>
      {unmeasured.length > 0 && (
        <p class="soft small">
          The store has no measures for {listed(unmeasured.map((mode) => mode.mode))}:{" "}
          <code>paq labels measure</code> has every variant rate the largest one's answers.
        </p>
      )}
      {others.map((mode) => (
        <p key={mode.mode} class="soft small">
          {mode.mode} has no labels here: it needs {mode.needs}.
        </p>
      ))}
    </>
  );
}

function Use({ view, comparison }: { view: View; comparison: ModeComparison }) {
  const { common } = comparison;
  return (
    <Table
      caption="Use of the widths, score, time and bits of every mode's labels"
      header={[
        "label mode",
        "threshold",
        ...view.widths.map((bits) => `${bits}-bit %`),
        "score %",
        `mean ${view.unit.name}`,
        "mean bits",
      ]}
      rows={labelled(comparison).map((mode) => ({
        cells: [
          mode.mode,
          tau(mode.threshold),
          ...view.widths.map((bits) =>
            percent(common === 0 ? null : (mode.use[bits] ?? 0) / common),
          ),
          percent(mode.score),
          time(mode.seconds_mean, view.unit),
          common === 0 ? "–" : number(mode.bits_mean, 2),
        ],
        strong: mode.mode === view.labelMode,
      }))}
    />
  );
}

function Agreement({ comparison }: { comparison: ModeComparison }) {
  const names = labelled(comparison).map((mode) => mode.mode);
  const columns = names.slice(0, -1);
  const cell = (row: string, column: string) => {
    const pair = comparison.pairs.find(({ a, b }) => a === column && b === row);
    if (!pair) return "";
    const share = `${Math.round(45 * Math.max(0, pair.kappa ?? 0))}%`;
    return (
      <span class="cell" style={{ "--share": share }}>
        {percent(pair.agreement)} <small>κ {number(pair.kappa, 2)}</small>
      </span>
    );
  };
  return (
    <>
      <h3>Agreement</h3>
      <Table
        caption="Share of prompts with the same label, and Cohen's kappa, for every two modes"
        header={["same label, %", ...columns]}
        rows={names.slice(1).map((row, r) => ({
          cells: [row, ...columns.map((column, c) => (c <= r ? cell(row, column) : ""))],
        }))}
      />
      <p class="soft small">
        Of the prompts that both modes label. Below each share Cohen's κ, which takes away what
        chance alone would agree on: 1 is full agreement, 0 no more than chance. The deeper a cell,
        the higher its κ.
      </p>
    </>
  );
}

function Loops({ view, comparison }: { view: View; comparison: ModeComparison }) {
  const known = view.widths.filter((bits) => (comparison.loops[bits]?.answers ?? 0) > 0);
  if (known.length === 0) return null;
  const figures = known.map((bits) => ({ bits, ...comparison.loops[bits]! }));
  const answers = figures.reduce((sum, width) => sum + width.answers, 0);
  const loops = figures.reduce((sum, width) => sum + width.loops, 0);
  return (
    <>
      <h3>Answers that go round in a circle</h3>
      <Table
        caption="Answers that end in a loop, by width"
        header={[
          "width",
          "answers",
          "loops",
          "accepted",
          "median perplexity",
          "of others",
          "score %",
          "of others",
        ]}
        rows={figures.map((width) => ({
          cells: [
            `${width.bits}-bit`,
            count(width.answers),
            count(width.loops),
            count(width.accepted),
            number(width.perplexity_median, 3),
            number(width.other_perplexity_median, 3),
            percent(width.score),
            percent(width.other_score),
          ],
        }))}
      />
      <p class="soft small">
        {loops === 0
          ? `None of ${count(answers)} answers ends in a loop. `
          : `${count(loops)} of ${count(answers)} answers end in a loop. `}
        A loop is a phrase at least three times over, 16 tokens or more together. Repeating makes a
        model sure of itself: accepted are loops that the perplexity mode calls good enough all the
        same.
      </p>
    </>
  );
}

export function Modes({ view, usual }: { view: View; usual: ModeComparison }) {
  const matched = view.data.matched_modes;
  const [chosen, setChosen] = useState<(typeof thresholds)[number]>("usual thresholds");
  const offered = thresholds.filter((name) => name === "usual thresholds" || matched != null);
  const of = (name: (typeof thresholds)[number]) =>
    name === "usual thresholds" || matched == null ? usual : matched;
  return (
    <>
      <p>
        A label is the smallest width that is good enough, and each mode has its own measure of
        that. Where modes agree it matters little which one the router learns from; where they
        differ, the areas below say which can tell right answers from wrong ones.
      </p>
      {offered.length > 1 && (
        <fieldset class="choice">
          <legend class="unseen">Thresholds of the modes</legend>
          {offered.map((name) => (
            <label key={name}>
              <input
                type="radio"
                name="mode-thresholds"
                checked={chosen === name}
                onChange={() => setChosen(name)}
              />
              <span>{name}</span>
            </label>
          ))}
        </fieldset>
      )}
      {offered.map((name) => (
        <div key={name} class={name === chosen ? "shown" : "only-print"}>
          {offered.length > 1 && <h3 class="only-print">At {name}</h3>}
          <Use view={view} comparison={of(name)} />
          <p class="soft small">
            {count(of(name).common)} of {count(of(name).prompts)} prompts, those that all these modes
            label; score, time and bits are means over them if each were answered by its label's
            width.
            {name !== "usual thresholds" &&
              " Every mode's threshold but score's is set so that its mean bits come as near to perplexity's as its measures allow."}
          </p>
          <Agreement comparison={of(name)} />
        </div>
      ))}
      <Areas view={view} comparison={usual} />
      <Loops view={view} comparison={usual} />
      <Missing comparison={usual} />
    </>
  );
}
