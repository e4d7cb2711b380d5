#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Migrates a list of mailboxes in bulk; run it by hand or from a timer until everybody has moved. Every run brings what
# changed since the last one.
#
#   scripts/sync_all.sh [LIST | ADDRESS...] [-- OPTIONS of exodus-cli migrate]
#
# LIST is a mailbox list file. Without one, the addresses below are taken; without those, /etc/caravan/mailboxes.csv.
# A second run beside the first is refused. The exit code is exodus-cli's:
# 0 all done, 1 some failed, 2 configuration or disk, 3 nothing could be done, 4 delete brake, 130 interrupted.
#
# Environment: CARAVAN_CONFIG (/etc/caravan/caravan.toml), CARAVAN_LOG_DIR (/var/log/caravan), EXODUS_CLI (exodus-cli).
set -euo pipefail

command=${CARAVAN_BULK_COMMAND:-migrate}  # subscribe.sh sets it
case "$command" in
  migrate) name=sync_all ;;
  *) name=$command ;;
esac

# One address a line, if you would rather keep them here than in a file.
addresses=(
)

config=${CARAVAN_CONFIG:-/etc/caravan/caravan.toml}
log_dir=${CARAVAN_LOG_DIR:-/var/log/caravan}
program=${EXODUS_CLI:-exodus-cli}
if ! command -v "$program" >/dev/null; then
  for built in "$(dirname "$(readlink -f "$0")")"/../build/{release,dev}/bin/exodus-cli; do
    if [ -x "$built" ]; then
      program=$built
      break
    fi
  done
fi
command -v "$program" >/dev/null || { echo "$name.sh: exodus-cli is not in PATH; name it in EXODUS_CLI" >&2; exit 2; }

given=()
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) sed -n '3,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
    --) shift; break ;;
    *) given+=("$1"); shift ;;
  esac
done
options=("$@")
mailboxes=("${given[@]}")
[ "${#mailboxes[@]}" -gt 0 ] || mailboxes=("${addresses[@]}")
[ "${#mailboxes[@]}" -gt 0 ] || mailboxes=(/etc/caravan/mailboxes.csv)

if ! mkdir -p "$log_dir" 2>/dev/null || [ ! -w "$log_dir" ]; then
  echo "$name.sh: cannot write to $log_dir; name a folder in CARAVAN_LOG_DIR" >&2
  exit 2
fi
exec 9>"$log_dir/$name.lock"
if ! flock --nonblock 9; then
  echo "$name.sh: another run is still at work (it holds $log_dir/$name.lock)" >&2
  exit 2
fi

started=$(date +%Y%m%dT%H%M%S)
log=$log_dir/$name.log
report=$log_dir/$command-$started.html
note() { echo "$(date --iso-8601=seconds) $*" | tee -a "$log" >&2; }

note "$command ${mailboxes[*]}"
result=0
"$program" --config "$config" "$command" "${mailboxes[@]}" --report "$report" "${options[@]}" 9>&- 2> >(tee -a "$log" >&2) | tee -a "$log" || result=${PIPESTATUS[0]}
case "$result" in
  0) note "all done; report: $report" ;;
  1) note "some mailboxes or events failed; they are listed in $report" ;;
  4) note "the delete brake stopped a calendar; look at $report, then: $program --config $config approve PLAN" ;;
  130) note "interrupted; the next run goes on where this one stopped" ;;
  *) note "ended with exit code $result; see $log" ;;
esac
exit "$result"
