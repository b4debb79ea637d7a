#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes modernbert_reference.json: what Hugging Face's ModernBertForSequenceClassification computes
for a small configuration whose weights follow from a formula, so that only results are stored.

Needs torch and transformers (the figures in the tree: 2.13 and 5.23). From the repository's root:
    python3 src/train/testdata/make_modernbert_reference.py > src/train/testdata/modernbert_reference.json
"""
import json

import numpy as np
import torch
import transformers
from transformers import ModernBertConfig, ModernBertForSequenceClassification

SHAPE = dict(vocab_size=97, width=48, layers=5, heads=3, ffn=80, labels=4, local_window=16)
LENGTHS = [1, 2, 9, 17, 40, 64, 5, 33]
LABELS = [0, 1, 2, 3, 1, 0, 2, 3]
CLASS_WEIGHTS = [1.0, 0.5, 2.0, 1.5]
SAMPLES = 6  # gradient elements stored per parameter


def mix(values):
    """SplitMix64's output function over uint64 values."""
    z = values * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def uniform(name, count):
    """`count` numbers in [-1, 1) with 24 bits each: exact in float32."""
    with np.errstate(over="ignore"):
        bits = mix(np.arange(1, count + 1, dtype=np.uint64) + np.uint64(fnv1a(name)))
    return ((bits >> np.uint64(40)).astype(np.int64) - (1 << 23)).astype(np.float32) / np.float32(1 << 23)


def weight(name, shape):
    values = torch.from_numpy(uniform(name, int(np.prod(shape)))).reshape(shape)
    if len(shape) == 1:
        return values * 0.25 + (0.0 if name.endswith("bias") else 1.0)
    return values * 0.25


def build(activation):
    config = ModernBertConfig(
        vocab_size=SHAPE["vocab_size"], hidden_size=SHAPE["width"], num_hidden_layers=SHAPE["layers"],
        num_attention_heads=SHAPE["heads"], intermediate_size=SHAPE["ffn"],
        local_attention=SHAPE["local_window"], num_labels=SHAPE["labels"], max_position_embeddings=128,
        pad_token_id=0, bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2,
        classifier_pooling="mean", hidden_activation=activation, classifier_activation=activation,
        attn_implementation="eager")
    model = ModernBertForSequenceClassification(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(weight(name, tuple(parameter.shape)))
    return model


def inputs():
    ids = [[int(3 + mix(np.uint64([1000 * i + t + 1]))[0] % np.uint64(SHAPE["vocab_size"] - 3))
            for t in range(length)] for i, length in enumerate(LENGTHS)]
    longest = max(LENGTHS)
    padded = torch.tensor([row + [0] * (longest - len(row)) for row in ids])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
    return ids, padded, mask


def main():
    with np.errstate(over="ignore"):
        ids, padded, mask = inputs()
    result = {"made_with": f"transformers {transformers.__version__}, torch {torch.__version__}",
              "shape": SHAPE, "ids": ids, "labels": LABELS, "class_weights": CLASS_WEIGHTS}
    for key, activation in (("gelu_erf", "gelu"), ("gelu_tanh", "gelu_pytorch_tanh")):
        model = build(activation)
        logits = model(input_ids=padded, attention_mask=mask).logits
        loss = torch.nn.functional.cross_entropy(
            logits, torch.tensor(LABELS), weight=torch.tensor(CLASS_WEIGHTS))
        loss.backward()
        gradients = {}
        for name, parameter in model.named_parameters():
            flat = parameter.grad.flatten().double()
            places = [int(p) for p in mix(np.arange(1, SAMPLES + 1, dtype=np.uint64)) % np.uint64(len(flat))]
            gradients[name] = {"norm": float(flat.norm()), "places": places,
                               "values": [float(flat[p]) for p in places]}
        result[key] = {"logits": logits.detach().double().tolist(), "loss": float(loss.detach()),
                       "gradients": gradients}
    print(json.dumps(result, indent=None, separators=(",", ":")))


if __name__ == "__main__":
    main()
