#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Measures what Caravan costs, each figure together with its bare floor (bench/README.md).
#
#   bench/run.sh [--json] [--quick] [--list] [NAME...]
#
# Programs come from $CARAVAN_BIN, else from build/release/bin, which is built where it is missing.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
root=$(dirname "$here")
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

if [ -z "${CARAVAN_BIN:-}" ]; then
  export CARAVAN_BIN=$root/build/release/bin
  programs="exodus-cli caravan exchange-sim caldav-fake bench-put-floor bench-ews-floor bench-http-load bench-callback-server"
  for program in $programs; do
    [ -x "$CARAVAN_BIN/$program" ] && continue
    echo "bench: building the preset release" >&2
    # shellcheck disable=SC2086 -- words on purpose
    (cd "$root" && cmake --preset release && cmake --build build/release -j "$(nproc)" --target $programs) >&2 </dev/null
    break
  done
fi
export PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 "$here/bench.py" "$@"
