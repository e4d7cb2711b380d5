# SPDX-License-Identifier: GPL-3.0-or-later
"""The delete brake under live sync (guarantee 8): it holds in both directions, other changes go on meanwhile, and `approve`
releases exactly the plan that it names."""

import pytest

from support.events import Event, calendar, plain_calendar
from support.live import PATIENCE, Daemon, Pair, cycles, exchange_writes, rest, settings
from support.process import wait_for

ANNA = "anna@example.com"
EVENTS = plain_calendar(40)


@pytest.fixture
def live(exchange, fake, caravan, ics_file, start):
    """A mailbox of 40 series in step, with the daemon running; the CalDAV server counts."""
    source, target = exchange("--load", f"{ANNA}={ics_file(calendar(EVENTS))}"), fake()
    program = caravan(source, target, [ANNA], settings())
    outcome = program.run("subscribe", program.list)
    assert outcome.exit == 0, str(outcome)
    start(Daemon, program)
    target.reset_requests(), source.reset_requests()
    return Pair(ANNA, source, target), program


def waiting(program):
    return [plan for plan in program.run("approve")["plans"] if plan["state"] == "waiting"]


@pytest.mark.parametrize(("fraction", "gone"), [(1.0, 40), (0.5, 20)], ids=["none_of_40", "half_of_40"])
def test_a_folder_that_lost_many_events_deletes_nothing_on_caldav_until_approved(live, fraction, gone):
    pair, program = live
    pair.source.hide(ANNA, fraction)
    plan = wait_for(lambda: waiting(program), PATIENCE, "the brake")[0]
    assert plan["deletes"] == gone
    pair.put_exchange("new@example.org", calendar([Event(uid="new@example.org", summary="New")]))
    wait_for(lambda: pair.on_caldav().get("new@example.org") == "New", PATIENCE, "a change beside the stopped plan")
    cycles(pair.source, 2)
    assert pair.target.count("DELETE") == 0
    assert program.run("approve", plan["plan"]).exit == 0
    wait_for(lambda: len(pair.target.hrefs("anna")) == 41 - gone, PATIENCE, "the approved deletes")
    assert pair.target.count("DELETE") == gone


def test_a_calendar_that_is_emptied_on_caldav_deletes_nothing_on_exchange_until_approved(live):
    pair, program = live
    assert program.run("pause").exit == 0
    rest(pair.source)
    for name in list(pair.target.resources("anna")):
        pair.target.delete("anna", "exchange", name)
    assert program.run("resume").exit == 0
    plan = wait_for(lambda: waiting(program), PATIENCE, "the brake")[0]
    assert plan["deletes"] == 40
    cycles(pair.source, 2)
    assert (len(pair.on_exchange()), exchange_writes(pair.source)) == (40, {})
    assert program.run("approve", plan["plan"]).exit == 0
    wait_for(lambda: pair.on_exchange() == {}, PATIENCE, "the approved deletes")
    assert pair.source.mails() == []


def test_a_few_deletes_on_caldav_pass_and_more_within_a_day_are_stopped(live):
    pair, program = live
    for event in EVENTS[:6]:
        pair.delete(event.uid)
    wait_for(lambda: len(pair.on_exchange()) == 34, PATIENCE, "six deletes")
    assert program.run("pause").exit == 0
    rest(pair.source)
    for event in EVENTS[6:12]:
        pair.delete(event.uid)
    assert program.run("resume").exit == 0
    plan = wait_for(lambda: waiting(program), PATIENCE, "the brake")[0]
    assert plan["deletes"] == 6
    cycles(pair.source, 2)
    assert len(pair.on_exchange()) == 34


def test_a_store_that_lists_nothing_for_a_while_deletes_nothing_on_exchange(exchange, radicale, caravan, ics_file, start):
    source = exchange("--load", f"{ANNA}={ics_file(calendar(EVENTS))}")
    program = caravan(source, radicale, [ANNA], settings())
    assert program.run("subscribe", program.list).exit == 0
    pair = Pair(ANNA, source, radicale)
    files = radicale.folder / "data" / "collection-root" / "anna" / "exchange"
    aside = radicale.folder / "aside"
    aside.mkdir()
    source.reset_requests()
    for item in files.glob("*.ics"):
        item.rename(aside / item.name)
    start(Daemon, program)
    plan = wait_for(lambda: waiting(program), PATIENCE, "the brake")[0]
    assert plan["deletes"] == 40
    for item in aside.glob("*.ics"):
        item.rename(files / item.name)
    cycles(source, 4)
    assert (len(pair.on_exchange()), exchange_writes(source)) == (40, {})
    verified = program.verify()
    assert verified.exit == 0, str(verified)


def test_events_that_come_back_are_as_if_nothing_had_been(live):
    pair, program = live
    pair.source.hide(ANNA)
    wait_for(lambda: waiting(program), PATIENCE, "the brake")
    pair.source.unhide(ANNA)
    cycles(pair.source, 4)
    assert pair.target.count("DELETE") == 0
    assert pair.on_caldav() == pair.on_exchange()
    verified = program.verify()
    assert verified.exit == 0, str(verified)
