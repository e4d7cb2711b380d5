# SPDX-License-Identifier: GPL-3.0-or-later
"""Rebuild (guarantee 7): the store deleted, `rebuild` writes nothing to unchanged events, and the next run doubles
nothing."""

import pytest

from support.events import calendar, plain_calendar
from support.exchange import generated
from support.reading import by_uid, uids, values

ANNA = "anna@example.com"


def test_a_lost_store_is_rebuilt_without_a_write(exchange, fake, caravan):
    source, target = exchange("--generate", "2:500"), fake()
    program = caravan(source, target, generated(2))
    assert program.migrate().exit == 0
    program.remove_store()
    target.reset_requests()
    rebuilt = program.rebuild()
    assert (rebuilt.exit, rebuilt.totals["linked"], target.writes()) == (0, 1000, 0), str(rebuilt)
    outcome = program.migrate()
    assert (outcome.exit, target.writes()) == (0, 0), str(outcome)
    assert set(uids(target.resources("user0001")).values()) == {1}


def test_without_rebuild_the_next_run_doubles_nothing_either(exchange, fake, caravan):
    source, target = exchange("--generate", "1:500"), fake()
    program = caravan(source, target, generated(1))
    program.migrate()
    program.remove_store()
    target.reset_requests()
    outcome = program.migrate()
    assert (outcome.exit, outcome.totals["created"], target.count("PUT")) == (0, 0, 0), str(outcome)
    assert len(target.hrefs("user0001")) == 500


def test_a_rebuild_on_radicale_writes_nothing(exchange, radicale, caravan):
    source = exchange("--generate", "1:300")
    program = caravan(source, radicale, generated(1))
    assert program.migrate().exit == 0
    before = radicale.resources("user0001")
    program.remove_store()
    assert program.rebuild().exit == 0
    assert program.migrate().writes() == {"created": 0, "updated": 0, "deleted": 0}
    assert radicale.resources("user0001") == before


@pytest.fixture
def diverged(exchange, fake, caravan, ics_file):
    """100 events, one of them changed by a person on CalDAV, and the store lost."""
    events = plain_calendar(100)
    source, target = exchange("--load", f"{ANNA}={ics_file(calendar(events))}"), fake()
    program = caravan(source, target, [ANNA])
    assert program.migrate().exit == 0
    name, text = next((name, text) for name, text in target.resources("anna").items() if events[7].uid in text)
    target.put("anna", "exchange", name, text.replace("SUMMARY:Event 7", "SUMMARY:Edited here"))
    program.remove_store()
    target.reset_requests()
    return source, target, program, events[7]


def test_a_rebuild_keeps_what_a_person_changed_and_says_so(diverged):
    _, target, program, event = diverged
    rebuilt = program.rebuild()
    assert (rebuilt.exit, rebuilt.totals["conflicts"], target.writes()) == (0, 1, 0), str(rebuilt)
    assert values(by_uid(target.resources("anna"))[event.uid], "SUMMARY") == ["Edited here"]


def test_an_edit_on_exchange_after_a_rebuild_still_arrives(diverged):
    source, target, program, event = diverged
    program.rebuild()
    other = plain_calendar(9)[8].with_(summary="From Exchange")
    source.put_item(ANNA, other.uid, calendar([other]))
    assert program.migrate().writes() == {"created": 0, "updated": 1, "deleted": 0}
    assert values(by_uid(target.resources("anna"))[other.uid], "SUMMARY") == ["From Exchange"]


def test_what_carries_our_mark_can_be_listed_and_removed_without_the_store(exchange, fake, caravan, ics_file):
    source, target = exchange("--generate", "1:50"), fake()
    program = caravan(source, target, generated(1))
    program.migrate()
    target.put("user0001", "exchange", "own.ics", calendar([plain_calendar(1, "own")[0]]))
    program.remove_store()
    listed = program.run("clean", "--marked", program.list)
    assert (listed.exit, len(listed["marked"]), listed["removed"]) == (0, 50, 0), str(listed)
    removed = program.run("clean", "--marked", "--remove", "--yes", program.list)
    assert (removed.exit, removed["removed"]) == (0, 50), str(removed)
    assert list(target.resources("user0001")) == ["own.ics"]
