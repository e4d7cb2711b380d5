# SPDX-License-Identifier: GPL-3.0-or-later
"""Silence (guarantees 17 to 19): into a real SOGo with mail switched on and a catch-all SMTP server, 100 future
meetings with outside guests are created, changed and deleted by runs of `migrate`: no mail there, none in the simulator."""

from datetime import datetime, timedelta

import pytest

from support import sogo
from support.events import Event, calendar
from support.reading import uid_of, unfold

ALICE, BOB = "alice@example.org", "bob@example.org"
pytestmark = pytest.mark.skipif(bool(sogo.missing()), reason=f"SOGo cannot run here: {sogo.missing()}")


def people(organizer, guests, answer="NEEDS-ACTION"):
    """Lines of a meeting; `answer` is Alice's."""
    def line(guest):
        said = answer if guest == ALICE else "NEEDS-ACTION"
        return f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={said};RSVP=TRUE:mailto:{guest}"
    return (f"ORGANIZER:mailto:{organizer}", *(line(guest) for guest in guests))


def meeting(number, organizer=ALICE, guests=("guest@outside.test",), **changes):
    start = datetime.now().replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=30 + number)
    event = Event(uid=f"meeting-{number:03d}-{organizer}", summary=f"Meeting {number}", start=start,
                  lines=people(organizer, guests))
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
    for event in meetings:
        guests = ("guest@outside.test", "third@outside.test")
        source.put_item(ALICE, event.uid, calendar([event.with_(lines=(*people(ALICE, guests), "LOCATION:There"))]))
    for number, event in enumerate(invited):
        lines = people("boss@outside.test", (ALICE, "guest@outside.test"), ("ACCEPTED", "TENTATIVE", "DECLINED")[number % 3])
        source.put_item(ALICE, event.uid, calendar([event.with_(lines=(*lines, *(["STATUS:CANCELLED"] if number % 4 == 0 else [])))]))
    assert migrate_and_approve(program).totals["updated"] == 100
    assert server.mail.told == []
    for event in everything:
        source.delete_item(ALICE, event.uid)
    assert migrate_and_approve(program).totals["deleted"] == 100
    assert server.resources("alice") == {}
    assert server.mail.told == []
    assert source.mails() == []
    plain_put(server)
    assert len(server.mail.mails) == 1, "the mail path of this SOGo is broken, so that silence proves nothing"


def occurrence(event, weeks):
    return f"{event.start + timedelta(weeks=weeks):%Y%m%dT%H%M%S}"


def steps(organizer, guests):
    """What happens to a meeting, one thing after the other."""
    yield "time", lambda event: event.with_(start=event.start + timedelta(hours=3))
    yield "title and place", lambda event: event.with_(summary="Changed", lines=(*event.lines, "LOCATION:There"))
    yield "guest added", lambda event: event.with_(lines=people(organizer, (*guests, "third@outside.test")))
    yield "guest removed", lambda event: event.with_(lines=people(organizer, guests))
    for answer in ("ACCEPTED", "TENTATIVE", "DECLINED", "ACCEPTED"):
        yield answer, lambda event, answer=answer: event.with_(lines=people(organizer, guests, answer))
    yield "occurrence changed", lambda event: event.with_(exception="Other") if event.rule else event
    yield "occurrence as before", lambda event: event.with_(exception="")
    yield "occurrence deleted", lambda event: event.with_(
        lines=(*event.lines, f"EXDATE;TZID=Europe/Berlin:{occurrence(event, 1)}")) if event.rule else event
    yield "cancelled", lambda event: event.with_(lines=(*event.lines, "STATUS:CANCELLED"))
    yield "not cancelled", lambda event: event.with_(
        lines=tuple(line for line in event.lines if not line.startswith("STATUS")))
    yield "nobody invited", lambda event: event.with_(lines=())
    yield "everybody invited again", lambda event: event.with_(lines=people(organizer, guests, "TENTATIVE"))


@pytest.mark.parametrize("organizer,guests", [
    (ALICE, ("guest@outside.test",)), (ALICE, ("guest@outside.test", BOB)), ("boss@outside.test", (ALICE, "guest@outside.test")),
    ("boss@outside.test", ("guest@outside.test",)), (BOB, (ALICE, "guest@outside.test"))])
def test_whatever_happens_to_a_meeting_it_sends_no_mail(organizer, guests, exchange, caravan, ics_file, server):
    meetings = {number: meeting(number, organizer, guests, rule="FREQ=WEEKLY;COUNT=6" if number % 2 else "") for number in range(6)}
    source = exchange("--load", f"{ALICE}={ics_file(calendar(meetings.values()))}")
    program = caravan(source, server, [ALICE])
    assert migrate_and_approve(program).totals["created"] == len(meetings)
    assert server.mail.told == [], "created"
    for what, change in steps(organizer, guests):
        for number, event in meetings.items():
            changed = change(event)
            if changed == event:
                continue
            meetings[number] = changed
            source.put_item(ALICE, event.uid, calendar([changed]))
        outcome = migrate_and_approve(program)
        assert outcome.totals["parked"] == 0, what
        assert server.mail.told == [], what
        held = server.resources("alice").values()
        assert {uid_of(text) for text in held} == {event.uid for event in meetings.values()}, what
        assert not any("X-CARAVAN-WAS" in text for text in held), what
        if what in ("TENTATIVE", "DECLINED") and organizer != ALICE and ALICE in guests:
            assert all(f"PARTSTAT={what}" in unfold(text) for text in held), what
    assert migrate_and_approve(program).writes() == {"created": 0, "updated": 0, "deleted": 0}
    for event in meetings.values():
        source.delete_item(ALICE, event.uid)
    assert migrate_and_approve(program).totals["deleted"] == len(meetings)
    assert server.resources("alice") == {}
    assert server.mail.told == []
    assert source.mails() == []


def test_a_rollback_and_a_clean_send_no_mail(exchange, caravan, ics_file, server):
    meetings = [meeting(number, "boss@outside.test", (ALICE, "guest@outside.test")) for number in range(5)]
    source = exchange("--load", f"{ALICE}={ics_file(calendar(meetings))}")
    program = caravan(source, server, [ALICE])
    run = migrate_and_approve(program)
    for event in meetings:
        source.put_item(ALICE, event.uid, calendar([event.with_(lines=people("boss@outside.test", (ALICE,), "DECLINED"))]))
    changed = migrate_and_approve(program)
    assert changed.totals["updated"] == 5
    assert program.run("rollback", changed["run"]).exit == 0
    assert server.mail.told == [], "an update taken back"
    assert program.run("rollback", run["run"]).exit == 0
    assert server.resources("alice") == {}
    assert server.mail.told == [], "what was created taken back"


def test_a_meeting_with_an_attached_file_sends_no_mail(exchange, caravan, ics_file, server):
    attached = "ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=text/plain;X-FILENAME=a.txt:" + "QUJD" * 400
    event = meeting(1, guests=("guest@outside.test",))
    event = event.with_(lines=(*event.lines, attached))
    source = exchange("--load", f"{ALICE}={ics_file(calendar([event]))}")
    program = caravan(source, server, [ALICE])
    assert migrate_and_approve(program).totals["created"] == 1
    source.put_item(ALICE, event.uid, calendar([event.with_(summary="Changed", lines=(*event.lines, attached.replace("QUJD", "QUJE").replace("a.txt", "b.txt")))]))
    assert migrate_and_approve(program).totals["updated"] == 1
    source.delete_item(ALICE, event.uid)
    assert migrate_and_approve(program).totals["deleted"] == 1
    assert server.mail.told == []


@pytest.mark.parametrize("order", [(ALICE, BOB), (BOB, ALICE)])
def test_a_meeting_of_two_migrated_mailboxes_is_in_each_calendar_once_and_silent(order, exchange, caravan, folder, server):
    meetings = [meeting(number, ALICE, (BOB, "guest@outside.test")) for number in range(20)]
    path = folder / "meetings.ics"
    path.write_text(calendar(meetings), newline="")
    source = exchange("--load", f"{ALICE}={path}", "--load", f"{BOB}={path}")
    program = caravan(source, server, list(order))
    assert migrate_and_approve(program).totals["parked"] == 0
    assert migrate_and_approve(program).writes() == {"created": 0, "updated": 0, "deleted": 0}
    for person in ("alice", "bob"):
        held = [uid_of(text) for name in ("exchange", "personal") for text in server.resources(person, name).values()]
        assert sorted(held) == sorted(event.uid for event in meetings), person
    assert server.mail.told == []
    assert source.mails() == []
