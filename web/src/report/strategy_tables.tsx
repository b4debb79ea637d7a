// SPDX-License-Identifier: MIT
// Score, time and use of every strategy: over all tasks, and task by task.
import { useState } from "preact/hooks";
import { number, percent, points, pointsInterval, time } from "../shared/format";
import { Table, type Row } from "../shared/table";
import type { Strategy } from "./data";
import type { View } from "./view";

export function StrategyTable({ view }: { view: View }) {
  const { evaluation } = view.data;
  const { unit, largest } = view;
  const detailed = evaluation.strategies.some((strategy) => strategy.seconds_p95 != null);
  const intervals = evaluation.strategies.some((strategy) => strategy.score_interval != null);
  const header = ["strategy", "score %"];
  if (intervals) header.push("95 %");
  header.push(`mean ${unit.name}`);
  if (detailed) header.push("median", "p95");
  header.push(`time of ${largest?.name.slice("fixed-".length) ?? "largest"}-bit`, "mean bits");
  header.push(...view.widths.map((width) => `${width}-bit %`));

  const rows: Row[] = evaluation.strategies.map((strategy) => {
    const ratio =
      strategy.seconds_ratio?.value ??
      (strategy.seconds_mean !== null && largest?.seconds_mean
        ? strategy.seconds_mean / largest.seconds_mean
        : null);
    const cells = [strategy.name, percent(strategy.score)];
    if (intervals) {
      const interval = strategy.score_interval;
      cells.push(interval ? `${percent(interval.low)} to ${percent(interval.high)}` : "–");
    }
    cells.push(time(strategy.seconds_mean, unit));
    if (detailed) cells.push(time(strategy.seconds_median, unit), time(strategy.seconds_p95, unit));
    cells.push(ratio === null ? "–" : `${percent(ratio)} %`, number(strategy.bits_mean, 2));
    cells.push(...view.widths.map((width) => percent(strategy.shares[width])));
    return { cells, strong: strategy.name === "router" };
  });
  return (
    <>
      <Table
        caption="Score, time and use of the widths of every strategy"
        header={header}
        rows={rows}
      />
      <p class="soft small">
        Scores and means are means over tasks of the tasks' means. A router's own time is part of
        its time. <b>random-mix</b> draws from the router's overall shares without looking at the
        prompt; <b>labels</b> follows the labels that the router learns from; <b>oracle</b> takes
        the cheapest of the widths with the best score.
      </p>
      <Differences view={view} />
    </>
  );
}

// What a reader may conclude: differences over the same prompts, with their intervals.
function Differences({ view }: { view: View }) {
  const { differences, seconds_differences = [] } = view.data.evaluation;
  if (differences.length === 0) return null;
  const { unit } = view;
  const signed = (seconds: number) => {
    const text = time(Math.abs(seconds), unit);
    return `${Number(text) === 0 ? "" : seconds > 0 ? "+" : "−"}${text}`;
  };
  const header = ["the router less", "points", "95 %"];
  if (seconds_differences.length > 0) header.push(unit.name, "95 %");
  const rows: Row[] = differences.map((difference) => {
    const cells = [difference.than, points(difference.mean), pointsInterval(difference)];
    if (seconds_differences.length > 0) {
      const seconds = seconds_differences.find((d) => d.than === difference.than);
      cells.push(
        seconds ? signed(seconds.mean) : "–",
        seconds ? `${signed(seconds.low)} to ${signed(seconds.high)}` : "–",
      );
    }
    return { cells };
  });
  return (
    <>
      <h3>Differences</h3>
      <Table
        caption="Score and time of the router less those of every other strategy"
        header={header}
        rows={rows}
      />
      <p class="soft small">
        Of the same prompts, with paired bootstrap intervals. An interval with zero inside leaves
        open which of the two is better.
      </p>
    </>
  );
}

const measures = ["score", "router's lead", "mean time", "95th percentile of time"] as const;
type Measure = (typeof measures)[number];

export function TaskTable({ view }: { view: View }) {
  const { evaluation } = view.data;
  const { unit } = view;
  const [measure, setMeasure] = useState<Measure>("score");
  const detailed = evaluation.strategies.some((strategy) =>
    Object.values(strategy.tasks).some((task) => task.seconds_p95 != null),
  );
  const { task_differences = [] } = evaluation;
  const offered = measures.filter((name) => {
    if (name === "score") return true;
    if (name === "router's lead") return task_differences.length > 0;
    return view.timed && (name === "mean time" || detailed);
  });
  const lead = (than: string, task: string) => {
    const difference = task_differences.find((d) => d.than === than && d.task === task);
    if (!difference) return "–";
    return (
      <>
        {points(difference.mean)}
        <br />
        <small>{pointsInterval(difference)}</small>
      </>
    );
  };
  const table = (shown: Measure) => {
    const cell = (strategy: Strategy, task: string) => {
      const result = strategy.tasks[task];
      if (shown === "score") return percent(result?.score);
      if (shown === "router's lead") return lead(strategy.name, task);
      return time(shown === "mean time" ? result?.seconds_mean : result?.seconds_p95, unit);
    };
    const rows: Row[] = evaluation.strategies
      .filter((strategy) => shown !== "router's lead" || strategy.name !== "router")
      .map((strategy) => ({
        cells: [strategy.name, ...evaluation.meta.tasks.map((task) => cell(strategy, task))],
        strong: strategy.name === "router",
      }));
    const first = evaluation.strategies[0];
    rows.push({
      cells: [
        "prompts",
        ...evaluation.meta.tasks.map((task) => String(first?.tasks[task]?.n ?? "")),
      ],
    });
    const titles: Partial<Record<Measure, string>> = {
      score: "score, %",
      "router's lead": "router less, points",
    };
    const title = titles[shown] ?? `${shown}, ${unit.name}`;
    return (
      <Table
        caption={
          shown === "router's lead"
            ? "Score of the router less that of every other strategy for each task, with 95 % intervals"
            : `${title} of every strategy for each task`
        }
        header={[title, ...evaluation.meta.tasks.map(view.shortName)]}
        rows={rows}
      />
    );
  };
  return (
    <>
      {offered.length > 1 && (
        <fieldset class="choice">
          <legend class="unseen">Figure shown</legend>
          {offered.map((name) => (
            <label key={name}>
              <input
                type="radio"
                name="measure"
                checked={measure === name}
                onChange={() => setMeasure(name)}
              />
              <span>{name}</span>
            </label>
          ))}
        </fieldset>
      )}
      {offered.map((name) => (
        <div key={name} class={name === measure ? "shown" : "only-print"}>
          {table(name)}
        </div>
      ))}
    </>
  );
}
