#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Plants each patch of core/ or engine/ in a copy of the tree and runs that part's tests: the decision's tables and
# properties, or the engine's in both directions, over fakes. A mutant that survives is a hole in them. Exit 0 only if
# every mutant is killed. Usage: run.sh core|engine [PATCH...]; RC_PARAMS as for the property tests, JOBS for the build.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
part=${1:-}
case $part in
core) programs="sync_unit_test sync_property_test" ;;
engine) programs="engine_test" ;;
*) echo "Usage: run.sh core|engine [PATCH...]" >&2; exit 2 ;;
esac
shift
[ $# -gt 0 ] || set -- "$here/$part"/*.patch
work=$(mktemp -d "${TMPDIR:-/tmp}/caravan-mutants.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
tree=$work/tree
mkdir "$tree"
for folder in CMakeLists.txt cmake common tests gobi cexsy caspi exodus caravan docs; do cp -R "$root/$folder" "$tree/"; done
export CCACHE_BASEDIR="$work" CCACHE_NOHASHDIR=1  # the next run finds what this one has built, wherever it is
cmake -S "$tree" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O1 -DCARAVAN_BENCH=OFF >"$work/log" 2>&1 ||
  { cat "$work/log"; exit 2; }

build() { ninja -C "$work/build" -j "${JOBS:-1}" $programs >"$work/log" 2>&1; }
plant() { patch -s --no-backup-if-mismatch -d "$tree" -p1 "$@"; }
# The first failing test of each program; nothing where all pass. One that hangs or crashes has failed, too.
failures() {
  for program in $programs; do
    timeout 600 "$work/build/bin/$program" >"$work/out" 2>&1 && continue
    name=$(sed -n 's/^\[  FAILED  \] \([^ ,]*\).*/\1/p' "$work/out" | head -n 1)
    echo "$program: ${name:-it did not end}"
  done
}

build || { cat "$work/log"; exit 2; }
failed=$(failures)
[ -z "$failed" ] || { echo "Without any mutant: $failed" >&2; exit 2; }
survived=0
for patch in "$@"; do
  name=$(basename "$patch" .patch)
  plant <"$patch" || { echo "$name: the patch does not apply any more" >&2; exit 2; }
  build || { echo "$name: does not compile" >&2; cat "$work/log"; exit 2; }
  failed=$(failures)
  if [ -n "$failed" ]; then
    echo "killed    $name ($(echo "$failed" | paste -s -d ';' -))"
  else
    echo "SURVIVED  $name"
    survived=1
  fi
  plant -R <"$patch"
done
exit $survived
