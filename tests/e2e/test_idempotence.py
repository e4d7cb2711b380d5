# SPDX-License-Identifier: GPL-3.0-or-later
"""Idempotence (guarantees 2, 14): a second run over 5,000 unchanged events writes nothing and costs no more than two
requests per calendar pair. Both servers count. Requests that a run makes at its start are at most 5 a server
(decisions.md 8)."""

from support.events import calendar, plain_calendar
from support.exchange import generated
from support.reading import uids

START_UP = 5
ANNA = "anna@example.com"


def test_a_second_run_over_5000_unchanged_events_writes_nothing(exchange, fake, caravan):
    source, target = exchange("--generate", "1:5000"), fake()
    program = caravan(source, target, generated(1))
    first = program.migrate()
    assert (first.exit, first.totals["created"]) == (0, 5000), str(first)
    assert len(target.hrefs("user0001")) == 5000
    source.reset_requests(), target.reset_requests()
    second = program.migrate()
    assert second.exit == 0, str(second)
    assert second.writes() == {"created": 0, "updated": 0, "deleted": 0}
    assert target.writes() == 0, target.requests()
    assert source.total() + target.requests()["total"] <= 2 + 2 * START_UP, (source.requests(), target.requests())


def test_a_run_without_changes_costs_at_most_2_requests_per_pair(exchange, fake, caravan):
    pairs = 40
    source, target = exchange("--generate", f"{pairs}:5"), fake()
    program = caravan(source, target, generated(pairs))
    assert program.migrate().exit == 0
    source.reset_requests(), target.reset_requests()
    second = program.migrate()
    assert second.exit == 0, str(second)
    assert source.total() <= pairs + START_UP, source.requests()
    assert target.requests()["total"] <= pairs + START_UP, target.requests()


def test_requests_in_the_document_are_those_that_the_servers_counted(exchange, fake, caravan):
    source, target = exchange("--generate", "3:40"), fake()
    outcome = caravan(source, target, generated(3)).migrate()
    assert outcome.exit == 0, str(outcome)
    assert outcome.totals["requests"]["exchange"]["total"] == source.total()
    assert outcome.totals["requests"]["caldav"]["total"] == target.requests()["total"]


def test_a_server_that_rewrites_everything_causes_no_further_writes(exchange, fake, caravan):
    source, target = exchange("--generate", "1:200"), fake("--nasty", "rewrite", "--nasty", "no-etag")
    program = caravan(source, target, generated(1))
    assert program.migrate().exit == 0
    for _ in range(3):
        target.reset_requests()
        assert program.migrate().exit == 0
        assert target.writes() == 0, target.requests()


def test_new_versions_without_new_content_cause_no_writes(exchange, fake, caravan):
    source, target = exchange("--generate", "1:200"), fake()
    program = caravan(source, target, generated(1))
    assert program.migrate().exit == 0
    target.nasty("churn", "/user0001/exchange/")
    target.nasty("forget_tokens", "/user0001/exchange/")
    source.fault(kind="invalid_sync_state", operation="SyncFolderItems")
    target.reset_requests()
    assert program.migrate().exit == 0
    assert target.writes() == 0, target.requests()


def test_events_that_are_there_under_their_uid_are_linked_and_not_written(exchange, fake, caravan, ics_file):
    events = plain_calendar(100)
    source, target = exchange("--load", f"{ANNA}={ics_file(calendar(events))}"), fake()
    target.make_calendar("anna", "exchange")
    for number, event in enumerate(events):
        target.put("anna", "exchange", f"other-{number}.ics", calendar([event]))
    target.reset_requests()
    outcome = caravan(source, target, [ANNA]).migrate()
    assert (outcome.exit, outcome.totals["linked"]) == (0, 100), str(outcome)
    assert (target.count("PUT"), target.count("DELETE")) == (0, 0)
    assert set(uids(target.resources("anna")).values()) == {1}
