# SPDX-License-Identifier: MIT
"""Each addition to the paper's training procedure on its own, on one store of outcomes.

A development tool (numpy): trains a router for every setting and seed, evaluates it on the test
split, and prints tables of differences from the paper's procedure.

    router_improvements.py train --paq PAQ --store demo/outcomes.db --tau 1.07 --out DIR [SETTING...]
    router_improvements.py tables --out DIR

Trainings that are there already are kept. `train` takes one thread; run it twice with different
settings to use two.
"""
import argparse
import json
import os
import pathlib
import subprocess

# What is added to --paper; the product's defaults stand apart, without it.
ADDED = {
    "schedule": ["--schedule", "linear", "--warmup", "0.06"],
    "clip": ["--clip", "1"],
    "bucketed": ["--order", "bucketed"],
    "accumulate": ["--accumulate", "2"],
    "unbalanced": ["--keep-per-label", "2048"],
    "class-weights": ["--keep-per-label", "2048", "--class-weights", "balanced"],
    "prior": ["--prior", "natural"],
    "ordinal": ["--ordinal", "1"],
    "smoothing": ["--label-smoothing", "0.1"],
    "dropout": ["--dropout", "0.1"],
    "beta2": ["--beta2", "0.98"],
    "patience": ["--epochs", "20", "--patience", "3"],
    "temperature": ["--calibration", "temperature"],
    "isotonic": ["--calibration", "isotonic"],
}
SETTINGS = {"paper": ["--paper"], **{name: ["--paper", *flags] for name, flags in ADDED.items()},
            "defaults": []}
DRAWS = 2000


def train(options):
    out = pathlib.Path(options.out)
    out.mkdir(exist_ok=True)
    # OpenBLAS keeps threads of its own, which --threads does not reach.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    for seed in options.seeds:
        for name in options.settings or SETTINGS:
            stem = out / f"{name}-{seed}"
            router, evaluation = stem.with_suffix(".gguf"), stem.with_suffix(".eval.json")
            if evaluation.exists():
                continue
            report = subprocess.run(
                [options.paq, "train", "--store", options.store, "--tau", options.tau, "--threads",
                 "1", "--seed", str(seed), "--out", router, "--json", *SETTINGS[name]],
                check=True, stdout=subprocess.PIPE, env=environment).stdout
            stem.with_suffix(".train.json").write_bytes(report)
            judged = subprocess.run(
                [options.paq, "eval", "--store", options.store, "--router", router, "--split",
                 "test", "--threads", "1", "--json"], check=True, stdout=subprocess.PIPE).stdout
            evaluation.write_bytes(judged)
            print(stem.name, flush=True)


def tables(options):
    import numpy

    out = pathlib.Path(options.out)
    # Per setting, arrays [seeds][prompts]: does it agree, its score, bits, loss; and the choice.
    values, calibration, seconds, epochs = {}, {}, {}, {}
    for name in SETTINGS:
        if not all((out / f"{name}-{seed}.eval.json").exists() for seed in options.seeds):
            print(f"{name}: not every seed is there, left out")
            continue
        rows = []
        for seed in options.seeds:
            judged = json.load(open(out / f"{name}-{seed}.eval.json"))
            trained = json.load(open(out / f"{name}-{seed}.train.json"))["routers"][0]["metrics"]
            widths = judged["meta"]["widths"]
            decisions = judged["decisions"]
            choice = numpy.array([widths.index(d["choice"]) for d in decisions])
            label = numpy.array([widths.index(d["label"]) for d in decisions])
            scores = numpy.array([d["scores"] for d in decisions])
            chance = numpy.array([d["probabilities"] for d in decisions])
            every = numpy.arange(len(decisions))
            rows.append({"agree": choice == label, "score": scores[every, choice],
                         "bits": numpy.array(widths)[choice],
                         "loss": -numpy.log(numpy.maximum(chance[every, label], 1e-12)),
                         "share": numpy.eye(len(widths))[choice]})
            calibration.setdefault(name, []).append(judged["router"]["calibration"])
            seconds.setdefault(name, []).append(trained["seconds"])
            epochs.setdefault(name, []).append((trained["best_epoch"], len(trained["epochs"])))
        values[name] = {key: numpy.array([row[key] for row in rows], float) for key in rows[0]}

    # Weights of prompts: drawn within each task, as many as it has. Seeds are drawn too.
    random = numpy.random.default_rng(1)
    tasks = numpy.array([d["task"] for d in decisions])
    drawn = numpy.zeros((DRAWS, len(tasks)))
    for task in sorted(set(tasks)):
        places = numpy.flatnonzero(tasks == task)
        drawn[:, places] = random.multinomial(len(places), numpy.full(len(places), 1 / len(places)),
                                              size=DRAWS)
    count = len(options.seeds)
    drawn_seeds = random.multinomial(count, numpy.full(count, 1 / count), size=DRAWS)
    # The sample itself comes first; a task's prompts weigh together as much as any other task's.
    weights = numpy.vstack([numpy.ones(len(tasks)), drawn])
    for task in set(tasks):
        weights[:, tasks == task] /= (tasks == task).sum() * len(set(tasks))
    seed_weights = numpy.vstack([numpy.ones(count), drawn_seeds]) / count

    def mean(array):  # [seeds][prompts] -> [1 + draws]
        return (weights @ array.T * seed_weights).sum(axis=1)

    fixed = weights @ scores  # [1 + draws][widths]
    figures = {}
    for name, value in values.items():
        shares = numpy.stack([weights @ share for share in value["share"]], axis=1)
        mix = ((shares * fixed[:, None, :]).sum(axis=2) * seed_weights).sum(axis=1)
        score = mean(value["score"])
        figures[name] = {"agreement %": 100 * mean(value["agree"]), "score %": 100 * score,
                         "mean bits": mean(value["bits"]), "score less mix": 100 * (score - mix),
                         "log loss": mean(value["loss"])}

    def cell(draws, digits):
        low, high = numpy.percentile(draws[1:], [2.5, 97.5])
        return f"{draws[0]:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"

    columns = list(next(iter(figures.values())))
    digits = {"mean bits": 2, "log loss": 3}
    print("| setting |", " | ".join(columns), "| calibration error | best of epochs | seconds |")
    print("|---" * (len(columns) + 4) + "|")
    for name, figure in figures.items():
        error = numpy.mean([c["expected_error"] for c in calibration[name]])
        kept = ", ".join(f"{best}/{ran}" for best, ran in epochs[name])
        print(f"| {name} |", " | ".join(cell(figure[c], digits.get(c, 1)) for c in columns),
              f"| {error:.3f} | {kept} | {numpy.mean(seconds[name]):.0f} |")
    print("\nDifferences from the paper's procedure; * where the interval excludes 0:\n")
    print("| setting |", " | ".join(columns), "|")
    print("|---" * (len(columns) + 1) + "|")
    for name, figure in figures.items():
        cells = []
        for c in columns:
            draws = figure[c] - figures["paper"][c]
            low, high = numpy.percentile(draws[1:], [2.5, 97.5])
            cells.append(cell(draws, digits.get(c, 1)) + ("*" if low > 0 or high < 0 else ""))
        print(f"| {name} |", " | ".join(cells), "|")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    runs = commands.add_parser("train")
    for name in ["--paq", "--store", "--tau", "--out"]:
        runs.add_argument(name, required=True)
    runs.add_argument("settings", nargs="*", metavar="SETTING")
    runs.set_defaults(run=train)
    table = commands.add_parser("tables")
    table.add_argument("--out", required=True)
    table.set_defaults(run=tables)
    for command in [runs, table]:
        command.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
