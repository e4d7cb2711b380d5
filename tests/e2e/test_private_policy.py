# SPDX-License-Identifier: GPL-3.0-or-later
"""caldav.private (decisions.md 4; guarantee 38): private and confidential events are kept, shown as busy time only, or left
out; and CLASS comes from Exchange always."""

import pytest

from support.events import calendar, plain_calendar
from support.reading import by_uid, values

ANNA = "anna@example.com"
LINES = ("LOCATION:Clinic 7", "DESCRIPTION:Diagnosis", "CATEGORIES:Health", "ORGANIZER:mailto:anna@example.com",
         "ATTENDEE;PARTSTAT=ACCEPTED:mailto:doctor@outside.test")


def events():
    made = plain_calendar(4, "class")
    return [made[0].with_(summary="Open", lines=("CLASS:PUBLIC",)),
            made[1].with_(summary="Secret one", lines=("CLASS:PRIVATE", *LINES)),
            made[2].with_(summary="Secret two", lines=("CLASS:CONFIDENTIAL", *LINES)),
            made[3].with_(summary="Secret three", lines=("CLASS:PRIVATE", *LINES), exception="Secret exception")]


@pytest.fixture
def migrated(exchange, fake, caravan, ics_file):
    def run(policy):
        source, target = exchange("--load", f"{ANNA}={ics_file(calendar(events()))}"), fake()
        program = caravan(source, target, [ANNA], {"caldav": {"private": policy}} if policy else None)
        outcome = program.migrate()
        assert outcome.exit == 0, str(outcome)
        return by_uid(target.resources("anna")), program
    return run


@pytest.mark.parametrize("policy", [None, "keep"])
def test_kept_events_keep_their_class_and_text(migrated, policy):
    stored, _ = migrated(policy)
    classes = {uid.split("@")[0]: values(text, "CLASS") for uid, text in stored.items()}
    assert classes["class-00001"] == ["PRIVATE"] and classes["class-00002"] == ["CONFIDENTIAL"]
    assert set(classes["class-00003"]) == {"PRIVATE"}
    assert values(stored["class-00001@example.org"], "SUMMARY") == ["Secret one"]


def test_busy_shows_times_and_nothing_else(migrated):
    stored, _ = migrated("busy")
    assert len(stored) == 4
    for uid in ("class-00001@example.org", "class-00002@example.org", "class-00003@example.org"):
        text = stored[uid]
        for word in ("Secret", "Clinic", "Diagnosis", "Health", "doctor"):
            assert word not in text, (uid, word)
        assert values(text, "DTSTART") and values(text, "CLASS")
    assert len(values(stored["class-00003@example.org"], "RECURRENCE-ID")) == 1
    assert values(stored["class-00000@example.org"], "SUMMARY") == ["Open"]


def test_omitted_events_do_not_leave_exchange(migrated):
    stored, _ = migrated("omit")
    assert list(stored) == ["class-00000@example.org"]


@pytest.mark.parametrize("policy", ["keep", "busy", "omit"])
def test_a_policy_is_no_difference_for_verify_and_no_change_for_the_next_run(migrated, policy):
    _, program = migrated(policy)
    assert program.migrate().writes() == {"created": 0, "updated": 0, "deleted": 0}
    outcome = program.verify()
    assert (outcome.exit, outcome["differences"]) == (0, []), str(outcome)
