#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Plants each patch of engine/ in a copy of the tree and runs the engine's tests (both directions, over fakes): a mutant that
# survives is a hole in them. Exit 0 only if every mutant is killed. Usage: run_engine.sh [PATCH...]; beside run.sh, which is
# about the pure core.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/caravan-mutants.XXXXXX")
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir "$tree"
for part in CMakeLists.txt cmake common tests gobi cexsy caspi exodus caravan docs; do cp -R "$root/$part" "$tree/"; done
export CCACHE_BASEDIR="$work" CCACHE_NOHASHDIR=1  # the next run finds what this one has built, wherever it is
cmake -S "$tree" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O1 -DCARAVAN_BENCH=OFF >"$work/log" 2>&1 ||
  { cat "$work/log"; exit 2; }

build() { ninja -C "$work/build" -j "${JOBS:-1}" engine_test >"$work/log" 2>&1; }
# The first failing test; a mutant that hangs or crashes is killed, too.
first_failure() {
  timeout 600 "$work/build/bin/engine_test" >"$work/out" 2>&1 && return 0
  name=$(sed -n 's/^\[  FAILED  \] \([^ ,]*\).*/\1/p' "$work/out" | head -n 1)
  echo "${name:-it did not end}"
}

build || { cat "$work/log"; exit 2; }
if [ -n "$(first_failure)" ]; then
  echo "The engine's tests fail without any mutant." >&2
  exit 2
fi
survived=0
[ $# -gt 0 ] || set -- "$here"/engine/*.patch
for patch in "$@"; do
  name=$(basename "$patch" .patch)
  file=$tree/$(sed -n 's/^+++ b\///p' "$patch")
  cp "$file" "$work/saved"
  patch -s -d "$tree" -p1 <"$patch" || { echo "$name: the patch does not apply any more" >&2; exit 2; }
  build || { echo "$name: does not compile" >&2; cat "$work/log"; exit 2; }
  failed=$(first_failure)
  if [ -n "$failed" ]; then
    echo "killed    $name (engine: $failed)"
  else
    echo "SURVIVED  $name"
    survived=1
  fi
  cat "$work/saved" >"$file"  # with a new time, so that the build sees it
done
exit $survived
