#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds Caravan with warnings as errors, and runs its tests.
#
#   scripts/test.sh [--preset NAME] [--label REGEX] [--no-install]
#
# --preset  dev (default), release, asan, tsan, coverage
# --label   only tests with such a label, the slow ones included: unit, property, contract, e2e, e2e_slow.
#           Without it everything but e2e_slow runs.
# The end-to-end tests read a corpus of real calendars from $CARAVAN_ICS_CORPUS, where there is one.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

preset=dev
label=
install=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --preset) preset=${2:?--preset wants a name}; shift 2 ;;
    --label) label=${2:?--label wants a regular expression}; shift 2 ;;
    --no-install) install=no; shift ;;
    -h | --help) sed -n '3,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "test.sh: unknown argument: $1" >&2; exit 2 ;;
  esac
done

began=$(date +%s)
[ "$install" = no ] || scripts/install_packages.sh
cores=$(nproc)
build=build/$preset
# Debian's own tools first: a Python of the user's may lack the packages that the tests import.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
cmake --preset "$preset" -DCARAVAN_WERROR=ON
cmake --build "$build" -j "$cores"
built=$(date +%s)

selection=(-LE e2e_slow)
[ -z "$label" ] || selection=(-L "$label")
result=0
# The tests of live programs wait more than they compute.
ctest --test-dir "$build" -j "$((cores * 2))" --output-on-failure --no-tests=error "${selection[@]}" </dev/null || result=$?
ended=$(date +%s)

log=$build/Testing/Temporary/LastTest.log
skips=$(grep -hE '^SKIPPED|\[  SKIPPED \] [A-Za-z]|Skipped$' "$log" 2>/dev/null | sort | uniq -c || true)
if [ -n "$skips" ]; then
  echo "Skipped, with the reason:"
  echo "$skips"
fi
took="built in $((built - began)) s, tested in $((ended - built)) s"
if [ "$result" -eq 0 ]; then
  echo "PASSED: preset $preset${label:+, label $label}; $took"
else
  echo "FAILED: preset $preset${label:+, label $label}; $took; see $log"
fi
exit "$result"
