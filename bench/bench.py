# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the figures that are named, or all of them, and prints a table or one JSON document (bench/README.md)."""

import argparse
import json
import os
import signal
import sys
import time

from figures import cost, idle, latency, live, memory, scale, speed
from figures.rig import BenchFailed, Rig, busy_share
from support.process import ServerFailed, binary

#: name -> function that gives a list of figures; each module has its own.
FIGURES = {**idle.FIGURES, **cost.FIGURES, **memory.FIGURES, **speed.FIGURES, **live.FIGURES, **latency.FIGURES,
           **scale.FIGURES}
PROGRAMS = ("exodus-cli", "caravan", "exchange-sim", "caldav-fake", "bench-put-floor", "bench-ews-floor",
            "bench-http-load", "bench-callback-server")


def table(figures):
    rows = [("figure", "value", "unit", "floor", "ratio", "goal", "")]
    rows += [(figure.name, f"{figure.value:g}", figure.unit, f"{figure.floor:g}",
              "-" if figure.ratio is None else f"{figure.ratio:.2f}", f"{figure.goal_is[:5]} {figure.goal_is[5:]} {figure.goal:g}",
              "ok" if figure.ok else "MISSED") for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def main():
    parser = argparse.ArgumentParser(prog="bench/run.sh", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that everything can be measured, no more")
    parser.add_argument("--list", action="store_true", help="the names")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a figure, or the beginning of several; all without")
    asked = parser.parse_args()
    if asked.list:
        print("\n".join(FIGURES))
        return 0
    names = [name for name in FIGURES if not asked.names or any(name.startswith(start) for start in asked.names)]
    unknown = [start for start in asked.names if not any(name.startswith(start) for name in FIGURES)]
    if unknown:
        print(f"bench: unknown: {', '.join(unknown)}; there are {', '.join(FIGURES)}", file=sys.stderr)
        return 2
    lacking = [program for program in PROGRAMS if binary(program) is None]
    if lacking:
        print(f"bench: not built: {', '.join(lacking)}", file=sys.stderr)
        return 2

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    rig, done, failed = Rig(asked.quick), {}, []
    try:
        busy = busy_share()
        rig.say(f"{os.cpu_count()} processors, {100 * busy:.0f} % busy with other work"
                + ("; what is measured by the clock will be noise" if busy > 0.15 else ""))
        for name in names:
            began = time.monotonic()
            try:
                for figure in FIGURES[name](rig):
                    done[figure.name] = figure
                rig.say(f"{name}: measured in {time.monotonic() - began:.0f} s")
            except (BenchFailed, ServerFailed, TimeoutError) as error:
                failed.append(name)
                rig.say(f"{name}: NOT MEASURED: {error}")
    finally:
        rig.end_all()
    figures = [done[name] for name in names if name in done]
    if asked.json:
        print(json.dumps({"figures": [figure.document() for figure in figures]}, indent=1))
    else:
        print(table(figures))
    if failed:
        return 3
    return 0 if asked.quick or all(figure.ok for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
