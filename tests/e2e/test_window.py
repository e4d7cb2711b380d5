# SPDX-License-Identifier: GPL-3.0-or-later
"""--since and --until (decisions.md 6; guarantee 27): a window selects occurrences, a series is taken whole; widening lists
again, narrowing and the passing of time delete nothing."""

from datetime import date, datetime, timedelta

import pytest

from support.events import Event, calendar
from support.reading import summaries, uids

ANNA = "anna@example.com"
YEAR = date.today().year + 1


def single(name, month, day, year=YEAR):
    return Event(uid=f"{name}@example.org", summary=name, start=datetime(year, month, day, 9, 0))


EVENTS = [single("before", 1, 10), single("first", 3, 1), single("middle", 6, 15), single("last", 9, 29),
          single("after", 11, 5), single("reaches-in", 1, 7).with_(rule="FREQ=WEEKLY;COUNT=20"),
          single("ended-before", 1, 7).with_(rule="FREQ=WEEKLY;COUNT=3"), single("endless", 1, 1, 2020).with_(rule="FREQ=WEEKLY"),
          single("starts-after", 10, 20).with_(rule="FREQ=WEEKLY;COUNT=5")]
INSIDE = {"first", "middle", "last", "reaches-in", "endless"}
WINDOW = ("--since", f"{YEAR}-03-01", "--until", f"{YEAR}-09-30")


@pytest.fixture
def world(exchange, fake, caravan, ics_file):
    source, target = exchange("--load", f"{ANNA}={ics_file(calendar(EVENTS))}"), fake()
    return source, target, caravan(source, target, [ANNA])


def names(target):
    return {uid.split("@")[0] for uid in uids(target.resources("anna"))}


def test_only_series_with_an_occurrence_inside_are_taken(world):
    _, target, program = world
    assert program.migrate(*WINDOW).exit == 0
    assert names(target) == INSIDE


def test_a_series_is_taken_whole(world):
    _, target, program = world
    program.migrate(*WINDOW)
    text = next(text for text in target.resources("anna").values() if "reaches-in" in text)
    assert f"{YEAR}0107T090000" in text and "COUNT=20" in text


def test_widening_brings_the_rest_and_narrowing_deletes_nothing(world):
    _, target, program = world
    program.migrate(*WINDOW)
    assert program.migrate("--since", f"{YEAR}-01-01", "--until", f"{YEAR}-12-31").exit == 0
    assert names(target) == {event.summary for event in EVENTS}
    target.reset_requests()
    assert program.migrate(*WINDOW).exit == 0
    assert (target.writes(), names(target)) == (0, {event.summary for event in EVENTS})


def test_what_moved_out_of_the_window_is_kept_up_to_date(world):
    source, target, program = world
    program.migrate(*WINDOW)
    moved = EVENTS[2].with_(start=datetime(YEAR, 12, 24, 9, 0), summary="moved out")
    source.put_item(ANNA, moved.uid, calendar([moved]))
    assert program.migrate(*WINDOW).writes() == {"created": 0, "updated": 1, "deleted": 0}
    assert summaries(target.resources("anna"))[moved.uid] == "moved out"


def test_verify_looks_at_the_stored_window(world):
    _, _, program = world
    program.migrate(*WINDOW)
    outcome = program.verify()
    assert (outcome.exit, outcome["differences"]) == (0, []), str(outcome)


def test_a_window_that_slides_over_400_days_deletes_nothing(world, full):
    _, target, program = world
    step = 1 if full else 20
    for days in range(0, 400, step):
        since = date(YEAR, 1, 1) + timedelta(days=days)
        assert program.migrate("--since", since, "--until", since + timedelta(days=60)).exit == 0
    assert target.count("DELETE") == 0


def test_a_window_that_ends_before_it_begins_is_refused(world):
    _, target, program = world
    outcome = program.migrate("--since", f"{YEAR}-09-30", "--until", f"{YEAR}-03-01")
    assert (outcome.exit, target.writes()) == (2, 0), str(outcome)


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(world):
    _, target, program = world
    outcome = program.migrate("--dry-run")
    assert (outcome.exit, outcome.totals["created"], target.writes()) == (0, len(EVENTS), 0), str(outcome)
    assert program.migrate().totals["created"] == len(EVENTS)
