// SPDX-License-Identifier: MIT
// Labels against choices, and how well each width is recognised.
import { percent } from "../shared/format";
import { Table } from "../shared/table";
import type { View } from "./view";

// A cell's ground is the deeper the larger its share of the label's prompts.
export function Cell({ value, sum, right }: { value: number; sum: number; right: boolean }) {
  const share = sum === 0 ? 0 : value / sum;
  return (
    <span class={right ? "cell right" : "cell"} style={{ "--share": `${Math.round(70 * share)}%` }}>
      {value} <small>{percent(sum === 0 ? null : share, 0)} %</small>
    </span>
  );
}

export function Confusion({ view }: { view: View }) {
  const { router, meta } = view.data.evaluation;
  if (router.unlabelled >= meta.prompts) return null;
  const classes = router.classes ?? {};
  const detailed = Object.keys(classes).length > 0;
  const header = ["label", ...view.widths.map((width) => `routed to ${width}-bit`)];
  if (detailed) header.push("precision %", "recall %", "F1 %");
  return (
    <>
      <h3>Confusion</h3>
      <Table
        caption="Prompts by label and choice, with precision and recall of every width"
        header={header}
        rows={view.widths.map((width, label) => {
          const row = router.confusion[label] ?? [];
          const sum = row.reduce((total, n) => total + n, 0);
          const quality = classes[width];
          const cells = row.map((value, choice) => (
            <Cell key={choice} value={value} sum={sum} right={choice === label} />
          ));
          const figures = [quality?.precision, quality?.recall, quality?.f1];
          return {
            cells: [
              `${width}-bit`,
              ...cells,
              ...(detailed ? figures.map((figure) => percent(figure)) : []),
            ],
          };
        })}
      />
      <p class="soft small">
        Counts of labelled prompts; below each, its share of the label's prompts. Framed cells are
        agreement; cells to their right cost more than the label, cells to their left risk more.
      </p>
    </>
  );
}
