# SPDX-License-Identifier: MIT
"""What a router trained from scratch learns of real prompts, beside a bag of words.

A development tool: the product needs none of it. Labels are properties of the prompt that can be
computed exactly; outcomes are invented so that the smallest adequate width is the property.

    real_text.py outcomes PROPERTY --data DIR --paq PAQ > outcomes.jsonl
    real_text.py compare outcomes.jsonl EVALUATION.json...       # needs scikit-learn

PROPERTY is benchmark, benchmark-bare, unanswerable or steps. DIR holds the benchmarks' official
files in folders squad2, drop, gsm8k, arc, mmlu and humaneval. The prompts are those of PAQ's chat
formats; benchmark-bare is the text of the question alone, without instructions. `compare` fits
majority and logistic regression on the outcomes file and puts `paq eval --json` beside them.
"""
import argparse
import collections
import csv
import gzip
import hashlib
import json
import pathlib
import re
import subprocess
import sys

# Largest number of prompts per benchmark where the benchmark is the label. HumanEval has 164 in all.
TRAIN_PROMPTS, TEST_PROMPTS = 800, 500
BENCHMARK_WIDTHS = {"squad2": 2, "drop": 3, "gsm8k": 4, "mmlu": 5, "humaneval": 6, "arc-easy": 8,
                    "arc-challenge": 16}
# Lines of a GSM8K solution before the one with its answer -> width; quarters of train.jsonl as nearly
# as whole numbers allow.
STEP_WIDTHS = [(2, 2), (3, 4), (4, 8), (10**9, 16)]


def digest(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def is_test(passage):
    """One passage in four is for the test, wherever its benchmark has no split of its own."""
    return digest("test " + passage) % 4 == 0


def record(task, split, name, passage, fields, **properties):
    return {"task": task, "split": split, "id": name, "passage": passage, "fields": fields,
            **properties}


def squad2(folder):
    for article in json.load(open(folder / "squad2" / "dev-v2.0.json"))["data"]:
        for paragraph in article["paragraphs"]:
            passage = paragraph["context"]
            split = "test" if is_test(passage) else "train"
            for question in paragraph["qas"]:
                fields = {"passage": passage, "question": question["question"].strip()}
                yield record("squad2", split, question["id"], passage, fields,
                             unanswerable=bool(question["is_impossible"]))


def drop(folder):
    path = folder / "drop" / "dev.jsonl.gz"
    for number, line in enumerate(gzip.open(path, "rt", encoding="utf-8"), 1):
        match = re.fullmatch(r"Passage: (.*)\nQuestion: (.*)\nAnswer:", json.loads(line)["context"],
                             re.DOTALL)
        passage, question = match.groups()
        yield record("drop", "test" if is_test(passage) else "train", str(number), passage,
                     {"passage": passage, "question": question})


def gsm8k(folder):
    for split in ["train", "test"]:
        for number, line in enumerate(open(folder / "gsm8k" / f"{split}.jsonl"), 1):
            problem = json.loads(line)
            yield record("gsm8k", split, str(number), problem["question"],
                         {"question": problem["question"]}, steps=problem["answer"].strip().count("\n"))


def lettered(choices):
    return "\n".join(f"{letter}. {choice}" for letter, choice in zip("ABCDE", choices))


def mmlu(folder):
    for part, split in [("dev", "train"), ("val", "train"), ("test", "test")]:
        for path in sorted((folder / "mmlu" / part).glob("*.csv")):
            subject = path.stem.removesuffix("_" + part)
            for number, row in enumerate(csv.reader(open(path, newline="")), 1):
                fields = {"subject": subject.replace("_", " "), "question": row[0],
                          "choices": lettered(row[1:5])}
                yield record("mmlu", split, f"{part}/{subject}/{number}", row[0], fields)


def humaneval(folder):
    path = folder / "humaneval" / "HumanEval.jsonl.gz"
    for line in gzip.open(path, "rt", encoding="utf-8"):
        problem = json.loads(line)
        half = "test" if digest("half " + problem["task_id"]) % 2 else "train"
        yield record("humaneval", half, problem["task_id"], problem["prompt"],
                     {"prompt": problem["prompt"]})


def arc(folder):
    for name in ["Easy", "Challenge"]:
        for part, split in [("Train", "train"), ("Dev", "train"), ("Test", "test")]:
            for line in open(folder / "arc" / f"ARC-{name}-{part}.jsonl"):
                item = json.loads(line)
                choices = [choice["text"] for choice in item["question"]["choices"]]
                letters = "ABCDE"[:len(choices)]
                fields = {"question": item["question"]["stem"], "choices": lettered(choices),
                          "letters": ", ".join(letters[:-1]) + " or " + letters[-1]}
                yield record("arc-" + name.lower(), split, item["id"], fields["question"], fields)


def chat_formats(paq):
    """The product's own formats: task -> text with placeholders."""
    show = lambda task: subprocess.run([paq, "tasks", "show", task, "--json"], check=True,
                                       stdout=subprocess.PIPE).stdout
    return {task: json.loads(show(task))["format"]["chat"] for task in BENCHMARK_WIDTHS}


def bare(fields):
    order = ["passage", "prompt", "question", "choices"]
    return "\n".join(fields[name] for name in order if name in fields)


def sampled(records):
    """At most so many of every benchmark and split, the same ones every time."""
    taken = collections.Counter()
    for item in sorted(records, key=lambda item: digest(item["task"] + item["id"])):
        place = (item["task"], item["split"])
        taken[place] += 1
        if taken[place] <= (TRAIN_PROMPTS if item["split"] == "train" else TEST_PROMPTS):
            yield item


def outcomes(options):
    folder = pathlib.Path(options.data)
    if options.property == "unanswerable":
        records, widths = list(squad2(folder)), [2, 16]
        width = lambda item: 16 if item["unanswerable"] else 2
    elif options.property == "steps":
        records, widths = list(gsm8k(folder)), [width for _, width in STEP_WIDTHS]
        width = lambda item: next(w for most, w in STEP_WIDTHS if item["steps"] <= most)
    else:
        readers = [squad2, drop, gsm8k, mmlu, humaneval, arc]
        records = list(sampled(item for reader in readers for item in reader(folder)))
        widths = list(BENCHMARK_WIDTHS.values())
        width = lambda item: BENCHMARK_WIDTHS[item["task"]]

    formats = chat_formats(options.paq)
    tested = {item["passage"] for item in records if item["split"] == "test"}
    used, left_out = collections.Counter(), 0
    for item in records:
        if item["split"] == "train" and item["passage"] in tested:
            left_out += 1
            continue
        prompt = (bare(item["fields"]) if options.property == "benchmark-bare"
                  else formats[item["task"]].format(**item["fields"]))
        label = width(item)
        used[item["split"], label] += 1
        adequate = {str(w): w >= label for w in widths}
        results = {w: {"score": float(good), "perplexity": 1.0 if good else 2.0}
                   for w, good in adequate.items()}
        print(json.dumps({"id": item["id"], "task": item["task"], "split": item["split"],
                          "prompt": prompt, "outcomes": results}))
    for split in ["train", "test"]:
        print(f"{split}:", {w: used[split, w] for w in widths}, file=sys.stderr)
    print(f"{left_out} training prompts left out: their passage or question is in the test split",
          file=sys.stderr)


def wilson(right, total):
    """95 % interval of a share (Wilson 1927)."""
    z, share = 1.959964, right / total
    centre = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * (share * (1 - share) / total + (z / (2 * total)) ** 2) ** 0.5
    return centre - half, centre + half


def compare(options):
    import numpy
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, GroupKFold
    from sklearn.pipeline import Pipeline

    parts = {"train": [], "test": []}
    for line in open(options.outcomes):
        item = json.loads(line)
        item["label"] = min(int(w) for w, o in item["outcomes"].items() if o["score"] == 1)
        # What two prompts about one passage share: their longest line, near enough.
        item["group"] = max(item["prompt"].split("\n"), key=len)
        parts[item["split"]].append(item)
    text = lambda part: [item["prompt"] for item in parts[part]]
    label = lambda part: numpy.array([item["label"] for item in parts[part]])

    pipeline = Pipeline([("words", TfidfVectorizer(sublinear_tf=True, min_df=2,
                                                   token_pattern=r"(?u)\b\w+\b")),
                         ("regression", LogisticRegression(max_iter=500, tol=1e-3))])
    grid = {"words__ngram_range": [(1, 1), (1, 2)], "regression__C": [1, 10]}
    search = GridSearchCV(pipeline, grid, cv=GroupKFold(3))
    search.fit(text("train"), label("train"), groups=[item["group"] for item in parts["train"]])
    chosen = search.best_params_
    predictions = {"logistic regression": search.predict(text("test"))}
    commonest = collections.Counter(label("train")).most_common(1)[0][0]
    predictions["majority of train"] = numpy.full(len(parts["test"]), commonest)
    key = lambda item: (item["task"], item["id"])
    for path in options.evaluations:
        decided = {key(d): d["choice"] for d in json.load(open(path))["decisions"]}
        predictions[path] = numpy.array([decided[key(item)] for item in parts["test"]])

    print(f"chosen by three folds of train: C {chosen['regression__C']}, words in runs of "
          f"{chosen['words__ngram_range']}, {100 * search.best_score_:.1f} % there")
    truth, total = label("test"), len(parts["test"])
    regression = predictions["logistic regression"] == truth
    # Prompts about one passage are not independent: whole passages are drawn for the differences.
    groups = numpy.unique([item["group"] for item in parts["test"]], return_inverse=True)[1]
    draws = numpy.random.default_rng(1).multinomial(
        groups.max() + 1, numpy.full(groups.max() + 1, 1 / (groups.max() + 1)), size=2000)
    sums = lambda values: draws @ numpy.bincount(groups, weights=values)
    for name, predicted in predictions.items():
        right = predicted == truth
        low, high = wilson(int(right.sum()), total)
        difference = sums(right.astype(float) - regression) / sums(numpy.ones(total))
        low_d, high_d = numpy.percentile(100 * difference, [2.5, 97.5])
        print(f"{name}: {right.sum()} of {total}, {100 * right.mean():.1f} % "
              f"({100 * low:.1f} to {100 * high:.1f}); less regression "
              f"{100 * (right.mean() - regression.mean()):+.1f} ({low_d:+.1f} to {high_d:+.1f})")
        for width in sorted(set(truth)):
            print(f"    recall of {width}: {100 * right[truth == width].mean():.1f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    make = commands.add_parser("outcomes")
    make.add_argument("property", choices=["benchmark", "benchmark-bare", "unanswerable", "steps"])
    make.add_argument("--data", required=True)
    make.add_argument("--paq", required=True)
    make.set_defaults(run=outcomes)
    judge = commands.add_parser("compare")
    judge.add_argument("outcomes")
    judge.add_argument("evaluations", nargs="*")
    judge.set_defaults(run=compare)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
