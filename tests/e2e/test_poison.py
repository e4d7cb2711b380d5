# SPDX-License-Identifier: GPL-3.0-or-later
"""Poison (guarantee 10): one unreadable item in 1,000 leaves 999 migrated and one parked, with its reason and id, and
exit 1; it is never taken for a deletion."""

import pytest

from support.exchange import generated
from support.reading import by_uid, values

ADDRESS = generated(1)[0]


@pytest.fixture
def thousand(exchange, fake, caravan):
    source, target = exchange("--generate", "1:1000"), fake()
    return source, target, caravan(source, target, generated(1))


@pytest.mark.parametrize("kind", ["malformed", "bad_recurrence"])
def test_one_unreadable_item_is_parked_and_999_are_migrated(thousand, kind):
    source, target, program = thousand
    wanted = "RecurringMaster" if kind == "bad_recurrence" else "Single"
    uid = next(item["uid"] for item in source.items(ADDRESS)[500:] if item["type"] == wanted)
    source.poison(ADDRESS, uid, kind)
    outcome = program.migrate()
    assert outcome.exit == 1, str(outcome)
    assert outcome.counts("created", "parked") == {"created": 999, "parked": 1}
    assert len(target.hrefs("user0001")) == 999
    parked = outcome["parked"]
    assert len(parked) == 1 and parked[0]["id"] and parked[0]["reason"] and parked[0]["mailbox"] == ADDRESS, parked
    assert [row["id"] for row in program.run("parked", "list")["parked"]] == [parked[0]["id"]]


def test_control_characters_are_repaired_and_counted(thousand):
    source, target, program = thousand
    source.poison(ADDRESS, source.items(ADDRESS)[500]["uid"], "control_characters")
    outcome = program.migrate()
    assert (outcome.exit, outcome.totals["created"], outcome.totals["parked"]) == (0, 1000, 0), str(outcome)
    assert outcome["losses"].get("characters_dropped") == 1, outcome["losses"]


def test_an_item_whose_body_cannot_be_read_comes_without_it_and_is_counted(thousand):
    source, target, program = thousand
    source.poison(ADDRESS, source.items(ADDRESS)[500]["uid"], "corrupt")
    outcome = program.migrate()
    assert (outcome.exit, outcome.totals["created"]) == (0, 1000), str(outcome)
    assert outcome["losses"].get("body_unreadable") == 1, outcome["losses"]


def test_a_body_that_becomes_unreadable_does_not_erase_the_stored_one(thousand):
    source, target, program = thousand
    assert program.migrate().exit == 0
    uid = source.items(ADDRESS)[500]["uid"]
    before = by_uid(target.resources("user0001"))[uid]
    assert values(before, "DESCRIPTION") != [""]
    source.poison(ADDRESS, uid, "corrupt")
    program.migrate()
    assert values(by_uid(target.resources("user0001"))[uid], "DESCRIPTION") == values(before, "DESCRIPTION")


def test_an_item_that_becomes_unreadable_keeps_its_copy(thousand):
    source, target, program = thousand
    assert program.migrate().exit == 0
    before = target.resources("user0001")
    source.poison(ADDRESS, source.items(ADDRESS)[500]["uid"], "malformed")
    target.reset_requests()
    outcome = program.migrate()
    assert (outcome.exit, outcome.totals["parked"], target.writes()) == (1, 1, 0), str(outcome)
    assert target.resources("user0001") == before


def test_a_healed_item_is_migrated_by_retry(thousand):
    source, target, program = thousand
    uid = source.items(ADDRESS)[500]["uid"]
    source.poison(ADDRESS, uid, "malformed")
    parked = program.migrate()["parked"][0]["id"]
    source.poison(ADDRESS, uid, "none")
    assert program.run("parked", "retry", parked).exit == 0
    outcome = program.migrate()
    assert outcome.exit == 0, str(outcome)
    assert len(target.hrefs("user0001")) == 1000
    assert program.run("parked", "list")["parked"] == []


def test_an_accepted_item_no_longer_shows_in_the_exit_code(thousand):
    source, target, program = thousand
    source.poison(ADDRESS, source.items(ADDRESS)[500]["uid"], "malformed")
    parked = program.migrate()["parked"][0]["id"]
    assert program.run("parked", "accept", parked).exit == 0
    assert program.migrate().exit == 0
