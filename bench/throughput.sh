#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Throughput on the miniature and on the shape model, against llama-batched-bench.
#   bench/throughput.sh BUILD [THREADS]
# Tables go to the terminal, figures to BUILD/bench/*.json. The shape model (about 3.5 GB) is made
# once, in BUILD/bench/shape.
set -euo pipefail

build=$(cd "${1:?a build folder}" && pwd)
threads=${2:-2}
source=$(cd "$(dirname "$0")/.." && pwd)
out=$build/bench
mkdir -p "$out"

"$build/bin/paq-shape-model" "$out/shape"
shape=$(find "$out/shape/ladder" -iname '*q4_k_m*.gguf' | head -n 1)

measure() {
  local name=$1 model=$2
  shift 2
  echo "== $name"
  "$build/bin/paq-throughput" "$model" --peer "$build/peers/llama-batched-bench" \
    --threads "$threads" --batch 16 --json "$out/throughput-$name.json" "$@"
}
measure miniature "$source/assets/miniature-f16.gguf" --prompt 128 --generate 128 --requests 128 --alone 8 --rounds 5
measure shape "$shape" --prompt 64 --generate 64 --rounds 3
