#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what Hugging Face's tokenizers gives for the published ModernBERT tokenizer:

    tokenizer_reference.txt   2,000 texts of the real benchmarks: how many ids, and a hash of them
    tokenizer_awkward.json    texts that are hard to get right, with their ids

Names of special tokens in a text are plain text (`encode_special_tokens`), as they are in paq. Needs
tokenizers (the files in the tree: 0.23.3) and the real data. From the repository's root:
    python3 src/train/testdata/make_tokenizer_reference.py ../shared/data
"""
import gzip
import json
import pathlib
import sys

from tokenizers import Tokenizer

FOLDER = pathlib.Path(__file__).parent


def json_lines(path):
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
    with opened as file:
        return [json.loads(line) for line in file if line.strip()]


def sources(data):
    """(quota, texts) of every source, in an order that hf_tokenizer_test.cc repeats."""
    squad = json.load(open(data / "squad2/dev-v2.0.json", encoding="utf-8"))
    yield 500, [text for article in squad["data"] for paragraph in article["paragraphs"]
                for text in [paragraph["context"]] + [qa["question"] for qa in paragraph["qas"]]]
    yield 400, [line["context"] for line in json_lines(data / "drop/dev.jsonl.gz")]
    yield 300, [line[key] for line in json_lines(data / "gsm8k/test.jsonl") for key in ("question", "answer")]
    yield 200, [text for line in json_lines(data / "arc/ARC-Challenge-Test.jsonl")
                for text in [line["question"]["stem"]] + [c["text"] for c in line["question"]["choices"]]]
    mmlu = []
    for path in sorted((data / "mmlu/test").glob("*.csv")):
        mmlu += [line.decode("utf-8") for line in path.read_bytes().split(b"\n") if line]
    yield 400, mmlu
    yield 200, [line[key] for line in json_lines(data / "humaneval/HumanEval.jsonl.gz")
                for key in ("prompt", "canonical_solution")]


def spread(texts, count):
    return [texts[i * len(texts) // count] for i in range(count)]


def is_awkward(text):
    return not text.isascii() or "  " in text or "\t" in text


def chosen(data):
    for quota, texts in sources(data):
        awkward = [text for text in texts if is_awkward(text)]
        count = min(quota // 2, len(awkward))
        yield from spread(awkward, count)
        yield from spread(texts, quota - count)


def awkward_texts(tokenizer):
    texts = ["", " ", "  ", "a", " a", "a ", "  a", "a  ", "\n", "\n\n", " \n ", "\t", "\t\tx", "\r\n", "a\r\nb\rc",
             "cafe\u0301", "caf\u00e9", "A\u030angstro\u0308m", "\u212bngstr\u00f6m", "\u1112\u1161\u11ab\u1100\u1173\u11af",
             "\ud55c\uae00", "q\u0307\u0323", "q\u0323\u0307", "\u0958 \u0915\u093c", "\u2126 \u03a9", "\ufb01ne", "\u1e9b\u0323",
             "\u0344", "\u0f73\u0f71", "a\u0315\u0300\u05ae\u0300b", "\u0041\u0328\u0301\u0301",
             "\u00a0non\u00a0breaking", "\u2003em\u2003space", "\u3000ideographic\u3000", "zero\u200bwidth", "\ufeffbom",
             "\u200d\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea", "\U0001f44d\U0001f3fd ok",
             "\u0661\u0662\u0663 \u0967\u0968\u0969 \u2460\u2461 \u00bd\u00b2\u2083 \u216b", "x\u00b2+y\u00b3=z\u2074", "\u0c95\u0ccd\u0cb7",
             "\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22", "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd", "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645",
             "I'M we'Re they'LL don't 'tis 's't'", "it\u2019s \u201cquoted\u201d \u2014 dash\u2026", "1234567890 3.14159 1,000,000",
             "CamelCaseAndsnake_case", "a\u0000b", "\u0001\u0002\u007f", "\u0085next", "\u2028line\u2029par",
             "[CLS] text [SEP]", "[MASK]", "a [MASK] b", "  [MASK]", "[PAD][UNK]", "<|endoftext|>", "<|padding|>x",
             "[unused0]", "[unused82][unused83]", " [unused7] ", "|||IP_ADDRESS|||", "mail |||EMAIL_ADDRESS||| now",
             "|||PHONE_NUMBER||||||IP_ADDRESS|||", "||||IP_ADDRESS||||", "| | |||", "def f(x):\n    if x:\n\treturn\n        pass  # end  ",
             "trailing tab\t", " \t mix \t ", "\u4f60\u597d\u4e16\u754c", "\u3053\u3093\u306b\u3061\u306f\u3001\u4e16\u754c", "\U00020000\U0002a6d6",
             "\u0378\ufffe\uffff", "\ue000private", "\U0001fae8 new emoji", "e\u0301" * 40, "a" * 300, "=" * 200, "\u0300alone"]
    texts += ["x" + " " * n + "y" for n in range(1, 60)]
    texts += [" " * n for n in (23, 24, 25, 26, 47, 48, 49, 72, 73)]
    texts += ["\n" + " " * n + "return" for n in (3, 4, 8, 12, 24, 25, 28)]
    return [{"text": text, "ids": tokenizer.encode(text).ids} for text in texts]


def fnv1a(ids):
    value = 0xCBF29CE484222325
    for token in ids:
        for byte in token.to_bytes(4, "little"):
            value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value >> 32


def main():
    data = pathlib.Path(sys.argv[1])
    tokenizer = Tokenizer.from_file(str(data / "modernbert/tokenizer.json"))
    tokenizer.encode_special_tokens = True
    with open(FOLDER / "tokenizer_reference.txt", "w", encoding="ascii") as file:
        for text in chosen(data):
            ids = tokenizer.encode(text).ids
            print(len(ids), f"{fnv1a(ids):08x}", file=file)
    with open(FOLDER / "tokenizer_awkward.json", "w", encoding="ascii") as file:
        entries = [json.dumps(entry, separators=(",", ":")) for entry in awkward_texts(tokenizer)]
        print("[\n" + ",\n".join(entries) + "\n]", file=file)


if __name__ == "__main__":
    main()
