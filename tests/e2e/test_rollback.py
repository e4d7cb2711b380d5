# SPDX-License-Identifier: GPL-3.0-or-later
"""Rollback (decisions.md 6): `rollback` of a run leaves the CalDAV store as it was, but for events that somebody
changed since, which it lists."""

import pytest

from support.events import calendar, plain_calendar
from support.reading import by_uid, values

ANNA = "anna@example.com"


def meaning(resources):
    """The resources without what a server or a repeated write may set anew."""
    volatile = ("DTSTAMP", "LAST-MODIFIED", "CREATED", "PRODID")
    return {name: sorted(line for line in text.splitlines() if not line.startswith(volatile))
            for name, text in resources.items()}


@pytest.fixture
def two_runs(exchange, fake, caravan, ics_file):
    """200 events migrated; then 20 changed, 15 deleted, 10 new, migrated by a second run."""
    events = plain_calendar(200)
    source, target = exchange("--load", f"{ANNA}={ics_file(calendar(events))}"), fake()
    program = caravan(source, target, [ANNA])
    first = program.migrate()
    assert first.exit == 0, str(first)
    before = target.resources("anna")
    for event in events[:20]:
        source.put_item(ANNA, event.uid, calendar([event.with_(summary="Changed")]))
    for event in events[100:115]:
        source.delete_item(ANNA, event.uid)
    for event in plain_calendar(10, "new"):
        source.put_item(ANNA, event.uid, calendar([event]))
    second = program.migrate()
    assert second.writes() == {"created": 10, "updated": 20, "deleted": 15}, str(second)
    return source, target, program, before, first["run"], second["run"]


def test_a_rollback_leaves_the_store_as_it_was(two_runs):
    _, target, program, before, _, second = two_runs
    outcome = program.run("rollback", second)
    assert (outcome.exit, outcome["restored"], outcome["removed"], outcome["kept"]) == (0, 35, 10, []), str(outcome)
    assert meaning(target.resources("anna")) == meaning(before)


def test_what_somebody_changed_since_is_kept_and_listed(two_runs):
    _, target, program, before, _, second = two_runs
    stored = by_uid(target.resources("anna"))
    names = {uid: name for name, text in target.resources("anna").items() for uid in stored if f"UID:{uid}" in text}
    changed, new = plain_calendar(1)[0].uid, plain_calendar(1, "new")[0].uid
    for uid in (changed, new):
        target.put("anna", "exchange", names[uid], stored[uid].replace("SUMMARY:", "SUMMARY:Mine "))
    outcome = program.run("rollback", second)
    assert {row["uid"] for row in outcome["kept"]} == {changed, new}, str(outcome)
    assert all(row["why"] and row["href"] for row in outcome["kept"])
    after = by_uid(target.resources("anna"))
    assert values(after[changed], "SUMMARY") == ["Mine Changed"]
    assert len(after) == len(before) + 1


def test_a_rollback_works_without_exchange(two_runs, start):
    source, target, program, before, _, second = two_runs
    start.end(source)
    assert program.run("rollback", second).exit == 0
    assert meaning(target.resources("anna")) == meaning(before)


def test_a_rollback_of_the_first_run_removes_the_collections_that_it_made(two_runs):
    _, target, program, _, first, second = two_runs
    assert program.run("rollback", second).exit == 0
    outcome = program.run("rollback", first)
    assert (outcome.exit, outcome["removed"], outcome["collections_removed"]) == (0, 200, 1), str(outcome)
    answer = target.session.request("PROPFIND", f"{target.base}/anna/exchange/", headers={"Depth": "0"}, timeout=30)
    assert answer.status_code == 404


def test_a_collection_that_holds_something_else_is_not_removed(two_runs):
    _, target, program, _, first, second = two_runs
    target.put("anna", "exchange", "own.ics", calendar([plain_calendar(1, "own")[0]]))
    program.run("rollback", second)
    assert program.run("rollback", first)["collections_removed"] == 0
    assert list(target.resources("anna")) == ["own.ics"]


def test_a_rollback_interrupted_by_an_error_goes_on_when_repeated(two_runs):
    _, target, program, before, _, second = two_runs
    target.fault(kind="status", status=403, method="PUT", count=3, skip=5)
    program.run("rollback", second)
    program.run("rollback", second)
    assert meaning(target.resources("anna")) == meaning(before)


def test_runs_lists_what_can_be_rolled_back(two_runs):
    _, _, program, _, first, second = two_runs
    listed = {row["id"]: row for row in program.run("runs")["runs"]}
    assert {first, second} <= set(listed)
    assert {listed[first]["kind"], listed[first]["state"]} == {"migrate", "done"}
