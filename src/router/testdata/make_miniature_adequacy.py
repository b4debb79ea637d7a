# SPDX-License-Identifier: MIT
"""Labels and probabilities of the miniature's test prompts, for policy_guarantee_test.cc.

    paq demo --dir demo --train-prompts 300 --test-prompts 360    # ended once the router was there
    paq label --ladder demo/ladder --store demo/outcomes.db --limit 100 --task mini-...@test=...
    paq eval --router demo/router.gguf --store demo/outcomes.db --limit 100 --json > evaluation.json
    python3 make_miniature_adequacy.py evaluation.json > miniature_adequacy.txt

The first 100 test prompts of each of the seven tasks, answered sixteen at a time.
"""
import json
import sys

evaluation = json.load(open(sys.argv[1]))
widths = evaluation["meta"]["widths"]
print("# Made by make_miniature_adequacy.py, which says how. A prompt a line: place of its label")
print(f"# among the widths {','.join(map(str, widths))}; then, for each width but the largest, the")
print("# probability that it is adequate in units of 0.0001.")
for decision in evaluation["decisions"]:
    if decision["label"] is None:
        continue
    chance, row = 0.0, [widths.index(decision["label"])]
    for probability in decision["probabilities"][:-1]:
        chance += probability
        row.append(min(10000, round(10000 * chance)))
    print(*row)
