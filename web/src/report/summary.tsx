// SPDX-License-Identifier: MIT
// The result in four figures, each with what it is held against.
import { percent, points, pointsInterval, time } from "../shared/format";
import type { View } from "./view";

interface Fact {
  name: string;
  figure: string;
  detail: string;
}

function scoreFact({ data, router, largest }: View): Fact | null {
  if (!router) return null;
  const against = data.evaluation.differences.find((d) => d.than === largest?.name);
  const detail =
    against && largest
      ? `${points(against.mean)} points against ${largest.name} (95\u00a0%: ${pointsInterval(against)})`
      : "mean over tasks";
  return { name: "Score of the router", figure: `${percent(router.score)} %`, detail };
}

function timeFact({ router, largest, unit }: View): Fact | null {
  if (router?.seconds_mean == null) return null;
  const ratio =
    router.seconds_ratio?.value ??
    (largest?.seconds_mean ? router.seconds_mean / largest.seconds_mean : null);
  const interval = router.seconds_ratio;
  const bounds = interval
    ? ` (95\u00a0%: ${percent(interval.low)} to ${percent(interval.high)})`
    : "";
  return {
    name: "Time per prompt",
    figure: `${time(router.seconds_mean, unit)} ${unit.name}`,
    detail: ratio && largest ? `${percent(ratio)} % of ${largest.name}'s${bounds}` : "mean over tasks",
  };
}

function agreementFact({ data }: View): Fact | null {
  const { label_accuracy, majority_baseline } = data.evaluation.router;
  if (label_accuracy === null) return null;
  const { agreement } = data.evaluation.router;
  const bounds = agreement
    ? `95\u00a0%: ${percent(agreement.low)} to ${percent(agreement.high)}; `
    : "";
  return {
    name: "Agrees with the labels",
    figure: `${percent(label_accuracy)} %`,
    detail: `${bounds}always the commonest label: ${percent(majority_baseline)} %`,
  };
}

function mixFact({ data, router }: View): Fact | null {
  const mix = data.evaluation.best_mix;
  if (!mix || !router) return null;
  const what =
    mix.low === mix.high
      ? `${mix.low}-bit alone`
      : `a blind mix of ${mix.low}- and ${mix.high}-bit`;
  const difference = data.evaluation.differences.find((d) => d.than === "best-mix");
  const bounds = difference ? ` (95\u00a0%: ${pointsInterval(difference)})` : "";
  return {
    name: "Against the best mix",
    figure: points(router.score - mix.score),
    detail: `points against ${what} at no more ${mix.cost_is === "seconds" ? "time" : "bits"}${bounds}`,
  };
}

function headroomFact({ data }: View): Fact | null {
  const headroom = data.evaluation.router.headroom;
  if (!headroom?.captured) return null;
  return {
    name: "Headroom captured",
    figure: `${percent(headroom.captured.value, 0)} %`,
    detail:
      `of the ${points(headroom.available.value)} points between ${headroom.best_fixed}-bit and the oracle ` +
      `(95\u00a0%: ${percent(headroom.captured.low, 0)} to ${percent(headroom.captured.high, 0)})`,
  };
}

export function Summary({ view }: { view: View }) {
  const facts = [scoreFact, timeFact, mixFact, headroomFact, agreementFact]
    .map((fact) => fact(view))
    .filter((fact): fact is Fact => fact !== null)
    .slice(0, 4);
  return (
    <dl class="facts">
      {facts.map((fact) => (
        <div key={fact.name}>
          <dt>{fact.name}</dt>
          <dd>
            <strong>{fact.figure}</strong> <span class="soft">{fact.detail}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
