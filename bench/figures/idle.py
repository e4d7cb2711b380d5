# SPDX-License-Identifier: GPL-3.0-or-later
"""pass.no_change_requests: `migrate` again over unchanged calendars, requests per pair."""

from support.caldav_fake import CalDavFake
from support.exchange import Exchange, generated

from .rig import BenchFailed, Figure

#: decisions.md 8: at most so many requests per server and run are start-up.
START_UP = 5


def _beyond_start_up(by_kind, pairs):
    """Requests without those of kinds that do not come with every pair, of which at most START_UP are start-up."""
    start_up = min(START_UP, sum(count for count in by_kind.values() if count < pairs))
    return sum(by_kind.values()) - start_up


def no_change_requests(rig):
    pairs, events = rig.size(100, 10), rig.size(50, 5)
    exchange = rig.start(Exchange, "--generate", f"{pairs}:{events}")
    fake = rig.start(CalDavFake)
    caravan = rig.caravan(exchange, fake, generated(pairs))
    first = rig.migrate(caravan)
    if first.created != pairs * events:
        raise BenchFailed(f"the first run made {first.created} of {pairs * events}")
    exchange.reset_requests()
    fake.reset_requests()
    again = rig.migrate(caravan)
    asked, written = exchange.requests()["by_operation"], fake.requests()["by_method"]
    counted = _beyond_start_up(asked, pairs) + _beyond_start_up(written, pairs)
    rig.say(f"no_change_requests: {pairs} pairs of {events} events, second run in {again.seconds:.2f} s: Exchange {asked}, "
            f"CalDAV {written}")
    rig.end(fake, exchange)
    return [Figure("pass.no_change_requests", "requests per pair", counted / pairs, 2, 2, "value<=")]


FIGURES = {"pass.no_change_requests": no_change_requests}
