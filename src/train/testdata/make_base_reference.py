#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes testdata/base, a small ModernBERT as Hugging Face publishes one (masked-LM checkpoint, BF16),
and base_reference.json: what transformers computes with it as a classifier.

With --big FOLDER it writes the same for the published configuration cut to four layers, in F32, with
transformers' own initial weights and the published tokenizer; 240 MB, for a check by hand (BaseParity.*ByHand):
    python3 src/train/testdata/make_base_reference.py --big /tmp/big ../shared/data/modernbert
    PAQ_BASE_BY_HAND=/tmp/big build/release/tests/train_test --gtest_filter='BaseParity.*ByHand'

Needs torch, transformers and tokenizers (the files in the tree: 2.13, 5.24 and 0.23.3). Without arguments,
from the repository's root:
    python3 src/train/testdata/make_base_reference.py
"""
import json
import pathlib
import shutil
import sys

import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import ModernBertConfig, ModernBertForMaskedLM, ModernBertForSequenceClassification

HERE = pathlib.Path(__file__).parent
LABELS = 4
TEXTS = ["", "Where do the silver boats sleep?", "def add(a, b):\n    return a + b\n", "12 + 345 = 357",
         "cafe\u0301 au lait, na\u00efve \u4f60\u597d", "[MASK] is plain text, [unused0] is not",
         " ".join(f"The moon counts {i} foxes, and rain adds {i * 7 % 13}." for i in range(24))]
CLASSES = [0, 1, 2, 3, 1, 0, 2]
CLASS_WEIGHTS = [1.0, 0.5, 2.0, 1.5]
SAMPLES = 8  # gradient elements stored per parameter
SPECIALS = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]


def small_tokenizer():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=290, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
                                  show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.add_tokens([AddedToken(" " * n, normalized=True) for n in range(8, 1, -1)])
    tokenizer.add_special_tokens([AddedToken(name, lstrip=name == "[MASK]", normalized=False, special=True)
                                  for name in SPECIALS])
    tokenizer.add_tokens([AddedToken("[unused0]", normalized=True)])
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", cls), ("[SEP]", sep)])
    return tokenizer


def small_config(tokenizer):
    ids = {name: tokenizer.token_to_id(f"[{name.upper()}]") for name in ("cls", "sep", "pad")}
    return ModernBertConfig(
        vocab_size=tokenizer.get_vocab_size() + 5, hidden_size=32, num_hidden_layers=4, num_attention_heads=2,
        intermediate_size=48, max_position_embeddings=512, local_attention=32, classifier_pooling="mean",
        pad_token_id=ids["pad"], bos_token_id=ids["cls"], eos_token_id=ids["sep"], cls_token_id=ids["cls"],
        sep_token_id=ids["sep"])


def big_config(published):
    settings = json.load(open(published / "config.json"))
    settings.pop("architectures")
    return ModernBertConfig(**{**settings, "num_hidden_layers": 4})


def random_weights(model):
    """Far from initial ones, so that every term of the computation shows."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() == 1:
                parameter.copy_((0 if name.endswith("bias") else 1) + 0.3 * noise)
            else:
                scale = 1.0 if "tok_embeddings" in name else 1.5
                parameter.copy_(noise * scale / parameter.shape[1] ** 0.5)


def save_base(folder, config, tokenizer_file, dtype, initial=False):
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(7)
    model = ModernBertForMaskedLM(config)
    if not initial:
        random_weights(model)
    model.to(dtype).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if tokenizer_file != folder / "tokenizer.json":
        shutil.copy(tokenizer_file, folder / "tokenizer.json")


def classifier_values(name, shape):
    """The classifier is the router's own: its values follow from a formula, small enough for logits near 1."""
    count = torch.Size(shape).numel()
    values = torch.sin(torch.arange(1, count + 1, dtype=torch.float64) * (0.7 if name.endswith("weight") else 1.3))
    scale = 0.2 * (32 / shape[1]) ** 0.5 if len(shape) > 1 else 0.2
    return (scale * values).to(torch.float32).reshape(shape)


def reference(folder, activation):
    config = ModernBertConfig.from_pretrained(folder)
    config.hidden_activation = config.classifier_activation = activation
    config.num_labels = LABELS
    model = ModernBertForSequenceClassification.from_pretrained(
        folder, config=config, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.startswith("classifier."):
                parameter.copy_(classifier_values(name, parameter.shape))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.encode_special_tokens = True
    ids = [tokenizer.encode(text).ids for text in TEXTS]
    longest = max(map(len, ids))
    padded = torch.tensor([row + [0] * (longest - len(row)) for row in ids])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
    logits = model(input_ids=padded, attention_mask=mask).logits
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(CLASSES), weight=torch.tensor(CLASS_WEIGHTS))
    loss.backward()
    gradients = {}
    for name, parameter in model.named_parameters():
        flat = parameter.grad.flatten().double()
        places = [int(place) for place in flat.abs().topk(min(SAMPLES, len(flat))).indices]
        gradients[name] = {"norm": float(flat.norm()), "places": places, "values": [float(flat[p]) for p in places]}
    return {"logits": logits.detach().double().tolist(), "loss": float(loss.detach()), "gradients": gradients}, ids


def write_reference(folder, path):
    result = {"made_with": f"transformers {transformers.__version__}, torch {torch.__version__}",
              "texts": TEXTS, "classes": CLASSES, "class_weights": CLASS_WEIGHTS}
    for key, activation in (("gelu_erf", "gelu"), ("gelu_tanh", "gelu_pytorch_tanh")):
        result[key], result["ids"] = reference(folder, activation)
    path.write_text(json.dumps(result, separators=(",", ":")) + "\n", encoding="ascii")


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--big":
        folder, published = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
        save_base(folder, big_config(published), published / "tokenizer.json", torch.float32, initial=True)
        write_reference(folder, folder / "base_reference.json")
        return
    folder = HERE / "base"
    folder.mkdir(exist_ok=True)
    tokenizer = small_tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    save_base(folder, small_config(tokenizer), folder / "tokenizer.json", torch.bfloat16)
    write_reference(folder, HERE / "base_reference.json")


if __name__ == "__main__":
    main()
