# SPDX-License-Identifier: GPL-3.0-or-later
"""Silence (issue 2; guarantees 17 to 19): into a real SOGo with mail switched on and a catch-all SMTP server, 100 future
meetings with outside guests are created, changed and deleted by runs of `migrate`: no mail there, none in the simulator."""

from datetime import datetime, timedelta

import pytest

from support import sogo
from support.events import Event, calendar
from support.reading import uid_of

ALICE, BOB = "alice@example.org", "bob@example.org"
pytestmark = pytest.mark.skipif(bool(sogo.missing()), reason=f"SOGo cannot run here: {sogo.missing()}")


def meeting(number, organizer=ALICE, guests=("guest@outside.test",), **changes):
    start = datetime.now().replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=30 + number)
    people = tuple(f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{guest}"
                   for guest in guests)
    event = Event(uid=f"meeting-{number:03d}-{organizer}", summary=f"Meeting {number}", start=start,
                  lines=(f"ORGANIZER:mailto:{organizer}", *people))
    return event.with_(**changes)


@pytest.fixture
def server(start):
    return start(sogo.Sogo, ["alice", "bob"])


def migrate_and_approve(program):
    """A run; where the delete brake holds it, the plan is approved and it runs again."""
    outcome = program.migrate()
    if outcome.exit == 4:
        for plan in outcome["plans"]:
            assert program.run("approve", plan["hash"]).exit == 0
        outcome = program.migrate()
    assert outcome.exit == 0, str(outcome)
    return outcome


def plain_put(server):
    """What would mail: the same kind of meeting, put by an ordinary client."""
    answer = server.request("PUT", "/SOGo/dav/alice/Calendar/personal/plain.ics", data=calendar([meeting(999)]).encode(),
                            headers={"Content-Type": "text/calendar; charset=utf-8"})
    assert answer.status_code == 201, answer.text


def test_meetings_created_changed_and_deleted_by_migrate_send_no_mail(exchange, caravan, ics_file, server):
    meetings = [meeting(number) for number in range(60)]
    invited = [meeting(number, "boss@outside.test", (ALICE, "guest@outside.test")) for number in range(60, 100)]
    everything = meetings + invited
    source = exchange("--load", f"{ALICE}={ics_file(calendar(everything))}")
    program = caravan(source, server, [ALICE])
    assert migrate_and_approve(program).totals["created"] == 100
    assert {uid_of(text) for text in server.resources("alice").values()} == {event.uid for event in everything}
    for event in everything:
        source.put_item(ALICE, event.uid, calendar([event.with_(summary="Changed", start=event.start + timedelta(hours=3))]))
    assert migrate_and_approve(program).totals["updated"] == 100
    for event in everything:
        source.delete_item(ALICE, event.uid)
    assert migrate_and_approve(program).totals["deleted"] == 100
    assert server.resources("alice") == {}
    assert server.mail.told == []
    assert source.mails() == []
    plain_put(server)
    assert len(server.mail.mails) == 1, "the mail path of this SOGo is broken, so that silence proves nothing"


def test_a_meeting_of_two_migrated_mailboxes_is_in_each_calendar_once_and_silent(exchange, caravan, folder, server):
    meetings = [meeting(number, ALICE, (BOB, "guest@outside.test")) for number in range(20)]
    path = folder / "meetings.ics"
    path.write_text(calendar(meetings), newline="")
    source = exchange("--load", f"{ALICE}={path}", "--load", f"{BOB}={path}")
    program = caravan(source, server, [ALICE, BOB])
    assert migrate_and_approve(program).totals["parked"] == 0
    assert migrate_and_approve(program).writes() == {"created": 0, "updated": 0, "deleted": 0}
    for person in ("alice", "bob"):
        held = [uid_of(text) for name in ("exchange", "personal") for text in server.resources(person, name).values()]
        assert sorted(held) == sorted(event.uid for event in meetings), person
    assert server.mail.told == []
    assert source.mails() == []
