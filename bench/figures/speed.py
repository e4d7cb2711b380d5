# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed into real servers: against a loop that does nothing but PUT the same bytes, and Radicale's bulk way against single
PUTs."""

from datetime import date, datetime, timedelta

from support.exchange import DOMAIN, Exchange, generated
from support.radicale import Radicale
from support.xandikos import Xandikos

from .cost import make_calendar
from .recorder import record
from .rig import BenchFailed, Figure, median, spread

CONNECTIONS = (1, 2, 4)
COLLECTIONS = {"radicale": "/user0001/floor/", "xandikos": "/user0001/calendars/floor/"}


def _server(rig, kind):
    return rig.start(Xandikos, user="user0001") if kind == "xandikos" else rig.start(Radicale)


def _bare(rig, kind, corpus, connections):
    """PUTs a second of the bare loop into a fresh server."""
    server = _server(rig, kind)
    make_calendar(server, COLLECTIONS[kind])
    floor = rig.put_floor(server, COLLECTIONS[kind], corpus, connections)
    rig.end(server)
    return floor["puts"] / floor["seconds"]


def _own(rig, kind, exchange, events):
    """Events a second of a whole `migrate` into a fresh server, from the start of the program to its end."""
    server = _server(rig, kind)
    measured = rig.migrate(rig.caravan(exchange, server, generated(1), {"caldav": {"bulk_fill": "off"}}))
    rig.end(server)
    if measured.created != events:
        raise BenchFailed(f"{measured.created} of {events} events were migrated")
    return events / measured.seconds


def _floor_ratio(kind):
    def measure(rig):
        events, rounds = rig.size(1000, 40), rig.size(5, 1)
        generate = ["--generate", f"1:{events}"]
        corpus = record(rig, generate, generated(1), like=kind)
        exchange = rig.start(Exchange, *generate)
        bare, own = {}, []
        for connections in CONNECTIONS:  # the first round finds the best number
            bare[connections] = [_bare(rig, kind, corpus, connections)]
            rig.say(f"floor_ratio.{kind}: bare loop over {connections}: {bare[connections][0]:.1f} PUT/s")
        best = max(CONNECTIONS, key=lambda number: bare[number][0])
        own.append(_own(rig, kind, exchange, events))
        for number in range(1, rounds):  # by turns, and the turns by turns, so that a slow minute hits both
            for caravan in (True, False) if number % 2 else (False, True):
                if caravan:
                    own.append(_own(rig, kind, exchange, events))
                else:
                    bare[best].append(_bare(rig, kind, corpus, best))
            rig.say(f"floor_ratio.{kind}: Caravan {own[-1]:.1f}, bare loop {bare[best][-1]:.1f}")
        rig.end(exchange)
        pairs = [a / b for a, b in zip(own, bare[best])]
        others = ", ".join(f"{bare[number][0]:.1f} over {number}" for number in CONNECTIONS if number != best)
        rig.say(f"floor_ratio.{kind}: {events} events, events a second: Caravan {spread(own)}, bare loop over {best} "
                f"{spread(bare[best])}; once {others}; ratio of neighbours {spread(pairs, 2)}")
        return [Figure(f"migrate.floor_ratio.{kind}", "events per second", median(own), median(bare[best]), 0.9, "ratio>=")]
    return measure


def _integrated(points, events):
    """Seconds of single PUTs from an empty calendar to a full one; `points` are (size, seconds of one PUT)."""
    total = 0.0
    for (left, low), (right, high) in zip(points, points[1:]):
        total += (right - left) * (low + high) / 2
    return total + (events - points[-1][0]) * points[-1][1]


def _in_utc(rig, events, prefix):
    """A mailbox with `events` plain events in UTC."""
    begin = datetime(date.today().year + 1, 1, 4, 8)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Caravan//bench//EN"]
    for number in range(events):
        start = begin + timedelta(days=number % 300, minutes=30 * (number % 16))
        lines += ["BEGIN:VEVENT", f"UID:{prefix}-{number}@{DOMAIN}", "DTSTAMP:20260101T000000Z",
                  f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DTEND:{start + timedelta(minutes=45):%Y%m%dT%H%M%SZ}",
                  f"SUMMARY:Event {number}", "END:VEVENT"]
    path = rig.place(prefix) / "calendar.ics"
    path.write_text("\r\n".join([*lines, "END:VCALENDAR", ""]), newline="")
    return ["--load", f"{generated(1)[0]}={path}"]


def _realistic(_, events, prefix):
    return ["--generate", f"1:{events}:77" if prefix == "single" else f"1:{events}"]


def _bulk_ratio(name, mailbox):
    """10,000 events into a new calendar. Single PUTs are sampled with the bare loop in the calendar that the bulk way made:
    files are taken out of it (and of its cache) until it has the size wanted, and one PUT warms the cache. `mailbox` gives
    the simulator's arguments for so many events, of two kinds of UIDs."""
    def measure(rig):
        events, samples = rig.size(10_000, 200), rig.size(9, 3)
        sizes = rig.size((10_000, 7500, 5000, 2500, 1000, 300, 0), (200, 100, 0))
        corpus = record(rig, mailbox(rig, samples * len(sizes), "single"), generated(1), like="radicale")
        exchange = rig.start(Exchange, *mailbox(rig, events, "bulk"))
        radicale = rig.start(Radicale)
        measured = rig.migrate(rig.caravan(exchange, radicale, generated(1)))
        asked = measured.document["totals"]["requests"]["caldav"]
        if measured.created != events:
            raise BenchFailed(f"{measured.created} of {events} events were migrated")
        rig.say(f"{name}: {events} events by bulk in {measured.seconds:.1f} s; CalDAV requests {asked}")
        calendar = radicale.folder / "data" / "collection-root" / "user0001" / "exchange"
        points = []
        for number, size in enumerate(sizes):
            for path in sorted(calendar.glob("*.ics"))[size:]:
                path.unlink()
                for kind in ("item", "history"):
                    (calendar / ".Radicale.cache" / kind / path.name).unlink(missing_ok=True)
            floor = rig.put_floor(radicale, "/user0001/exchange/", corpus, 1, number * samples, samples)
            each = floor["milliseconds"][1:]
            points.append((size, median(each) / 1000))
            rig.say(f"{name}: a PUT into {size} events: {spread(each)} ms")
        rig.end(radicale, exchange)
        single = _integrated(points[::-1], events)
        rig.say(f"{name}: single PUTs would take {single:.0f} s, the bulk way took {measured.seconds:.1f} s")
        return [Figure(f"migrate.{name}", "events per second", events / measured.seconds, events / single, 20, "ratio>=")]
    return measure


FIGURES = {"migrate.floor_ratio.radicale": _floor_ratio("radicale"), "migrate.floor_ratio.xandikos": _floor_ratio("xandikos"),
           "migrate.bulk_ratio.radicale": _bulk_ratio("bulk_ratio.radicale", _realistic),
           "migrate.bulk_ratio_utc.radicale": _bulk_ratio("bulk_ratio_utc.radicale", _in_utc)}
