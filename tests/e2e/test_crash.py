# SPDX-License-Identifier: GPL-3.0-or-later
"""Crash (decisions.md 8): killed (kill -9) 100 times at seeded moments during migrations of 2,000 events, and once at
every kind of step, the resumed run ends with 0 lost, 0 doubled, `verify` clean, and no more PUTs than events + kills x batch."""

import random
import signal

import pytest

from support.crashing import BATCH, killed_after, timed
from support.events import calendar, plain_calendar
from support.exchange import generated
from support.reading import summaries, uids
from support.xandikos import Xandikos

ANNA = "anna@example.com"

#: Every point of docs/interface.md that a first migration, event by event, passes.
STEPS = ("page_stored", "intents_committed", "after_write", "before_commit", "after_commit", "collection_made",
         "job_claimed", "job_done", "store_commit_before", "store_commit_inside", "store_commit_after")
#: Those of the bulk fill of a new calendar.
FILL_STEPS = ("spool_written", "fill_sent")


def crash_through(program, duration, choice, most):
    """Migrates with kills at seeded moments until a run ends by itself; gives the number of kills."""
    kills = 0
    while kills < most and killed_after(program, choice.uniform(0.05, max(0.3, 0.3 * duration)), "migrate", program.list,
                                        "--local"):
        kills += 1
    outcome = program.migrate("--local")
    assert outcome.exit == 0, str(outcome)
    return kills


def check_whole(source, target, program, address, events):
    """0 lost, 0 doubled, verify clean."""
    wanted = {item["uid"] for item in source.items(address)}
    found = uids(target.resources(address.split("@")[0]))
    assert len(wanted) == events
    assert (wanted - set(found), set(found) - wanted) == (set(), set())
    assert [uid for uid, count in found.items() if count > 1] == []
    verified = program.verify()
    assert (verified.exit, verified["differences"]) == (0, []), str(verified)


def kill_until(kills_wanted, events, source, target, caravan, puts):
    """Fresh mailboxes and stores until that many kills have hit; the bound on PUTs holds for each mailbox."""
    choice = random.Random(20_261_121)
    if isinstance(target, Xandikos):
        for address in generated(60):
            target.make_home(address.split("@")[0])
    _, duration = timed(lambda: caravan(source, target, generated(1), name="measured").migrate("--local"))
    kills, addresses = 0, iter(generated(60)[1:])
    while kills < kills_wanted:
        address = next(addresses)
        program = caravan(source, target, [address], name=address.split("@")[0])
        before = puts()
        hits = crash_through(program, duration, choice, kills_wanted - kills)
        kills += hits
        written = puts() - before
        assert events <= written <= events + hits * BATCH, (address, hits, written)
        check_whole(source, target, program, address, events)
    assert kills == kills_wanted


def test_100_kills_during_migrations_of_2000_events_lose_and_double_nothing(exchange, fake, caravan):
    source, target = exchange("--generate", "60:2000"), fake()
    kill_until(100, 2000, source, target, caravan, lambda: target.count("PUT"))


def test_kills_during_migrations_into_xandikos_lose_and_double_nothing(exchange, start, caravan, full):
    kills, events = (100, 2000) if full else (12, 120)
    source, target = exchange("--generate", f"60:{events}"), start(Xandikos)
    kill_until(kills, events, source, target, caravan, target.puts)


@pytest.mark.parametrize("passage", [1, 2, 5])
@pytest.mark.parametrize("point", STEPS)
def test_a_kill_at_this_step_is_healed_by_the_next_run(exchange, fake, caravan, point, passage):
    source, target = exchange("--generate", "1:400"), fake()
    program = caravan(source, target, generated(1))
    killed = program.run("migrate", program.list, "--local", environment={"CARAVAN_CRASH_AT": f"{point}:{passage}"})
    reached = killed.exit == -signal.SIGKILL
    assert reached or (passage > 1 and killed.exit == 0), str(killed)
    outcome = program.migrate("--local")
    assert outcome.exit == 0, str(outcome)
    assert target.count("PUT") <= 400 + BATCH
    check_whole(source, target, program, generated(1)[0], 400)


@pytest.mark.parametrize("point", FILL_STEPS)
def test_a_kill_during_a_bulk_fill_is_healed_by_the_next_run(exchange, fake, caravan, point):
    source, target = exchange("--generate", "1:400"), fake("--server-header", "radicale")
    program = caravan(source, target, generated(1))
    killed = program.run("migrate", program.list, "--local", environment={"CARAVAN_CRASH_AT": f"{point}:1"})
    assert killed.exit == -signal.SIGKILL, str(killed)
    outcome = program.migrate("--local")
    assert outcome.exit == 0, str(outcome)
    check_whole(source, target, program, generated(1)[0], 400)


@pytest.mark.parametrize("point", ["intents_committed", "after_write", "before_commit", "after_commit"])
@pytest.mark.parametrize("passage", [1, 2, 3])
def test_a_kill_while_changes_and_deletions_are_brought_is_healed_by_the_next_run(exchange, fake, caravan, ics_file, point,
                                                                                 passage):
    events = plain_calendar(300)
    source, target = exchange("--load", f"{ANNA}={ics_file(calendar(events))}"), fake()
    program = caravan(source, target, [ANNA])
    assert program.migrate("--local").exit == 0
    changed, gone = events[:100], events[260:]
    for event in changed:
        source.put_item(ANNA, event.uid, calendar([event.with_(summary=event.summary + " changed")]))
    for event in gone:
        source.delete_item(ANNA, event.uid)
    program.run("migrate", program.list, "--local", environment={"CARAVAN_CRASH_AT": f"{point}:{passage}"})
    assert program.migrate("--local").exit == 0
    check_whole(source, target, program, ANNA, 260)
    titles = summaries(target.resources("anna"))
    assert {titles[event.uid] for event in changed} == {event.summary + " changed" for event in changed}


def test_an_answer_that_never_came_is_looked_up_and_not_repeated(exchange, fake, caravan):
    source, target = exchange("--generate", "1:200"), fake()
    target.fault(kind="drop", method="PUT", count=5, skip=20)
    program = caravan(source, target, generated(1))
    outcome = program.migrate()
    outcome = outcome if outcome.exit == 0 else program.migrate()
    assert outcome.exit == 0, str(outcome)
    assert target.count("PUT") == 200
    check_whole(source, target, program, generated(1)[0], 200)
