# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Shared by the scripts in this folder, which source it: where the project is, how they speak and
# fail, and the release build that demo and test have in common.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

say() { printf '== %s\n' "$*"; }

# Ends the script with a reason on standard error.
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Ninja takes all cores by default. LibTorch's headers take about 1.5 GB per compiler, so a machine
# with many cores and little memory gets fewer jobs.
jobs_for_this_machine() {
  local cores memory_kb by_memory
  cores="$(nproc)"
  memory_kb="$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo 2>/dev/null || true)"
  by_memory="$((${memory_kb:-8000000} / 1500000))"
  [ "$by_memory" -ge 1 ] || by_memory=1
  echo "$((cores < by_memory ? cores : by_memory))"
}

# Configures a preset and builds the targets given, or everything.
build_preset() {
  local preset="$1" targets=()
  shift
  [ "$#" -eq 0 ] || targets=(--target "$@")
  say "Configuring build/$preset"
  cmake -S "$root" --preset "$preset" ||
    die "the configuration failed; the reason is above (a stale build/$preset can be deleted)"
  say "Building build/$preset (a first build takes some minutes: it makes llama.cpp too)"
  cmake --build "$root/build/$preset" --parallel "$(jobs_for_this_machine)" "${targets[@]}" ||
    die "the build failed; the first error above is the reason"
}
