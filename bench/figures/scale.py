# SPDX-License-Identifier: GPL-3.0-or-later
"""live.calendars_10000.*: what 10,000 subscribed calendars cost one process that polls them all every five minutes: its peak
memory and its share of one processor. The floor is the same process with 100 calendars.

$CARAVAN_BENCH_CALENDARS sets another number of calendars, for a machine without half an hour; the figure says so on stderr."""

import os
import time

from support.caldav_fake import CalDavFake
from support.exchange import Exchange, generated
from support.process import Process, binary, wait_for

from .memory import _cpu_ticks
from .rig import BenchFailed, Figure, _peak_mb

EVENTS = 10


def _sync_requests(source):
    return source.requests()["by_operation"].get("SyncFolderItems", 0)


def _cost(rig, calendars, seconds, poll):
    """Peak memory in MB and processor time in percent of one, over so many seconds after everything was looked at once."""
    source = rig.start(Exchange, "--generate", f"{calendars}:{EVENTS}")
    target = rig.start(CalDavFake)
    program = rig.caravan(source, target, generated(calendars),
                          {"sync": {"workers": 4, "poll_interval": poll, "scheduling": "none"},
                           "exchange": {"notifications": "poll"}, "log": {"level": "warning"}})
    done = program.run("subscribe", program.list, timeout=7200)
    if done.exit != 0:
        raise BenchFailed(str(done))
    source.reset_requests()
    daemon = Process("caravan", [binary("caravan"), "--config", program.config], rig.place("daemon"),
                     environment=program.environment())
    try:
        # A subscribed mailbox is looked at soon and audited once; then the rhythm slows down to the interval.
        wait_for(lambda: _sync_requests(source) >= 2 * calendars, 60 + calendars / 5, "every calendar was looked at and audited")
        time.sleep(rig.size(300, 1))
        asked, before, began = _sync_requests(source), _cpu_ticks(daemon.pid), time.monotonic()
        time.sleep(seconds)
        ticks, took = _cpu_ticks(daemon.pid) - before, time.monotonic() - began
        asked = _sync_requests(source) - asked
        peak = _peak_mb(daemon.pid)
    finally:
        daemon.end()
    rig.end(target, source)
    percent = 100 * ticks / os.sysconf("SC_CLK_TCK") / took
    rig.say(f"{calendars} calendars, polled every {poll}: {peak:.0f} MB at most, {percent:.1f} % of a processor, "
            f"{asked} looks in {took:.0f} s")
    return peak, percent


def calendars_10000(rig):
    calendars = int(os.environ.get("CARAVAN_BENCH_CALENDARS", rig.size(10_000, 20)))
    return rig.once("calendars", lambda: (_cost(rig, rig.size(100, 5), rig.size(60, 3), "5m"),
                                          _cost(rig, calendars, rig.size(600, 5), "5m")))


def rss_mb(rig):
    floor, cost = calendars_10000(rig)
    return [Figure("live.calendars_10000.rss_mb", "MB", cost[0], floor[0], 1000, "value<=")]


def cpu_percent(rig):
    floor, cost = calendars_10000(rig)
    return [Figure("live.calendars_10000.cpu_percent", "%", cost[1], floor[1], 20, "value<=")]


FIGURES = {"live.calendars_10000.rss_mb": rss_mb, "live.calendars_10000.cpu_percent": cpu_percent}
