#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Formats the C++ of the tree as .clang-format says; with --check it changes nothing and names what deviates.
#
#   scripts/format.sh [--check]
#
# Exit code: 0 nothing to do or done, 1 files deviate, 77 clang-format is not installed.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

case "${1:-}" in
  "") mode=(-i) ;;
  --check) mode=(--dry-run --Werror --ferror-limit=1) ;;
  *) sed -n '3,7s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
command -v clang-format >/dev/null || { echo "SKIPPED: clang-format is not installed"; exit 77; }

# An exported tree has no git: then every C++ file outside build folders counts.
files() {
  git ls-files -z '*.cpp' '*.hpp' 2>/dev/null ||
    find . -path ./build -prune -o \( -name '*.cpp' -o -name '*.hpp' \) -print0
}
files | xargs -0 clang-format "${mode[@]}" || { echo "Run scripts/format.sh."; exit 1; }
