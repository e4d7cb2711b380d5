# SPDX-License-Identifier: GPL-3.0-or-later
"""Meetings under live sync: the main rows of docs/mapping.md's table, with every mail that Exchange would send counted
(tests/unit/sync/meeting_table_test.cpp has all rows of the decision)."""

from datetime import timedelta

import pytest

from support.events import Event, calendar
from support.live import PATIENCE, Daemon, Pair, cycles, settings
from support.process import wait_for
from support.reading import unfold, values

ANNA, BEN, EVA = "anna@example.com", "ben@example.com", "eva@example.com"
FOREIGN = "chair@elsewhere.org"
UID = "meeting@example.org"
POLICIES = ["none", "exchange", "caldav"]


def people(organizer, *guests):
    """ORGANIZER and ATTENDEE lines; a guest may be (address, answer)."""
    named = [guest if isinstance(guest, tuple) else (guest, "NEEDS-ACTION") for guest in guests]
    return (f"ORGANIZER:mailto:{organizer}",
            *(f"ATTENDEE;PARTSTAT={answer};RSVP=TRUE:mailto:{address}" for address, answer in named))


def meeting(*guests, organizer=ANNA, **more):
    """With a category and a place, so that tests have something to change."""
    lines = (*people(organizer, (organizer, "ACCEPTED"), *guests), "CATEGORIES:Red", "LOCATION:Room 1", *more.pop("lines", ()))
    return Event(uid=UID, summary="Meeting", lines=lines, **more)


@pytest.fixture
def live(exchange, radicale, caravan, start):
    def make(scheduling, *arguments):
        mailboxes = [word for address in (ANNA, BEN, EVA) for word in ("--mailbox", address)]
        source = exchange(*mailboxes, *arguments)
        program = caravan(source, radicale, [ANNA], settings(scheduling=scheduling))
        outcome = program.run("subscribe", program.list)
        assert outcome.exit == 0, str(outcome)
        start(Daemon, program)
        return Pair(ANNA, source, radicale), program
    return make


def mails(pair):
    return [(mail["mailbox"], mail["kind"], sorted(mail["to"]), mail["answer"]) for mail in pair.source.mails()]


def told(scheduling, *expected):
    """What is mailed by Exchange where it is the side that sends."""
    return list(expected) if scheduling == "exchange" else []


def invite(pair, organizer=BEN, guest=ANNA, title="Meeting", recurrence="", later=0):
    """Another mailbox of the world invites Anna, in Outlook; gives the item's id and change key."""
    tree = pair.source.call(organizer, f"""<m:CreateItem SendMeetingInvitations="SendToAllAndSaveCopy"><m:Items>
        <t:CalendarItem><t:Subject>{title}</t:Subject><t:ReminderIsSet>false</t:ReminderIsSet>
        <t:Start>2027-03-0{1 + later}T08:00:00Z</t:Start><t:End>2027-03-0{1 + later}T09:00:00Z</t:End>
        <t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>{guest}</t:EmailAddress></t:Mailbox></t:Attendee>
        </t:RequiredAttendees>{recurrence}<t:StartTimeZone Id="W. Europe Standard Time"/></t:CalendarItem></m:Items></m:CreateItem>""")
    item = next(tree.iter("{http://schemas.microsoft.com/exchange/services/2006/types}ItemId"))
    pair.source.control("GET", "mails")
    return item.get("Id"), item.get("ChangeKey")


def invited(pair, **keywords):
    """The UID of such an invitation, when it has arrived on CalDAV."""
    invite(pair, **keywords)
    return wait_for(lambda: next(iter(pair.texts()), None), PATIENCE, "the invitation on CalDAV")


def answer_on_caldav(pair, uid, answer):
    """Anna's client changes her PARTSTAT."""
    lines = unfold(pair.texts()[uid]).splitlines()
    out = []
    for line in lines:
        if line.upper().startswith("ATTENDEE") and ANNA in line:
            head, _, tail = line.partition(":mailto:")
            kept = [part for part in head.split(";") if not part.startswith("PARTSTAT=")]
            line = ";".join([*kept, f"PARTSTAT={answer}"]) + ":mailto:" + tail
        out.append(line)
    pair.put(uid, "\r\n".join(out) + "\r\n")


def my_answer(pair, uid):
    """MyResponseType of Anna's copy on Exchange; None where there is none."""
    item = next((row for row in pair.source.items(ANNA) if row["uid"] == uid), None)
    if item is None:
        return None
    try:
        tree = item_of(pair, item["item_id"])
    except AssertionError:  # answering makes the item anew, under another id
        return None
    return tree.findtext(".//{http://schemas.microsoft.com/exchange/services/2006/types}MyResponseType")


def item_of(pair, item_id):
    return pair.source.call(ANNA, f"""<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape><m:ItemIds>
        <t:ItemId Id="{item_id}"/></m:ItemIds></m:GetItem>""")


def settled(pair, seconds=PATIENCE):
    cycles(pair.source, 3, seconds)


# ---- I organize --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("scheduling", POLICIES)
def test_what_the_organizer_does_on_caldav_is_mailed_once_by_the_side_that_is_named(live, scheduling):
    pair, _ = live(scheduling)
    expected = []

    def step(what, *mail):
        expected.extend(told(scheduling, *mail))
        settled(pair)
        assert mails(pair) == expected, what

    event = meeting(BEN)
    pair.put(UID, calendar([event]))
    pair.wait_titles(UID, "Meeting")
    step("new", (ANNA, "invitation", [BEN], None))
    pair.put(UID, calendar([event.with_(summary="Renamed")]))
    pair.wait_titles(UID, "Renamed")
    step("title", (ANNA, "update", [BEN], None))
    pair.edit(UID, "CATEGORIES:Red", "CATEGORIES:Blue")
    step("category")
    blue = tuple(line.replace("Red", "Blue") for line in meeting(BEN, EVA).lines)
    pair.put(UID, calendar([event.with_(summary="Renamed", lines=blue)]))
    step("a guest is added", (ANNA, "invitation", [EVA], None))
    pair.put(UID, calendar([event.with_(summary="Renamed", lines=tuple(line for line in blue if BEN not in line))]))
    step("a guest is removed", (ANNA, "cancellation", [BEN], None))
    pair.delete(UID)
    pair.wait_titles(UID, None)
    step("deleted", (ANNA, "cancellation", [EVA], None))


@pytest.mark.parametrize("scheduling", ["none", "exchange"])
def test_a_moved_and_a_removed_occurrence_are_mailed_once_each(live, scheduling):
    pair, _ = live(scheduling)
    event = meeting(BEN, rule="FREQ=WEEKLY;COUNT=5")
    pair.put(UID, calendar([event]))
    pair.wait_titles(UID, "Meeting")
    settled(pair)
    before = len(mails(pair))
    pair.put(UID, calendar([event.with_(exception="Moved")]))
    wait_for(lambda: "Moved" in [title for _, title in pair.exchange_occurrences(UID)], PATIENCE, "the changed occurrence")
    settled(pair)
    assert [(kind, to) for _, kind, to, _ in mails(pair)[before:]] == told(scheduling, ("update", [BEN]))
    before = len(mails(pair))
    day = event.start + timedelta(days=7)
    removed = event.with_(exception="Moved", lines=(*event.lines, f"EXDATE;TZID=Europe/Berlin:{day:%Y%m%dT%H%M%S}"))
    pair.put(UID, calendar([removed]))
    wait_for(lambda: len(pair.exchange_occurrences(UID)) == 4, PATIENCE, "an occurrence less")
    settled(pair)
    assert [(kind, to) for _, kind, to, _ in mails(pair)[before:]] == told(scheduling, ("cancellation", [BEN]))


@pytest.mark.parametrize("scheduling", POLICIES)
def test_what_the_organizer_does_on_exchange_is_mailed_by_exchange_alone(live, scheduling):
    pair, _ = live(scheduling)
    pair.put_exchange(UID, calendar([meeting(BEN)]))
    pair.wait_titles(UID, "Meeting")
    pair.put_exchange(UID, calendar([meeting(BEN).with_(summary="Renamed")]))
    pair.wait_titles(UID, "Renamed")
    settled(pair)
    assert mails(pair) == [], "edits through the simulator's control send nothing, and neither do we"


def test_the_first_pass_tells_nobody_whatever_is_named(exchange, radicale, caravan, start):
    source = exchange("--mailbox", ANNA, "--mailbox", BEN)
    program = caravan(source, radicale, [ANNA], settings(scheduling="exchange"))
    pair = Pair(ANNA, source, radicale)
    pair.make_calendar()
    pair.put(UID, calendar([meeting(BEN)]))
    assert program.run("subscribe", program.list).exit == 0
    start(Daemon, program)
    settled(pair)
    assert (list(pair.on_exchange()), mails(pair)) == ([UID], [])


# ---- I attend ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("scheduling", POLICIES)
@pytest.mark.parametrize(("answer", "stored"), [("ACCEPTED", "Accept"), ("TENTATIVE", "Tentative")])
def test_an_answer_on_caldav_is_given_on_exchange(live, scheduling, answer, stored):
    pair, program = live(scheduling)
    uid = invited(pair)
    before = mails(pair)
    answer_on_caldav(pair, uid, answer)
    wait_for(lambda: my_answer(pair, uid) == stored, PATIENCE, "the answer on Exchange")
    settled(pair)
    assert mails(pair)[len(before):] == told(scheduling, (ANNA, "response", [BEN], stored))
    assert f"PARTSTAT={answer}" in unfold(pair.texts()[uid])
    verified = program.verify()
    assert verified.exit == 0, str(verified)


@pytest.mark.parametrize("scheduling", ["none", "exchange"])
def test_a_decline_on_caldav_takes_the_item_away_and_keeps_caldavs_copy_until_it_is_accepted_after_all(live, scheduling):
    pair, _ = live(scheduling)
    uid = invited(pair)
    before = mails(pair)
    answer_on_caldav(pair, uid, "DECLINED")
    wait_for(lambda: pair.on_exchange() == {}, PATIENCE, "the item leaves")
    settled(pair)
    assert "PARTSTAT=DECLINED" in unfold(pair.texts()[uid])
    declined = told(scheduling, (ANNA, "response", [BEN], "Decline"))
    assert mails(pair)[len(before):] == declined
    answer_on_caldav(pair, uid, "ACCEPTED")
    wait_for(lambda: my_answer(pair, uid) == "Accept", PATIENCE, "the item is back")
    settled(pair)
    assert mails(pair)[len(before):] == declined + told(scheduling, (ANNA, "response", [BEN], "Accept"))
    assert list(pair.texts()) == [uid]


def test_a_decline_in_outlook_is_shown_on_caldav_and_is_no_delete(live):
    pair, _ = live("none")
    uid = invited(pair)
    settled(pair)
    item = next(row for row in pair.source.items(ANNA) if row["uid"] == uid)
    pair.source.call(ANNA, f"""<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:Items><t:DeclineItem><t:ReferenceItemId
        Id="{item['item_id']}" ChangeKey="{item['change_key']}"/></t:DeclineItem></m:Items></m:CreateItem>""")
    wait_for(lambda: "PARTSTAT=DECLINED" in unfold(pair.texts()[uid]), PATIENCE, "the decline on CalDAV")
    settled(pair)
    assert (pair.on_exchange(), list(pair.texts())) == ({}, [uid])


@pytest.mark.parametrize("scheduling", ["none", "exchange"])
def test_an_attendee_who_deletes_on_caldav_declines_only_where_exchange_is_named(live, scheduling):
    pair, _ = live(scheduling)
    uid = invited(pair)
    settled(pair)
    before = mails(pair)
    pair.delete(uid)
    pair.wait_titles(uid, None)
    settled(pair)
    assert mails(pair)[len(before):] == told(scheduling, (ANNA, "response", [BEN], "Decline"))


def test_what_belongs_to_the_organizer_is_restored_on_caldav_and_the_losing_copy_kept(live):
    pair, program = live("exchange")
    uid = invited(pair)
    before = mails(pair)
    pair.edit(uid, "SUMMARY:Meeting", "SUMMARY:Mine")
    wait_for(lambda: program.run("conflicts", "list")["conflicts"], PATIENCE, "the conflict")
    pair.wait_titles(uid, "Meeting")
    row = program.run("conflicts", "list")["conflicts"][0]
    assert (row["uid"], row["winner"]) == (uid, "exchange")
    assert "SUMMARY:Mine" in program.run("conflicts", "show", row["id"])["conflict"]["losing_copy"]
    assert mails(pair) == before


# ---- somebody else's list ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("scheduling", ["none", "exchange"])
def test_a_meeting_of_a_foreign_organizer_comes_in_as_he_wrote_it_and_nobody_is_told(live, scheduling):
    pair, program = live(scheduling)
    event = Event(uid=UID, summary="Forwarded", lines=(*people(FOREIGN, (FOREIGN, "ACCEPTED"), "guest@elsewhere.org"),),
                  rule="FREQ=WEEKLY;COUNT=4", exception="Forwarded, moved")
    pair.put(UID, calendar([event]))
    pair.wait_titles(UID, "Forwarded")
    settled(pair)
    item = next(row for row in pair.source.items(ANNA) if row["uid"] == UID)
    tree = item_of(pair, item["item_id"])
    types = "{http://schemas.microsoft.com/exchange/services/2006/types}"
    assert tree.findtext(f".//{types}Organizer/{types}Mailbox/{types}EmailAddress") == FOREIGN
    assert values(pair.texts()[UID], "ORGANIZER")[0] == f"mailto:{FOREIGN}"
    assert [title for _, title in pair.exchange_occurrences(UID)] == ["Forwarded", "Forwarded", "Forwarded, moved", "Forwarded"]
    assert mails(pair) == []
    verified = program.verify()
    assert verified.exit == 0, str(verified)
