# SPDX-License-Identifier: GPL-3.0-or-later
"""People are told what changed: once, in order, not of what they did themselves, and not while nothing changed. The
programs, a mail server, the Mattermost simulator and a webhook's receiver are real processes; the windows are short."""

import re
import signal
import time
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy

import pytest

from support.events import Event, calendar
from support.live import PATIENCE, Daemon, Pair, settings
from support.mail_sink import MailSink
from support.mattermost import TOKEN, Mattermost
from support.process import accepts, free_port, wait_for

ANNA, BEN = "anna@example.com", "ben@example.com"
OWN = Event(uid="own@example.org", summary="Own work")
TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"
WINDOW = 2


@pytest.fixture
def sink(start):
    made = []

    def begin(_folder):
        made.append(MailSink())
        return made[-1]
    return start(begin)


@pytest.fixture
def told(exchange, radicale, ics_file, caravan, start):
    """told(tables): Anna's mailbox under live sync, by a `caravan` that tells her by these channels."""
    def make(tables, events=(OWN,), text=""):
        source = exchange("--load", f"{ANNA}={ics_file(text or calendar(list(events)))}", "--mailbox", BEN)
        program = caravan(source, radicale, [ANNA],
                          {**settings(scheduling="exchange"), "notify": {"window": f"{WINDOW}s"}, **tables})
        outcome = program.run("subscribe", program.list)
        assert outcome.exit == 0, str(outcome)
        start(Daemon, program)
        return Pair(ANNA, source, radicale), program
    return make


def mail(sink):
    return {"notify.mail": {"url": f"smtp://127.0.0.1:{sink.port}", "from": "calendar@example.com"}}


def letters(sink):
    return [message_from_bytes(content, policy=policy.default) for _, _, content in sink.mails]


def subjects(sink):
    return [letter["Subject"] for letter in letters(sink)]


def stays_silent(sink, count, seconds=WINDOW + 2):
    time.sleep(seconds)
    assert len(sink.mails) == count, subjects(sink)


def invite(pair, title="Planning", start="2027-03-01T08:00:00Z", end="2027-03-01T09:00:00Z"):
    """Ben invites Anna, in Outlook; the item's id and change key."""
    tree = pair.source.call(BEN, f"""<m:CreateItem SendMeetingInvitations="SendToAllAndSaveCopy"><m:Items>
        <t:CalendarItem><t:Subject>{title}</t:Subject><t:ReminderIsSet>false</t:ReminderIsSet>
        <t:Start>{start}</t:Start><t:End>{end}</t:End>
        <t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>{ANNA}</t:EmailAddress></t:Mailbox></t:Attendee>
        </t:RequiredAttendees><t:StartTimeZone Id="W. Europe Standard Time"/></t:CalendarItem></m:Items></m:CreateItem>""")
    return item_of(tree)


def item_of(tree):
    item = next(tree.iter(f"{TYPES}ItemId"))
    return item.get("Id"), item.get("ChangeKey")


def update(pair, item, field, value):
    """Ben changes one field of it, and his guests are told by Exchange."""
    name = field.split(":")[1]
    tree = pair.source.call(BEN, f"""<m:UpdateItem ConflictResolution="AlwaysOverwrite"
        SendMeetingInvitationsOrCancellations="SendToAllAndSaveCopy"><m:ItemChanges><t:ItemChange>
        <t:ItemId Id="{item[0]}" ChangeKey="{item[1]}"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="{field}"/>
        <t:CalendarItem><t:{name}>{value}</t:{name}></t:CalendarItem></t:SetItemField></t:Updates></t:ItemChange>
        </m:ItemChanges></m:UpdateItem>""")
    return item_of(tree)


def cancel(pair, item):
    pair.source.call(BEN, f"""<m:DeleteItem DeleteType="MoveToDeletedItems" SendMeetingCancellations="SendToAllAndSaveCopy">
        <m:ItemIds><t:ItemId Id="{item[0]}" ChangeKey="{item[1]}"/></m:ItemIds></m:DeleteItem>""")


# ---- what is told ------------------------------------------------------------------------------------------------------
def test_an_invitation_its_changes_and_its_end_are_told_once_each_and_in_order(told, sink):
    pair, _ = told(mail(sink))
    item = invite(pair)
    wait_for(lambda: len(sink.mails) == 1, PATIENCE, "news of the invitation")
    item = update(pair, item, "calendar:Location", "Room 7")
    wait_for(lambda: len(sink.mails) == 2, PATIENCE, "news of the place")
    cancel(pair, item)
    wait_for(lambda: len(sink.mails) == 3, PATIENCE, "news of the end")
    stays_silent(sink, 3)
    first, second, third = letters(sink)
    assert "Planning" in first["Subject"] and "Planning" in second["Subject"] and "Planning" in third["Subject"]
    assert "Room 7" in second.get_body(("plain",)).get_content()
    assert len({letter["Message-ID"] for letter in (first, second, third)}) == 3
    assert second["References"] and second["References"] == third["References"]
    assert all(letter["Auto-Submitted"] == "auto-generated" for letter in (first, second, third))


def test_changes_within_a_window_are_one_message_and_there_and_back_is_none(told, sink):
    pair, _ = told({**mail(sink), "notify": {"window": "8s"}})
    item = invite(pair)
    wait_for(lambda: len(sink.mails) == 1, PATIENCE, "news of the invitation")
    for place in ("Room 1", "Room 2", "Room 3"):
        item = update(pair, item, "calendar:Location", place)
        time.sleep(1.5)
    wait_for(lambda: len(sink.mails) == 2, PATIENCE, "news of the place")
    text = letters(sink)[1].get_body(("plain",)).get_content()
    assert "Room 3" in text and "Room 1" not in text and "Room 2" not in text
    item = update(pair, item, "item:Subject", "Something else")
    time.sleep(2)
    update(pair, item, "item:Subject", "Planning")
    stays_silent(sink, 2, seconds=13)


def test_another_time_that_a_guest_proposes_is_told_to_the_organizer_and_written_nowhere(told, sink):
    pair, _ = told(mail(sink))
    pair.source.call(ANNA, f"""<m:CreateItem SendMeetingInvitations="SendToAllAndSaveCopy"><m:Items>
        <t:CalendarItem><t:Subject>Review</t:Subject><t:ReminderIsSet>false</t:ReminderIsSet>
        <t:Start>2027-03-01T08:00:00Z</t:Start><t:End>2027-03-01T09:00:00Z</t:End>
        <t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>{BEN}</t:EmailAddress></t:Mailbox></t:Attendee>
        </t:RequiredAttendees><t:StartTimeZone Id="W. Europe Standard Time"/></t:CalendarItem></m:Items></m:CreateItem>""")
    uid = wait_for(lambda: next((uid for uid in pair.texts() if uid != OWN.uid), None), PATIENCE, "the meeting on CalDAV")
    answer(pair, uid)
    wait_for(lambda: len(sink.mails) == 1, PATIENCE, "the answer")
    before = pair.texts()[uid]
    assert "proposes" not in letters(sink)[0].get_body(("plain",)).get_content()
    answer(pair, uid, "<t:ProposedStart>2027-03-04T14:00:00Z</t:ProposedStart>"
                      "<t:ProposedEnd>2027-03-04T15:00:00Z</t:ProposedEnd>")
    wait_for(lambda: len(sink.mails) == 2, PATIENCE, "the proposal")
    text = letters(sink)[1].get_body(("plain",)).get_content()
    assert "tentative, proposes Thursday, 4 March 2027, 15:00–16:00 instead" in " ".join(text.split())
    stays_silent(sink, 2)
    assert pair.texts()[uid] == before


def answer(pair, uid, proposed=""):
    """Ben accepts tentatively, in Outlook."""
    row = wait_for(lambda: next((row for row in pair.source.items(BEN) if row["uid"] == uid), None), PATIENCE, "Ben's copy")
    pair.source.call(BEN, f"""<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:Items><t:TentativelyAcceptItem>
        <t:ReferenceItemId Id="{row["item_id"]}" ChangeKey="{row["change_key"]}"/>{proposed}
        </t:TentativelyAcceptItem></m:Items></m:CreateItem>""")


def test_nobody_is_told_of_what_he_did_himself(told, sink):
    pair, _ = told(mail(sink))
    pair.put_exchange("made@example.org", calendar([Event(uid="made@example.org", summary="Made in Outlook")]))
    pair.put("phone@example.org", calendar([Event(uid="phone@example.org", summary="Made on the phone")]))
    pair.wait_titles("made@example.org", "Made in Outlook")
    pair.wait_titles("phone@example.org", "Made on the phone")
    pair.edit(OWN.uid, "SUMMARY:Own work", "SUMMARY:My work")
    pair.wait_titles(OWN.uid, "My work")
    pair.delete("phone@example.org")
    pair.wait_titles("phone@example.org", None)
    stays_silent(sink, 0)


def test_bulk_runs_tell_nobody(told, sink):
    pair, program = told(mail(sink), [OWN.with_(uid=f"{number}@example.org") for number in range(20)])
    stays_silent(sink, 0)


def test_a_reminder_comes_in_its_minute_and_the_link_when_it_starts(told, sink):
    soon = datetime.now(timezone.utc) + timedelta(seconds=75)
    pair, _ = told(mail(sink))
    start = soon.replace(microsecond=0)
    text = calendar([Event(uid="soon@example.org", summary="Very soon")])
    text = re.sub(r"DTSTART[^\r\n]*", f"DTSTART:{start:%Y%m%dT%H%M%SZ}", text)
    text = re.sub(r"DTEND[^\r\n]*", f"DTEND:{start + timedelta(hours=1):%Y%m%dT%H%M%SZ}", text)
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT1M\r\nEND:VALARM\r\n"
    text = text.replace("END:VEVENT", f"{alarm}END:VEVENT")
    pair.put("soon@example.org", text)
    wait_for(lambda: any("Very soon" in subject for subject in subjects(sink)), 60, "the reminder")
    at = datetime.now(timezone.utc)
    assert abs((at - (start - timedelta(minutes=1))).total_seconds()) < 60
    wait_for(lambda: len(sink.mails) == 2, 90, "the start")
    assert abs((datetime.now(timezone.utc) - start).total_seconds()) < 60
    stays_silent(sink, 2)


def test_many_reminders_of_one_minute_leave_within_it(told, sink, full):
    count = 1000 if full else 150
    start = (datetime.now(timezone.utc) + timedelta(minutes=4 if full else 2)).replace(second=0, microsecond=0)
    events = [Event(uid=f"{number}@example.org", summary=f"Stand-up {number:04}",
                    lines=("BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:x", "TRIGGER:-PT1M", "END:VALARM"))
              for number in range(count)]
    text = calendar(events)
    text = re.sub(r"DTSTART;[^\r\n]*", f"DTSTART:{start:%Y%m%dT%H%M%SZ}", text)
    text = re.sub(r"DTEND;[^\r\n]*", f"DTEND:{start + timedelta(hours=1):%Y%m%dT%H%M%SZ}", text)
    told(mail(sink), text=text)
    due = start - timedelta(minutes=1)
    time.sleep(max(0, (due - datetime.now(timezone.utc)).total_seconds() - 1))
    assert sink.mails == []
    wait_for(lambda: len(sink.mails) >= count, 90, "the reminders")
    took = (datetime.now(timezone.utc) - due).total_seconds()
    assert took < 60, f"{count} reminders took {took} s"
    assert len(set(subjects(sink)[:count])) == count


# ---- what goes wrong ---------------------------------------------------------------------------------------------------
def test_a_dead_mail_server_and_killed_programs_lose_nothing_and_double_nothing(exchange, radicale, ics_file, caravan, start,
                                                                                sink, full):
    count, kills = (1000, 50) if full else (60, 12)
    source = exchange("--load", f"{ANNA}={ics_file(calendar([OWN]))}", "--mailbox", BEN)
    program = caravan(source, radicale, [ANNA],
                      {**settings(scheduling="exchange"), "notify": {"window": f"{WINDOW}s"}, **mail(sink)})
    assert program.run("subscribe", program.list).exit == 0
    pair = Pair(ANNA, source, radicale)
    daemon = start(Daemon, program)
    sink.end()
    for number in range(count):
        invite(pair, title=f"Meeting {number:04}", start=f"2027-03-{1 + number % 28:02}T08:00:00Z",
               end=f"2027-03-{1 + number % 28:02}T09:00:00Z")
    wait_for(lambda: len(pair.on_caldav()) == count + 1, 300, "the invitations on CalDAV")
    time.sleep(WINDOW + 2)
    assert sink.mails == []
    sink.begin()
    for _ in range(kills):
        time.sleep(0.4)
        daemon.kill()
        daemon = start(Daemon, program)
    wait_for(lambda: len({letter["Message-ID"] for letter in letters(sink)}) == count, 300, "all messages")
    stays_seen = len(sink.mails)
    time.sleep(WINDOW + 3)
    assert len(sink.mails) == stays_seen
    told = sorted({(letter["Message-ID"], letter["Subject"]) for letter in letters(sink)}, key=lambda row: row[1])
    assert len(told) == count and all(f"Meeting {number:04}" in subject for number, (_, subject) in enumerate(told))


@pytest.mark.parametrize("point", ["notify_close_inside:1", "notify_close_inside:3", "notify_settle_inside:1"])
def test_a_program_that_dies_while_it_tells_tells_everything_once(exchange, radicale, ics_file, caravan, start, sink, point):
    source = exchange("--load", f"{ANNA}={ics_file(calendar([OWN]))}", "--mailbox", BEN)
    program = caravan(source, radicale, [ANNA],
                      {**settings(scheduling="exchange"), "notify": {"window": f"{WINDOW}s"}, **mail(sink)})
    assert program.run("subscribe", program.list).exit == 0
    pair = Pair(ANNA, source, radicale)
    first = start(Daemon, program, {"CARAVAN_CRASH_AT": point})
    for number in range(3):
        invite(pair, title=f"Meeting {number}", start=f"2027-03-0{1 + number}T08:00:00Z",
               end=f"2027-03-0{1 + number}T09:00:00Z")
    assert first.process.child.wait(60) == -signal.SIGKILL
    start(Daemon, program)
    told_once(sink, [f"Meeting {number}" for number in range(3)])


def test_a_program_that_dies_while_it_reminds_reminds_once(exchange, radicale, ics_file, caravan, start, sink):
    begins = (datetime.now(timezone.utc) + timedelta(seconds=100)).replace(microsecond=0)
    alarm = ("BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:x", "TRIGGER:-PT1M", "END:VALARM")
    text = calendar([Event(uid=f"{number}@example.org", summary=f"Soon {number}", lines=alarm) for number in range(3)])
    text = re.sub(r"DTSTART;[^\r\n]*", f"DTSTART:{begins:%Y%m%dT%H%M%SZ}", text)
    text = re.sub(r"DTEND;[^\r\n]*", f"DTEND:{begins + timedelta(hours=1):%Y%m%dT%H%M%SZ}", text)
    source = exchange("--load", f"{ANNA}={ics_file(text)}", "--mailbox", BEN)
    program = caravan(source, radicale, [ANNA], {**settings(scheduling="exchange"), **mail(sink)})
    assert program.run("subscribe", program.list).exit == 0
    first = start(Daemon, program, {"CARAVAN_CRASH_AT": "notify_fire_inside:2"})
    assert first.process.child.wait(120) == -signal.SIGKILL
    start(Daemon, program)
    told_once(sink, [f"Soon {number}" for number in range(3)])


def told_once(sink, titles):
    """Each of them in a message of its own, and none twice: a repetition has the Message-ID of the first."""
    wait_for(lambda: len({letter["Message-ID"] for letter in letters(sink)}) >= len(titles), PATIENCE, "all messages")
    time.sleep(WINDOW + 3)
    told = {letter["Message-ID"]: letter["Subject"] for letter in letters(sink)}
    assert len(told) == len(titles), told
    assert all(sum(title in subject for subject in told.values()) == 1 for title in titles), told


# ---- chat --------------------------------------------------------------------------------------------------------------
@pytest.fixture
def chat(start):
    return start(Mattermost, ANNA, BEN)


def chat_tables(chat, port):
    return {"notify.chat": {"url": chat.url, "token": TOKEN, "listen": f"127.0.0.1:{port}",
                            "actions_url": f"http://127.0.0.1:{port}", "command_token": "slash-token"}}


def test_a_press_of_a_button_answers_the_meeting_on_both_sides(told, chat):
    pair, _ = told(chat_tables(chat, free_port()))
    invite(pair)
    post = chat.wait_post(ANNA, "Planning")
    buttons = post["props"]["attachments"][0]["actions"]
    accept = next(button for button in buttons if button["name"] == "Accept")
    pressed = chat.control("POST", "press", json={"post": post["id"], "action": accept["id"], "user": ANNA})
    assert pressed is not None
    uid = next(uid for uid in pair.texts() if uid != OWN.uid)
    wait_for(lambda: "PARTSTAT=ACCEPTED" in pair.texts()[uid].replace("\r\n ", ""), PATIENCE, "the answer on CalDAV")
    wait_for(lambda: any(mailed["kind"] == "response" and mailed["mailbox"] == ANNA for mailed in pair.source.mails()), PATIENCE,
             "the answer of Exchange to the organizer")


def test_the_press_of_somebody_else_answers_nothing(told, chat):
    pair, _ = told(chat_tables(chat, free_port()))
    invite(pair)
    post = chat.wait_post(ANNA, "Planning")
    accept = post["props"]["attachments"][0]["actions"][0]
    chat.control("POST", "press", json={"post": post["id"], "action": accept["id"], "user": BEN})
    uid = next(uid for uid in pair.texts() if uid != OWN.uid)
    time.sleep(3)
    assert "PARTSTAT=ACCEPTED" not in pair.texts()[uid].replace("\r\n ", "")


def test_the_bot_answers_what_people_ask_it(told, chat):
    tomorrow = (datetime.now() + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    pair, _ = told(chat_tables(chat, free_port()), [OWN.with_(start=tomorrow, summary="Early bird")])
    wait_for(lambda: ask(chat, "tomorrow", "Early bird"), 40, "the answer to `tomorrow`")
    wait_for(lambda: ask(chat, "status", ""), 40, "the answer to `status`")


def test_the_slash_command_answers_who_typed_it_and_nobody_with_another_token(told, chat):
    tomorrow = (datetime.now() + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    port = free_port()
    told(chat_tables(chat, port), [OWN.with_(start=tomorrow, summary="Early bird")])
    wait_for(lambda: accepts(port), PATIENCE, "the port that takes commands")
    typed = {"user": ANNA, "text": "tomorrow", "url": f"http://127.0.0.1:{port}/command"}
    answer = chat.control("POST", "slash", json={**typed, "token": "slash-token"})
    assert "Early bird" in str(answer)
    assert "Early bird" not in str(chat.control("POST", "slash", json={**typed, "token": "another"}))


def test_a_running_meeting_is_shown_beside_the_name_and_the_earlier_status_comes_back(told, chat):
    chat.control("POST", "status", json={"user": ANNA, "status": {"emoji": "coffee", "text": "Tea"}})
    pair, _ = told(chat_tables(chat, free_port()))
    start = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=8)
    text = calendar([Event(uid="now@example.org", summary="Right now")])
    text = re.sub(r"DTSTART[^\r\n]*", f"DTSTART:{start:%Y%m%dT%H%M%SZ}", text)
    text = re.sub(r"DTEND[^\r\n]*", f"DTEND:{start + timedelta(seconds=20):%Y%m%dT%H%M%SZ}", text)
    pair.put("now@example.org", text)
    wait_for(lambda: "In a meeting" in str(chat.control("GET", "status", params={"user": ANNA})), 40, "the status")
    wait_for(lambda: "Tea" in str(chat.control("GET", "status", params={"user": ANNA})), 60, "the earlier status")


def ask(chat, text, expected):
    before = len(chat.posts(ANNA))
    chat.control("POST", "message", json={"user": ANNA, "text": text})
    try:
        return wait_for(lambda: [post for post in chat.posts(ANNA)[before + 1:] if expected in post["message"]], 5, text)
    except TimeoutError:
        return None
