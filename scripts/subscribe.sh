#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Puts a list of mailboxes under live two-way sync in bulk: the first pass of each, both ways, here and now; from then on
# the daemon `caravan` keeps them in step. May be run again: who is subscribed already gets a pass and nothing else.
#
#   scripts/subscribe.sh [LIST | ADDRESS...] [-- OPTIONS of exodus-cli subscribe]
#
# LIST is a mailbox list file. Without one, the addresses in sync_all.sh are taken; without those, /etc/caravan/mailboxes.csv.
# A second run beside the first is refused. The exit code is exodus-cli's:
# 0 all done, 1 some failed, 2 configuration or disk, 3 nothing could be done, 4 delete brake, 130 interrupted.
#
# Environment: CARAVAN_CONFIG (/etc/caravan/caravan.toml), CARAVAN_LOG_DIR (/var/log/caravan), EXODUS_CLI (exodus-cli).
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '3,13s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# All else is as with a migration: the list, the log, the lock, the report.
CARAVAN_BULK_COMMAND=subscribe exec "$(dirname "$(readlink -f "$0")")"/sync_all.sh "$@"
