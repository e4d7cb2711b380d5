#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs clang-tidy (.clang-tidy) over C++ files of a build that has its compile_commands.json.
#
#   scripts/lint.sh [--build DIR] [FILE|FOLDER...]
#
# --build  default build/dev. Without files: common/util, common/model and common/sync, the core that everything stands on;
#          the whole tree (`scripts/lint.sh common exodus`) takes half an hour.
# Exit code: 0 clean, 1 findings, 77 clang-tidy is not installed.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

build=build/dev
if [ "${1:-}" = --build ]; then
  build=${2:?--build wants a folder}
  shift 2
fi
case "${1:-}" in -*) sed -n '3,9s/^# \{0,1\}//p' "$0"; exit 2 ;; esac
[ $# -gt 0 ] || set -- common/util common/model common/sync
command -v clang-tidy >/dev/null || { echo "SKIPPED: clang-tidy is not installed"; exit 77; }
[ -f "$build/compile_commands.json" ] || { echo "lint.sh: no $build/compile_commands.json; configure first" >&2; exit 1; }

find "$@" -name '*.cpp' -print0 | sort -z |
  xargs -0 -n 4 -P "$(nproc)" clang-tidy -p "$build" --quiet 2>/dev/null || { echo "clang-tidy found something."; exit 1; }
