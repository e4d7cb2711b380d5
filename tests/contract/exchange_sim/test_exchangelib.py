# SPDX-License-Identifier: GPL-3.0-or-later
"""An independent EWS client, python3-exchangelib, reads every kind of event and writes some."""
import datetime
import threading

import pytest
from lxml import etree

import ews
from conftest import NS
from listener import Listener

exchangelib = pytest.importorskip("exchangelib")

from exchangelib import (BASIC, DELEGATE, IMPERSONATION, NTLM, Account, Build, CalendarItem, Configuration,  # noqa: E402
                         Credentials, EWSDate, EWSDateTime, EWSTimeZone, FileAttachment, HTMLBody, UTC, Version)
from exchangelib.errors import ErrorIrresolvableConflict, UnauthorizedError  # noqa: E402
from exchangelib.extended_properties import ExtendedProperty  # noqa: E402
from exchangelib.items import MeetingCancellation, MeetingRequest, MeetingResponse  # noqa: E402
from exchangelib.properties import CreatedEvent, DeletedEvent  # noqa: E402
from exchangelib.protocol import BaseProtocol  # noqa: E402
from exchangelib.recurrence import DailyPattern, Recurrence, WeeklyPattern  # noqa: E402
from exchangelib.services import SendNotification  # noqa: E402

BERLIN = EWSTimeZone("Europe/Berlin")


def account(simulator, address, user="svc", password="svcpw", auth=BASIC, access=IMPERSONATION):
    BaseProtocol.SESSION_POOLSIZE = 1
    config = Configuration(service_endpoint=f"http://127.0.0.1:{simulator.port}/EWS/Exchange.asmx",
                           credentials=Credentials(user, password), auth_type=auth,
                           version=Version(Build(15, 1, 2507, 39), api_version="Exchange2016"))
    return Account(primary_smtp_address=address, config=config, autodiscover=False, access_type=access,
                   default_timezone=BERLIN)


@pytest.fixture(scope="module")
def anna(simulator):
    return account(simulator, "anna@example.com")


@pytest.fixture(scope="module")
def events(anna):
    return {item.uid: item for item in anna.calendar.all() if isinstance(item, CalendarItem)}


def test_a_single_event_is_read_with_its_texts(events):
    item = events["single@example.com"]
    assert (item.subject, item.location, item.text_body) == ("Frühstück ☕", "Küche", "Brot, Käse")
    assert item.start == EWSDateTime(2026, 3, 5, 8, 0, tzinfo=UTC)
    assert (item.sensitivity, item.importance, item.categories) == ("Private", "High", ["Privat", "Essen"])
    assert (item.reminder_is_set, item.reminder_minutes_before_start, item.type) == (True, 30, "Single")
    assert item._start_timezone.key == "Europe/Berlin"


def test_an_all_day_event_has_dates(events):
    item = events["allday@example.com"]
    assert (item.is_all_day, item.start, item.end) == (True, EWSDate(2026, 4, 1), EWSDate(2026, 4, 2))
    assert item.legacy_free_busy_status == "Free"


def test_a_weekly_series_has_exceptions_and_deletions(anna, events):
    item = events["weekly@example.com"]
    assert item.type == "RecurringMaster"
    assert item.recurrence.pattern.weekdays == [1] and item.recurrence.boundary.number == 10
    assert [gone.start for gone in item.deleted_occurrences] == [EWSDateTime(2026, 3, 16, 9, 0, tzinfo=UTC)]
    changed = item.modified_occurrences[0]
    assert changed.original_start == EWSDateTime(2026, 3, 30, 8, 0, tzinfo=UTC)
    exception = anna.calendar.get(id=changed.id, changekey=changed.changekey)
    assert (exception.type, exception.subject) == ("Exception", "Runde verschoben")
    assert exception.attachments[0].content == b"ein Plan"


@pytest.mark.parametrize("uid, pattern", [
    ("monthly@example.com", "Tuesday in the Second week of every 1 month"),
    ("lastday@example.com", "Day in the Last week of every 1 month"),
    ("yearly@example.com", "day 4 of July"),
    ("everysecondyear@example.com", "day 4 of every 24 month"),
    ("workdays@example.com", "Monday, Tuesday, Wednesday, Thursday, Friday"),
])
def test_rules_arrive_as_exchange_patterns(events, uid, pattern):
    rule = events[uid].recurrence.pattern
    words = str(rule).lower()
    assert all(word.lower().strip(",") in words for word in pattern.split() if word[0].isupper() or word.isdigit()), str(rule)


def test_an_until_becomes_the_last_day_in_the_series_zone(events):
    assert str(events["monthly@example.com"].recurrence.boundary.end)[:10] == "2026-12-31"


def test_a_meeting_of_the_organizer(events):
    item = events["organizer@example.com"]
    assert (item.is_meeting, item.my_response_type, item.appointment_state, item.appointment_sequence_number) == (
        True, "Organizer", ("Meeting",), 3)
    assert [(a.mailbox.email_address, a.response_type) for a in item.required_attendees] == [("ben@example.com", "Accept")]
    assert [a.response_type for a in item.optional_attendees] == ["Decline"]
    assert item.resources[0].mailbox.email_address == "room@example.com"


def test_a_cancelled_meeting_of_an_attendee(events):
    item = events["040000008200E00074C5B7101A82E00800000000E040C9C12685C4010000000000000000100000000BF0ED4B6E4EE94E9E39E3867B378EF3"]
    assert (item.organizer.email_address, item.my_response_type) == ("ben@example.com", "Tentative")
    assert (item.is_cancelled, item.appointment_state) == (True, ("Meeting", "Received", "Canceled"))


def test_html_and_attachments(events):
    item = events["html@example.com"]
    assert isinstance(item.body, HTMLBody) and "<b>world</b>" in item.body
    assert item.text_body == "Hello world"
    assert item.legacy_free_busy_status == "OOF"
    logo = [a for a in item.attachments if isinstance(a, FileAttachment)][0]
    assert (logo.is_inline, logo.content_id, logo.content) == (True, "logo@x", b"\x89PNG")
    assert item.has_attachments is True


def test_an_orphan_occurrence_is_a_single(events):
    item = events["orphan@example.com"]
    assert (item.type, item.recurrence_id) == ("Single", EWSDateTime(2026, 3, 17, 9, 0, tzinfo=UTC))


def test_a_view_expands_series(anna):
    found = list(anna.calendar.view(start=EWSDateTime(2026, 3, 2, tzinfo=BERLIN), end=EWSDateTime(2026, 4, 14, tzinfo=BERLIN))
                 .only("subject", "start", "type", "uid"))
    weekly = [(item.type, item.start.astimezone(BERLIN).isoformat()[:16]) for item in found if item.uid == "weekly@example.com"]
    assert weekly == [("Occurrence", "2026-03-02T10:00"), ("Occurrence", "2026-03-09T10:00"),
                      ("Occurrence", "2026-03-23T10:00"), ("Exception", "2026-03-31T14:00"),
                      ("Occurrence", "2026-04-06T10:00"), ("Occurrence", "2026-04-13T10:00")]


def test_synchronisation_by_exchangelib(simulator):
    changes = list(account(simulator, "user0001@example.com").calendar.sync_items())
    assert len(changes) == 200 and {kind for kind, _ in changes} == {"create"}


def test_a_single_event_is_created_changed_and_deleted(simulator):
    ben = account(simulator, "ben@example.com")
    item = CalendarItem(account=ben, folder=ben.calendar, subject="Neu", body=HTMLBody("<p>x</p>"), categories=["A"],
                        start=EWSDateTime(2026, 5, 4, 9, tzinfo=BERLIN), end=EWSDateTime(2026, 5, 4, 10, tzinfo=BERLIN))
    item.save(send_meeting_invitations="SendToNone")
    first_key = item.changekey
    item.subject = "Geändert"
    item.save(update_fields=["subject"], conflict_resolution="NeverOverwrite", send_meeting_invitations="SendToNone")
    assert item.changekey != first_key
    again = ben.calendar.get(id=item.id)
    assert (again.subject, again.body, again.categories) == ("Geändert", "<p>x</p>", ["A"])
    item.changekey = first_key
    item.subject = "Zu spät"
    with pytest.raises(ErrorIrresolvableConflict):
        item.save(update_fields=["subject"], conflict_resolution="NeverOverwrite", send_meeting_invitations="SendToNone")
    again.delete(send_meeting_cancellations="SendToNone")
    assert not ben.calendar.filter(subject="Geändert").exists()


def test_a_series_is_created_and_one_occurrence_changed_and_another_deleted(simulator):
    ben = account(simulator, "ben@example.com")
    start = EWSDateTime(2026, 6, 1, 9, tzinfo=BERLIN)
    master = CalendarItem(account=ben, folder=ben.calendar, subject="Serie", start=start, end=start + datetime.timedelta(hours=1),
                          recurrence=Recurrence(pattern=DailyPattern(interval=1), start=start.date(), number=5)).save()
    second = master.occurrence(2)
    second.refresh()
    second.subject = "Ausnahme"
    second.save(update_fields=["subject"])
    third = master.occurrence(3)
    third.refresh()
    third.delete()
    master = ben.calendar.get(id=master.id)
    assert len(master.modified_occurrences) == 1
    assert [gone.start for gone in master.deleted_occurrences] == [EWSDateTime(2026, 6, 3, 7, tzinfo=UTC)]
    assert ben.calendar.get(id=master.modified_occurrences[0].id).subject == "Ausnahme"
    master.recurrence = Recurrence(pattern=WeeklyPattern(interval=1, weekdays=["Monday"]), start=start.date(), number=3)
    master.save(update_fields=["recurrence"])
    master = ben.calendar.get(id=master.id)
    assert not master.modified_occurrences and not master.deleted_occurrences
    master.delete()


class Mark(ExtendedProperty):
    property_set_id = "11111111-2222-3333-4444-555555555555"
    property_name = "Mark"
    property_type = "String"


class Zone(ExtendedProperty):
    distinguished_property_set_id = "PublicStrings"
    property_name = "IanaZone"
    property_type = "String"


@pytest.fixture()
def marks():
    for name, kind in (("mark", Mark), ("iana_zone", Zone)):
        CalendarItem.register(name, kind)
    yield
    for name in ("mark", "iana_zone"):
        CalendarItem.deregister(name)


def test_extended_properties_are_written_searched_and_removed(simulator, marks):
    ben = account(simulator, "ben@example.com")
    start = EWSDateTime(2026, 7, 1, 9, tzinfo=BERLIN)
    item = CalendarItem(account=ben, folder=ben.calendar, subject="Marked", start=start, end=start, mark="m-1",
                        iana_zone="Europe/Berlin", reminder_is_set=False, location="A", importance="Low",
                        sensitivity="Confidential", legacy_free_busy_status="OOF").save()
    found = ben.calendar.get(mark="m-1")
    assert (found.id, found.iana_zone, found.reminder_is_set, found.sensitivity) == (item.id, "Europe/Berlin", False, "Confidential")
    found.mark = None
    found.save(update_fields=["mark"])
    assert not ben.calendar.filter(mark="m-1").exists()
    found.delete()


def test_attachments_are_added_and_taken_away(simulator):
    ben = account(simulator, "ben@example.com")
    start = EWSDateTime(2026, 7, 2, 9, tzinfo=BERLIN)
    item = CalendarItem(account=ben, folder=ben.calendar, subject="Files", start=start, end=start).save()
    keys = {item.changekey}
    item.attach(FileAttachment(name="a.txt", content=b"one"))
    keys.add(item.changekey)
    again = ben.calendar.get(id=item.id)
    assert [one.content for one in again.attachments] == [b"one"] and again.changekey == item.changekey
    again.detach(again.attachments[0])
    left = ben.calendar.get(id=item.id)
    assert not left.attachments and left.changekey not in keys and len(keys) == 2
    left.delete()


@pytest.mark.parametrize("how, folder", [("soft_delete", None), ("move_to_trash", "trash"), ("delete", None)])
def test_items_are_deleted_in_every_way(simulator, how, folder):
    ben = account(simulator, "ben@example.com")
    start = EWSDateTime(2026, 7, 3, 9, tzinfo=BERLIN)
    item = CalendarItem(account=ben, folder=ben.calendar, subject=f"Away by {how}", start=start, end=start).save()
    getattr(item, how)()
    assert not ben.calendar.filter(subject=f"Away by {how}").exists()
    if folder:
        assert getattr(ben, folder).filter(subject=f"Away by {how}").exists()


def test_several_items_are_written_at_once(simulator):
    ben = account(simulator, "ben@example.com")
    start = EWSDateTime(2026, 7, 4, 9, tzinfo=BERLIN)
    made = ben.bulk_create(folder=ben.calendar, items=[
        CalendarItem(subject=f"bulk {i}", start=start, end=start) for i in range(5)])
    items = list(ben.fetch(made))
    for item in items:
        item.subject = item.subject.upper()
    ben.bulk_update([(item, ["subject"]) for item in items])
    assert {item.subject for item in ben.calendar.filter(subject__startswith="BULK")} == {f"BULK {i}" for i in range(5)}
    ben.bulk_delete(made)
    assert not ben.calendar.filter(subject__startswith="BULK").exists()


def made_in(folder, subject):
    start = EWSDateTime(2026, 9, 1, 9, tzinfo=BERLIN)
    return CalendarItem(account=folder.account, folder=folder, subject=subject, start=start, end=start).save()


def test_exchangelib_streams_events(simulator):
    ben = account(simulator, "ben@example.com")
    subscription = ben.calendar.subscribe_to_streaming()
    simulator.control("POST", "notifications/clock", {"factor": 60})
    made = []  # by hand: the stream holds exchangelib's only session
    event = ("<t:CalendarItem><t:Start>2026-12-01T08:00:00Z</t:Start><t:End>2026-12-01T09:00:00Z</t:End></t:CalendarItem>")
    threading.Timer(0.3, lambda: made.append(ews.root(simulator.soap(ews.create(event), "ben@example.com")))).start()
    seen = [event for notification in ben.calendar.get_streaming_events(subscription, connection_timeout=1)
            for event in notification.events]
    simulator.control("POST", "notifications/clock", {"factor": 1})
    item = made[0].find(".//t:ItemId", NS).get("Id")
    assert [event.item_id.id for event in seen if isinstance(event, CreatedEvent)] == [item]
    ben.calendar.unsubscribe(subscription)
    ben.calendar.get(id=item).delete()


def test_exchangelib_pulls_events(simulator):
    ben = account(simulator, "ben@example.com")
    with ben.calendar.pull_subscription() as (subscription, watermark):
        item = made_in(ben.calendar, "pulled")
        made = item.id
        item.delete()
        seen = [event for notification in ben.calendar.get_events(subscription, watermark) for event in notification.events]
    assert [event.item_id.id for event in seen if isinstance(event, CreatedEvent)] == [made]
    assert [event.item_id.id for event in seen if isinstance(event, DeletedEvent)] == [made]


def test_exchangelib_reads_what_is_pushed(simulator):
    ben = account(simulator, "ben@example.com")
    listener = Listener()
    subscription, _ = ben.calendar.subscribe_to_push(listener.url, status_frequency=1)
    item = made_in(ben.calendar, "pushed")
    listener.wait_for_item("CreatedEvent")
    call = next(call for call in listener.calls if call.items("CreatedEvent"))
    parsed = SendNotification(protocol=None).parse(etree.tostring(call.tree))
    events = [event for notification in parsed for event in notification.events]
    assert (call.subscription, events[0].item_id.id) == (subscription, item.id)
    listener.status = "Unsubscribe"
    item.delete()
    listener.wait_for_item("DeletedEvent")
    listener.close()


def invite(organizer, subject, *addresses):
    start = EWSDateTime(2026, 10, 1, 9, tzinfo=BERLIN)
    return CalendarItem(account=organizer, folder=organizer.calendar, subject=subject, start=start, end=start,
                        required_attendees=list(addresses)).save(send_meeting_invitations="SendToAllAndSaveCopy")


@pytest.mark.parametrize("answer, expected", [("accept", "Accept"), ("tentatively_accept", "Tentative"), ("decline", "Decline")])
def test_a_meeting_is_answered_from_the_calendar_and_from_the_inbox(simulator, answer, expected):
    anna, ben = account(simulator, "anna@example.com"), account(simulator, "ben@example.com")
    for place, kind in (("calendar", CalendarItem), ("inbox", MeetingRequest)):
        item = invite(anna, f"{answer} in {place}", "ben@example.com")
        invited = getattr(ben, place).get(subject=item.subject)
        assert isinstance(invited, kind) and ben.calendar.get(subject=item.subject).my_response_type == "NoResponseReceived"
        getattr(invited, answer)(message_disposition="SendAndSaveCopy", body="so be it")
        assert [a.response_type for a in anna.calendar.get(id=item.id).required_attendees] == [expected]
        assert ben.calendar.filter(subject=item.subject).exists() == (answer != "decline")
        response, = anna.inbox.filter(subject=item.subject)
        assert isinstance(response, MeetingResponse)


def test_a_meeting_is_cancelled(simulator):
    anna, ben = account(simulator, "anna@example.com"), account(simulator, "ben@example.com")
    item = invite(anna, "To be cancelled", "ben@example.com")
    anna.calendar.get(id=item.id).cancel(new_body="no time")
    assert not anna.calendar.filter(subject=item.subject).exists()
    left = [one for one in ben.calendar.all() if one.subject == "Canceled: To be cancelled"]
    assert len(left) == 1 and left[0].is_cancelled
    assert isinstance([one for one in ben.inbox.all() if one.subject == "Canceled: To be cancelled"][0], MeetingCancellation)


def test_a_meeting_is_moved_and_everybody_told(simulator):
    anna, ben = account(simulator, "anna@example.com"), account(simulator, "ben@example.com")
    item = invite(anna, "To be moved", "ben@example.com")
    item.start += datetime.timedelta(days=1)
    item.end += datetime.timedelta(days=1)
    item.save(update_fields=["start", "end"], send_meeting_invitations="SendToAllAndSaveCopy")
    assert ben.calendar.get(subject="To be moved").start == item.start


def test_a_wrong_password_is_refused(simulator):
    with pytest.raises(UnauthorizedError):
        account(simulator, "ben@example.com", password="wrong").calendar.refresh()


def test_ntlm_opens_the_own_mailbox(start):
    simulator = start("--auth", "ntlm", "--user", "ben@example.com:benpw")
    assert account(simulator, "ben@example.com", "ben@example.com", "benpw", NTLM, DELEGATE).calendar.total_count == 0
    with pytest.raises(UnauthorizedError):
        account(simulator, "ben@example.com", "ben@example.com", "other", NTLM, DELEGATE).calendar.refresh()
