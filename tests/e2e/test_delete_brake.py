# SPDX-License-Identifier: GPL-3.0-or-later
"""Delete brake (guarantee 8): Exchange lists 0 of 400, or half of them: nothing is deleted, the run ends with 4, and
`approve` releases exactly that plan."""

import pytest

from support.exchange import generated

ADDRESS = generated(1)[0]


@pytest.fixture
def migrated(exchange, fake, caravan):
    source, target = exchange("--generate", "2:400"), fake()
    program = caravan(source, target, generated(2))
    assert program.migrate().exit == 0
    target.reset_requests()
    return source, target, program


@pytest.mark.parametrize("invalidate_state", [False, True], ids=["by_notice_of_deletion", "by_absence_from_a_new_listing"])
@pytest.mark.parametrize(("fraction", "gone"), [(1.0, 400), (0.5, 200)], ids=["none_of_400", "half_of_400"])
def test_a_folder_that_lost_many_events_deletes_nothing(migrated, fraction, gone, invalidate_state):
    source, target, program = migrated
    source.hide(ADDRESS, fraction, invalidate_state)
    outcome = program.migrate()
    assert outcome.exit == 4, str(outcome)
    assert target.count("DELETE") == 0
    assert [(plan["mailbox"], plan["deletes"], plan["total"]) for plan in outcome["plans"]] == [(ADDRESS, gone, 400)]
    states = {mailbox["address"]: mailbox["state"] for mailbox in outcome["mailboxes"]}
    assert states == {ADDRESS: "stopped", generated(2)[1]: "done"}
    assert len(target.hrefs("user0001")) == 400


def test_approve_releases_the_plan(migrated):
    source, target, program = migrated
    source.hide(ADDRESS)
    plan = program.migrate()["plans"][0]["hash"]
    approved = program.run("approve", plan)
    assert (approved.exit, approved["deletes"]) == (0, 400), str(approved)
    outcome = program.migrate()
    assert (outcome.exit, outcome.totals["deleted"]) == (0, 400), str(outcome)
    assert target.hrefs("user0001") == []


def test_an_approval_does_not_release_more_than_its_plan(migrated):
    source, target, program = migrated
    source.hide(ADDRESS, 0.5)
    assert program.run("approve", program.migrate()["plans"][0]["hash"]).exit == 0
    source.unhide(ADDRESS)
    source.hide(ADDRESS, 1.0)
    outcome = program.migrate()
    assert (outcome.exit, target.count("DELETE")) == (4, 0), str(outcome)


def test_events_that_come_back_release_the_brake_by_themselves(migrated):
    source, target, program = migrated
    source.hide(ADDRESS)
    assert program.migrate().exit == 4
    source.unhide(ADDRESS)
    outcome = program.migrate()
    assert (outcome.exit, target.count("DELETE")) == (0, 0), str(outcome)
    assert len(target.hrefs("user0001")) == 400


def test_the_brake_counts_over_several_runs(migrated):
    source, target, program = migrated
    exits = []
    for number in range(6):
        for item in source.items(ADDRESS)[:20]:
            source.delete_item(ADDRESS, item["uid"])
        exits.append(program.migrate().exit)
    assert 4 in exits, exits
    assert target.count("DELETE") <= 80


def test_all_of_three_events_are_not_deleted_silently(exchange, fake, caravan):
    source, target = exchange("--generate", "1:3"), fake()
    program = caravan(source, target, generated(1))
    program.migrate()
    source.hide(ADDRESS)
    outcome = program.migrate()
    assert (outcome.exit, target.count("DELETE")) == (4, 0), str(outcome)
