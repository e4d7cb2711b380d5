# SPDX-License-Identifier: GPL-3.0-or-later
"""What grows with the size of a calendar and what must not: peak memory, and the cost of an event in large migrations."""

import os
from pathlib import Path

from support.caldav_fake import CalDavFake
from support.exchange import DOMAIN, Exchange, generated
from support.xandikos import Xandikos

from .rig import BenchFailed, Figure, median, spread

MB = 1_000_000


def _cpu_ticks(pid):
    """User and system time of a living process, in clock ticks."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(fields[11]) + int(fields[12])


class _Timeline:
    """How many PUTs had arrived at what moment, and what CPU time Caravan had used by then."""

    def __init__(self, fake):
        self.fake, self.points = fake, []

    def look(self, pid, seconds):
        ticks = _cpu_ticks(pid)
        if ticks is not None:
            self.points.append((self.fake.count("PUT"), seconds, ticks / os.sysconf("SC_CLK_TCK")))

    def at(self, puts, column):
        """The moment of that PUT, between the two looks around it."""
        before = None
        for point in self.points:
            if point[0] >= puts:
                if before is None or point[0] == before[0]:
                    return point[column]
                share = (puts - before[0]) / (point[0] - before[0])
                return before[column] + share * (point[column] - before[column])
            before = point
        return self.points[-1][column]

    def cost(self, first, last, column):
        return (self.at(last, column) - self.at(first, column)) / (last - first)


def _one(rig, events):
    """One migration of a mailbox of so many events into the fake."""
    exchange = rig.start(Exchange, "--generate", f"1:{events}")
    fake = rig.start(CalDavFake, "--discard-bodies")
    timeline = _Timeline(fake)
    measured = rig.migrate(rig.caravan(exchange, fake, generated(1)), timeline.look)
    if measured.created != events:
        raise BenchFailed(f"{measured.created} of {events} events were migrated")
    measured.timeline = timeline
    timeline.points.append((events, measured.seconds, measured.cpu_seconds))
    rig.end(fake, exchange)
    rig.say(f"{events} events into the fake: {measured.seconds:.1f} s, {1000 * measured.seconds / events:.3f} ms and "
            f"{1000 * measured.cpu_seconds / events:.3f} ms of CPU an event, peak {measured.peak_mb:.1f} MB")
    return measured


def _sizes(rig):
    return rig.size((10_000, 100_000), (200, 1000))


def _runs(rig):
    """The large migration, and small ones before and after it; three figures share them."""
    def measure():
        small, large = _sizes(rig)
        return {"small": [_one(rig, small)], "large": _one(rig, large)}
    return rig.once("large runs", measure)


def cost_over(rig):
    small, large = _sizes(rig)
    runs = _runs(rig)
    while len(runs["small"]) < rig.size(3, 1):
        runs["small"].append(_one(rig, small))
    each = [1000 * run.seconds / small for run in runs["small"]]
    cpu = [1000 * run.cpu_seconds / small for run in runs["small"]]
    value = 1000 * runs["large"].seconds / large
    value_cpu = 1000 * runs["large"].cpu_seconds / large
    rig.say(f"cost_{large}_over_{small}: ms an event {value:.3f} over {spread(each, 3)}; of CPU {value_cpu:.3f} over "
            f"{spread(cpu, 3)}, ratio {value_cpu / median(cpu):.2f}")
    return [Figure("migrate.cost_100000_over_10000", "ms per event", value, median(each), 1.3, "ratio<=")]


def per_event_growth(rig):
    _, large = _sizes(rig)
    timeline = _runs(rig)["large"].timeline
    early = [1000 * timeline.cost(1, large // 10, column) for column in (1, 2)]
    late = [1000 * timeline.cost(large // 2, large, column) for column in (1, 2)]
    rig.say(f"per_event_growth: events {large // 2 + 1} to {large}: {late[0]:.3f} ms each ({late[1]:.3f} ms of CPU); 1 to "
            f"{large // 10}: {early[0]:.3f} ms ({early[1]:.3f} ms of CPU), CPU ratio {late[1] / early[1]:.2f}; "
            f"{len(timeline.points)} looks")
    return [Figure("migrate.per_event_growth", "ms per event", late[0], early[0], 1.2, "ratio<=")]


def _attachments(rig):
    """1 GB of attachments, the largest 50 MB, into Xandikos."""
    count, each, largest = rig.size((95, 10 * MB, 50 * MB), (3, MB // 5, MB // 2))
    exchange = rig.start(Exchange, "--mailbox", f"bulk@{DOMAIN}", "--attachments", f"{count}:{each}", "--attachment-largest",
                         largest)
    xandikos = rig.start(Xandikos, user="bulk")
    measured = rig.migrate(rig.caravan(exchange, xandikos, [f"bulk@{DOMAIN}"], {"sync": {"max_attachment_mb": 100}}))
    stored = sum(len(text) for text in xandikos.resources("bulk").values())
    if measured.created != count + 1 or stored < count * each + largest:
        raise BenchFailed(f"{measured.created} of {count + 1} events were made, with {stored} bytes")
    rig.end(xandikos, exchange)
    rig.say(f"{(count * each + largest) / MB:.1f} MB of attachments, the largest {largest / MB:.1f} MB, into Xandikos: "
            f"{measured.seconds:.1f} s, peak {measured.peak_mb:.1f} MB, {stored / MB:.0f} MB stored")
    return measured.peak_mb


def peak_rss(rig):
    events = _runs(rig)["large"].peak_mb
    attachments = _attachments(rig)
    floor = _one(rig, rig.size(100, 20)).peak_mb
    rig.say(f"peak_rss: events {events:.1f} MB, attachments {attachments:.1f} MB; a small migration {floor:.1f} MB")
    return [Figure("migrate.peak_rss_mb", "MB", max(events, attachments), floor, 200, "value<")]


FIGURES = {"migrate.peak_rss_mb": peak_rss, "migrate.cost_100000_over_10000": cost_over,
           "migrate.per_event_growth": per_event_growth}
