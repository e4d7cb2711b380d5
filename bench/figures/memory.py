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
    """One migration of a mailbox of so many events into the fake, which calls itself Xandikos (see cost.py)."""
    exchange = rig.start(Exchange, "--generate", f"1:{events}")
    fake = rig.start(CalDavFake, "--server-header", "Xandikos", "--discard-bodies")
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
    """Small and large migrations by turns; three figures share them."""
    def measure():
        small, large = _sizes(rig)
        runs = {"small": [], "large": []}
        for _ in range(rig.size(3, 1)):
            runs["small"].append(_one(rig, small))
            runs["large"].append(_one(rig, large))
        return runs
    return rig.once("large runs", measure)


def cost_over(rig):
    small, large = _sizes(rig)
    runs = _runs(rig)
    each = {name: [1000 * run.seconds / run.created for run in runs[name]] for name in runs}
    cpu = {name: [1000 * run.cpu_seconds / run.created for run in runs[name]] for name in runs}
    rig.say(f"cost_{large}_over_{small}: ms an event {spread(each['large'], 3)} over {spread(each['small'], 3)}; of CPU "
            f"{spread(cpu['large'], 3)} over {spread(cpu['small'], 3)}, ratio {median(cpu['large']) / median(cpu['small']):.2f}")
    return [Figure("migrate.cost_100000_over_10000", "ms per event", median(each["large"]), median(each["small"]), 1.3,
                   "ratio<=")]


def per_event_growth(rig):
    """Both parts come from the same run; the run whose ratio is the median stands for all."""
    _, large = _sizes(rig)
    grown = []
    for run in _runs(rig)["large"]:
        early = [1000 * run.timeline.cost(1, large // 10, column) for column in (1, 2)]
        late = [1000 * run.timeline.cost(large // 2, large, column) for column in (1, 2)]
        grown.append((late[0] / early[0], late[0], early[0]))
        rig.say(f"per_event_growth: events {large // 2 + 1} to {large}: {late[0]:.3f} ms each ({late[1]:.3f} ms of CPU); 1 to "
                f"{large // 10}: {early[0]:.3f} ms ({early[1]:.3f} ms of CPU); ratio {grown[-1][0]:.2f}, of CPU "
                f"{late[1] / early[1]:.2f}; {len(run.timeline.points)} looks")
    _, late, early = sorted(grown)[len(grown) // 2]
    return [Figure("migrate.per_event_growth", "ms per event", late, early, 1.2, "ratio<=")]


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
    events = max(run.peak_mb for run in _runs(rig)["large"])
    attachments = _attachments(rig)
    floor = _one(rig, rig.size(100, 20)).peak_mb
    rig.say(f"peak_rss: events {events:.1f} MB, attachments {attachments:.1f} MB; a small migration {floor:.1f} MB")
    return [Figure("migrate.peak_rss_mb", "MB", max(events, attachments), floor, 200, "value<")]


FIGURES = {"migrate.peak_rss_mb": peak_rss, "migrate.cost_100000_over_10000": cost_over,
           "migrate.per_event_growth": per_event_growth}
