# SPDX-License-Identifier: GPL-3.0-or-later
"""Several calendars of a mailbox (decisions.md 1): --calendars all, names, and events that move between folders, which are one
delete and one create and never lost in between."""

import pytest

from support.events import calendar, plain_calendar
from support.reading import uid_of

ANNA = "anna@example.com"


@pytest.fixture
def arranged(exchange, radicale, caravan, ics_file):
    """60 events; 20 of them in the folder "Projects & more", 20 in "Проекты"."""
    events = plain_calendar(60)
    source = exchange("--load", f"{ANNA}={ics_file(calendar(events))}")
    folders = {name: source.create_calendar(ANNA, name) for name in ("Projects & more", "Проекты")}
    for name, part in (("Projects & more", events[:20]), ("Проекты", events[20:40])):
        for event in part:
            source.move_to(ANNA, event.uid, folders[name])
    return source, radicale, caravan(source, radicale, [ANNA]), events, folders


def held(radicale):
    """Display name of the collection -> UIDs in it."""
    return {radicale.display_name("anna", name): sorted(uid_of(text) for text in radicale.resources("anna", name).values())
            for name in radicale.collections("anna")}


def test_only_the_default_calendar_is_taken_unless_all_are_asked_for(arranged):
    _, radicale, program, events, _ = arranged
    assert program.migrate().exit == 0
    assert radicale.collections("anna") == ["exchange"]
    assert len(radicale.resources("anna")) == 20


def test_all_calendars_become_collections_with_their_names(arranged):
    _, radicale, program, events, _ = arranged
    outcome = program.migrate("--calendars", "all")
    assert (outcome.exit, outcome.totals["created"]) == (0, 60), str(outcome)
    stored = held(radicale)
    assert stored["Projects & more"] == sorted(event.uid for event in events[:20])
    assert stored["Проекты"] == sorted(event.uid for event in events[20:40])
    assert all(name.isascii() for name in radicale.collections("anna"))


def test_an_event_that_moves_between_folders_is_in_the_new_one_only(arranged):
    source, radicale, program, events, folders = arranged
    program.migrate("--calendars", "all")
    for event in events[:3]:
        source.move_to(ANNA, event.uid, folders["Проекты"])
    outcome = program.migrate("--calendars", "all")
    assert (outcome.exit, outcome.totals["created"], outcome.totals["deleted"]) == (0, 3, 3), str(outcome)
    stored = held(radicale)
    assert stored["Projects & more"] == sorted(event.uid for event in events[3:20])
    assert stored["Проекты"] == sorted(event.uid for event in events[:3] + events[20:40])


def test_all_events_of_a_folder_may_move_without_stopping_at_the_delete_brake(arranged):
    source, radicale, program, events, folders = arranged
    program.migrate("--calendars", "all")
    for event in events[:20]:
        source.move_to(ANNA, event.uid, folders["Проекты"])
    outcome = program.migrate("--calendars", "all")
    assert (outcome.exit, outcome["plans"]) == (0, []), str(outcome)
    assert held(radicale)["Проекты"] == sorted(event.uid for event in events[:40])


def test_a_new_folder_is_found_by_the_next_run(arranged):
    source, radicale, program, events, _ = arranged
    program.migrate("--calendars", "all")
    source.move_to(ANNA, events[50].uid, source.create_calendar(ANNA, "Holidays of mine"))
    assert program.migrate("--calendars", "all").exit == 0
    assert held(radicale)["Holidays of mine"] == [events[50].uid]


def test_two_folders_with_the_same_slug_get_two_collections(exchange, radicale, caravan, ics_file):
    events = plain_calendar(4)
    source = exchange("--load", f"{ANNA}={ics_file(calendar(events))}")
    for number, name in enumerate(("Team A!", "Team A?")):
        source.move_to(ANNA, events[number].uid, source.create_calendar(ANNA, name))
    outcome = caravan(source, radicale, [ANNA]).migrate("--calendars", "all")
    assert (outcome.exit, len(radicale.collections("anna"))) == (0, 3), str(outcome)
