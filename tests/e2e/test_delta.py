# SPDX-License-Identifier: GPL-3.0-or-later
"""Delta: of 1,000 events, 50 changed, 20 with a changed exception, 30 deleted and 10 moved to another time make
exactly 80 PUT and 30 DELETE, and the changes are really there."""

from datetime import timedelta

from support.events import calendar, plain_calendar
from support.reading import by_uid, summaries, values

ANNA = "anna@example.com"


def test_the_next_run_makes_exactly_80_put_and_30_delete(exchange, fake, caravan, ics_file):
    events = plain_calendar(1000)
    series = [event for event in events if event.rule]
    singles = [event for event in events if not event.rule]
    source, target = exchange("--load", f"{ANNA}={ics_file(calendar(events))}"), fake()
    program = caravan(source, target, [ANNA])
    assert program.migrate().totals["created"] == 1000
    changed = [event.with_(summary=event.summary + " changed") for event in singles[:40] + series[:10]]
    excepted = [event.with_(exception="Only this once") for event in series[50:70]]
    moved = [event.with_(start=event.start + timedelta(hours=2)) for event in singles[100:110]]
    for event in changed + excepted + moved:
        source.put_item(ANNA, event.uid, calendar([event]))
    deleted = singles[200:220] + series[100:110]
    for event in deleted:
        source.delete_item(ANNA, event.uid)
    target.reset_requests()
    outcome = program.migrate()
    assert outcome.exit == 0, str(outcome)
    assert (target.count("PUT"), target.count("DELETE")) == (80, 30)
    assert outcome.writes() == {"created": 0, "updated": 80, "deleted": 30}
    stored = by_uid(target.resources("anna"))
    assert len(stored) == 970
    assert not {event.uid for event in deleted} & set(stored)
    titles = summaries(target.resources("anna"))
    assert {titles[event.uid] for event in changed} == {event.summary for event in changed}
    assert all("Only this once" in values(stored[event.uid], "SUMMARY") for event in excepted)
    assert all(f"{event.start:%Y%m%dT%H%M%S}" in values(stored[event.uid], "DTSTART") for event in moved)


def test_an_occurrence_that_is_deleted_on_exchange_is_excluded_by_one_put(exchange, fake, caravan, ics_file):
    event = next(event for event in plain_calendar(8) if event.rule)
    source, target = exchange("--load", f"{ANNA}={ics_file(calendar([event]))}"), fake()
    program = caravan(source, target, [ANNA])
    program.migrate()
    gone = event.start + timedelta(days=21)
    source.put_item(ANNA, event.uid, calendar([event.with_(lines=(f"EXDATE;TZID=Europe/Berlin:{gone:%Y%m%dT%H%M%S}",))]))
    target.reset_requests()
    assert program.migrate().exit == 0
    assert (target.count("PUT"), target.count("DELETE")) == (1, 0)
    assert values(target.resources("anna").popitem()[1], "EXDATE") == [f"{gone:%Y%m%dT%H%M%S}"]


def test_a_touch_without_a_change_of_meaning_writes_nothing(exchange, fake, caravan):
    source, target = exchange("--generate", "1:50"), fake()
    program = caravan(source, target, ["user0001@example.com"])
    program.migrate()
    for item in source.items("user0001@example.com"):
        source.control("POST", "mailboxes/user0001@example.com/touch", json={"uid": item["uid"]})
    target.reset_requests()
    outcome = program.migrate()
    assert (outcome.exit, target.writes()) == (0, 0), str(outcome)


def test_what_a_person_changed_on_caldav_is_kept_when_exchange_changes_another_field(exchange, fake, caravan, ics_file):
    event = plain_calendar(1)[0].with_(lines=("LOCATION:Room 1",))
    source, target = exchange("--load", f"{ANNA}={ics_file(calendar([event]))}"), fake()
    program = caravan(source, target, [ANNA])
    program.migrate()
    name, text = target.resources("anna").popitem()
    target.put("anna", "exchange", name, text.replace("LOCATION:Room 1", "LOCATION:Room 1\r\nX-OWN-NOTE:kept"))
    source.put_item(ANNA, event.uid, calendar([event.with_(summary="New title")]))
    assert program.migrate().exit == 0
    stored = target.resources("anna")[name]
    assert (values(stored, "SUMMARY"), values(stored, "X-OWN-NOTE")) == (["New title"], ["kept"])
