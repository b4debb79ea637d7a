// SPDX-License-Identifier: MIT
// The report, from the answer to the evidence.
import type { ComponentChildren } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { count, tau } from "../shared/format";
import { ThemeSwitch } from "../shared/theme";
import { About } from "./about";
import { Calibration } from "./calibration";
import { Confusion } from "./confusion";
import { CostChart } from "./cost_chart";
import type { PageData } from "./data";
import { Losses } from "./losses";
import { Modes } from "./modes";
import { Routing } from "./routing";
import { RouterFigures } from "./router_figures";
import { StrategyTable, TaskTable } from "./strategy_tables";
import { Summary } from "./summary";
import { Thresholds } from "./thresholds";
import { Training } from "./training";
import { viewOf, type View } from "./view";
import { Zones } from "./zones";

interface Part {
  id: string;
  title: string;
  body: ComponentChildren;
}

function partsOf(view: View): Part[] {
  const { evaluation, thresholds, modes } = view.data;
  const parts: (Part | null)[] = [
    {
      id: "cost",
      title: "Score and cost",
      body: (
        <>
          <CostChart view={view} />
          <StrategyTable view={view} />
        </>
      ),
    },
    { id: "tasks", title: "Task by task", body: <TaskTable view={view} /> },
    { id: "routing", title: "Where the prompts go", body: <Routing view={view} /> },
    thresholds.length > 0
      ? {
          id: "thresholds",
          title: "What other thresholds would mean",
          body: <Thresholds view={view} />,
        }
      : null,
    modes ? { id: "modes", title: "Label modes", body: <Modes view={view} usual={modes} /> } : null,
    {
      id: "router",
      title: "The router against its labels",
      body: (
        <>
          <RouterFigures view={view} />
          <Confusion view={view} />
          <Calibration view={view} />
        </>
      ),
    },
    evaluation.training
      ? {
          id: "training",
          title: "How the router was trained",
          body: <Training view={view} training={evaluation.training} />,
        }
      : null,
    evaluation.zones && Object.keys(evaluation.zones).length > 0
      ? { id: "zones", title: "Where the widths disagree", body: <Zones view={view} /> }
      : null,
    { id: "losses", title: "Where routing lost most", body: <Losses view={view} /> },
    { id: "about", title: "How this was measured", body: <About view={view} /> },
  ];
  return parts.filter((part): part is Part => part !== null);
}

// Paper cannot be clicked: what is folded away for want of room is unfolded for it.
function useUnfoldedPrint() {
  useEffect(() => {
    const opened: HTMLDetailsElement[] = [];
    const unfold = () => {
      for (const details of document.querySelectorAll<HTMLDetailsElement>("details.printed")) {
        if (!details.open) opened.push(details);
        details.open = true;
      }
    };
    const fold = () => {
      for (const details of opened.splice(0)) details.open = false;
    };
    addEventListener("beforeprint", unfold);
    addEventListener("afterprint", fold);
    return () => {
      removeEventListener("beforeprint", unfold);
      removeEventListener("afterprint", fold);
    };
  }, []);
}

export function Page({ data }: { data: PageData }) {
  const view = useMemo(() => viewOf(data), [data]);
  const { meta } = data.evaluation;
  const parts = partsOf(view);
  useUnfoldedPrint();
  useEffect(() => {
    document.title = `paq: ${meta.model}`;
  }, [meta.model]);
  return (
    <>
      <header>
        <div class="bar">
          <span class="brand">paq report</span>
          <ThemeSwitch />
        </div>
        <h1>Which precision for which prompt</h1>
        <p class="soft">
          {meta.model}: {count(meta.prompts)} prompts of {meta.tasks.length}{" "}
          {meta.tasks.length === 1 ? "task" : "tasks"} at {view.widths.join(", ")} bits, tau{" "}
          {tau(meta.tau)}, {meta.date.slice(0, 10)}
        </p>
        {meta.note !== "" && <p class="note">{meta.note}</p>}
      </header>
      <Summary view={view} />
      <nav aria-label="Sections">
        <ul>
          {parts.map((part) => (
            <li key={part.id}>
              <a href={`#${part.id}`}>{part.title}</a>
            </li>
          ))}
        </ul>
      </nav>
      {parts.map((part) => (
        <section key={part.id} id={part.id} aria-labelledby={`${part.id}-title`}>
          <h2 id={`${part.id}-title`}>{part.title}</h2>
          {part.body}
        </section>
      ))}
    </>
  );
}
