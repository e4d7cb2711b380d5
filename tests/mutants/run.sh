#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Plants each patch of this folder in a copy of the pure core and runs its tests: a mutant that survives is a hole in the
# tests. Exit 0 only if every mutant is killed. Usage: run.sh [PATCH...]; RC_PARAMS as for the property tests.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/caravan-mutants.XXXXXX")
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir -p "$tree/tests/unit" "$tree/tests/property" "$tree/common"
cp -R "$root/cmake" "$tree/"
cp -R "$root/common/util" "$root/common/model" "$root/common/sync" "$tree/common/"
cp -R "$root/tests/unit/sync" "$tree/tests/unit/"
mkdir -p "$tree/docs" && cp "$root/docs/mapping.md" "$tree/docs/"
cp -R "$root/tests/property/sync" "$tree/tests/property/"
cp "$here/CMakeLists.txt" "$tree/"
cmake -S "$tree" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O1 >"$work/log" 2>&1 ||
  { cat "$work/log"; exit 2; }

build() { ninja -C "$work/build" -j "${JOBS:-1}" sync_unit_test sync_property_test >"$work/log" 2>&1; }
# The first failing test of a program; nothing where all pass.
first_failure() { timeout 600 "$work/build/bin/$1" >"$work/out" 2>&1 || sed -n 's/^\[  FAILED  \] \([^ ,]*\).*/\1/p' "$work/out" | head -n 1; }

build || { cat "$work/log"; exit 2; }
if [ -n "$(first_failure sync_unit_test)$(first_failure sync_property_test)" ]; then
  echo "The tests fail without any mutant." >&2
  exit 2
fi
survived=0
[ $# -gt 0 ] || set -- "$here"/*.patch
for patch in "$@"; do
  name=$(basename "$patch" .patch)
  cp -R "$tree/common/sync" "$work/saved"
  patch -s -d "$tree" -p1 <"$patch" || { echo "$name: the patch does not apply any more" >&2; exit 2; }
  build || { echo "$name: does not compile" >&2; cat "$work/log"; exit 2; }
  by_table=$(first_failure sync_unit_test)
  by_property=$(first_failure sync_property_test)
  if [ -n "$by_table$by_property" ]; then
    echo "killed    $name (table: ${by_table:--}, property: ${by_property:--})"
  else
    echo "SURVIVED  $name"
    survived=1
  fi
  # Copied back with new times, so that the build sees every restored file.
  for file in "$work/saved"/*; do cmp -s "$file" "$tree/common/sync/$(basename "$file")" || cat "$file" >"$tree/common/sync/$(basename "$file")"; done
  rm -rf "$work/saved"
done
exit $survived
