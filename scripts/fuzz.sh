#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the fuzzers (preset fuzz) and lets each go on from its saved corpus.
#
#   scripts/fuzz.sh [SECONDS] [NAME...]
#
# SECONDS  how long each runs, 30 without it; NAME callbacks, multistatus, ical, soap; all without it.
# Exit: 0 nothing found, 1 a finding (in build/fuzz/tests/fuzz/found), 77 no clang with libFuzzer here.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

case "${1:-}" in -h | --help) sed -n '3,9s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
seconds=${1:-30}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- callbacks multistatus ical soap

probe=$(mktemp -d)
trap 'rm -rf "$probe"' EXIT
echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' >"$probe/probe.cpp"
if ! clang++ -fsanitize=fuzzer "$probe/probe.cpp" -o "$probe/probe" 2>/dev/null; then
  echo "fuzz.sh: SKIPPED: no clang++ with libFuzzer (Debian: clang, libclang-rt-14-dev); the saved corpus is read by the tests fuzz_*"
  exit 77
fi

began=$(date +%s)
cmake --preset fuzz >/dev/null
cmake --build build/fuzz -j "$(nproc)" --target "${@/#/fuzz_}"
echo "fuzz.sh: built in $(($(date +%s) - began)) s; $seconds s each"

run() {
  local found=build/fuzz/tests/fuzz/found/$2
  mkdir -p "$found"
  if build/fuzz/bin/fuzz_"$2" -max_total_time="$1" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$found/" "$found" "tests/fuzz/corpus/$2" >"$found.log" 2>&1 </dev/null; then
    echo "fuzz.sh: $2: nothing found in $(sed -n 's/^stat::number_of_executed_units: *//p' "$found.log") inputs"
  else
    echo "fuzz.sh: $2: FOUND SOMETHING"
    tail -n 40 "$found.log"
    return 1
  fi
}
export -f run
# shellcheck disable=SC2016  # the inner bash expands them
printf '%s\n' "$@" | xargs -P 2 -I{} bash -c 'run "$0" "$1"' "$seconds" {}
