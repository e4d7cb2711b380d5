# SPDX-License-Identifier: GPL-3.0-or-later
"""Loops (guarantees 1 and 21): two Exchanges and two CalDAV servers wired in a circle by four Caravans that know nothing of
each other, and one meeting in three mailboxes. Nothing doubles, and all falls silent."""

import pytest

from support.caravan import Caravan
from support.events import Event, calendar
from support.exchange import Exchange
from support.live import PATIENCE, Daemon, Pair, cycles, exchange_writes, settings
from support.process import wait_for
from support.radicale import Radicale
from support.reading import values

ANNA, BEN, EVA = "anna@example.com", "ben@example.com", "eva@example.com"


@pytest.fixture
def circle(start, folder):
    """Exchange A <-> CalDAV A <-> Exchange B <-> CalDAV B <-> Exchange A, each arrow a Caravan with a store of its own."""
    sources = [start(Exchange, "--mailbox", ANNA) for _ in range(2)]
    targets = [start(Radicale) for _ in range(2)]
    for number, (source, target) in enumerate([(0, 0), (1, 0), (1, 1), (0, 1)]):
        program = Caravan(folder, sources[source], targets[target], [ANNA], settings(), name=f"caravan-{number}")
        outcome = program.run("subscribe", program.list)
        assert outcome.exit == 0, str(outcome)
        start(Daemon, program)
    return [Pair(ANNA, sources[0], targets[0]), Pair(ANNA, sources[1], targets[1])]


def test_four_sides_in_a_circle_come_in_step_and_fall_silent(circle):
    first, second = circle

    def everywhere(uid, title):
        seen = [(*pair.titles(uid), len(pair.on_exchange()), len(pair.on_caldav())) for pair in circle]
        return all(row[:2] == (title, title) for row in seen)

    made = Event(uid="made-on-exchange@example.org", summary="Made", rule="FREQ=WEEKLY;COUNT=5", exception="Made, elsewhere")
    first.put_exchange(made.uid, calendar([made]))
    other = Event(uid="made-on-caldav@example.org", summary="Other")
    second.put(other.uid, calendar([other]))
    wait_for(lambda: everywhere(made.uid, "Made") and everywhere(other.uid, "Other"), 2 * PATIENCE, "both events on all four sides")
    for pair in circle:  # an edit beside a write that is still under way would be a conflict, and might lose
        cycles(pair.source, 4)
    second.edit(made.uid, "SUMMARY:Made\r\n", "SUMMARY:Renamed\r\n")
    wait_for(lambda: everywhere(made.uid, "Renamed"), 2 * PATIENCE, "the new title on all four sides")
    for pair in circle:
        cycles(pair.source, 4)
        pair.source.reset_requests()
    for pair in circle:
        cycles(pair.source, 10)
    assert [exchange_writes(pair.source) for pair in circle] == [{}, {}]
    for pair in circle:
        assert len(pair.on_exchange()) == len(pair.on_caldav()) == len(pair.target.resources(pair.user)) == 2


def test_a_meeting_of_three_mailboxes_stays_one_when_its_organizer_changes_it(exchange, radicale, caravan, start):
    source = exchange("--mailbox", ANNA, "--mailbox", BEN, "--mailbox", EVA)
    program = caravan(source, radicale, [ANNA, BEN, EVA], settings(scheduling="exchange"))
    assert program.run("subscribe", program.list).exit == 0
    start(Daemon, program)
    pairs = [Pair(address, source, radicale) for address in (ANNA, BEN, EVA)]
    lines = (f"ORGANIZER:mailto:{ANNA}", f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{ANNA}",
             *(f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{guest}" for guest in (BEN, EVA)))
    event = Event(uid="board@example.org", summary="Board", lines=lines)
    pairs[0].put(event.uid, calendar([event]))

    def shown(title):
        return all(list(pair.on_exchange().values()) == list(pair.on_caldav().values()) == [title] for pair in pairs)

    wait_for(lambda: shown("Board"), 2 * PATIENCE, "the meeting in all mailboxes and calendars")
    uids = [set(pair.on_exchange()) | set(pair.on_caldav()) for pair in pairs]
    pairs[0].edit(event.uid, "SUMMARY:Board", "SUMMARY:Board of directors")
    wait_for(lambda: shown("Board of directors"), 2 * PATIENCE, "the new title in all mailboxes and calendars")
    cycles(source, 5)
    assert shown("Board of directors")
    assert [set(pair.on_exchange()) | set(pair.on_caldav()) for pair in pairs] == uids
    assert all(len(names) == 1 for names in uids)
    for pair in pairs:
        assert values(pair.texts()[next(iter(uids[0]))], "ORGANIZER") == [f"mailto:{ANNA}"], pair.address
