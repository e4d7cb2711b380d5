# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of docs/mapping.md's table of meetings, each with how its situation is made on the two sides and how its change:
as tests/unit/sync/meeting_table_test.cpp makes them for the decision alone."""

import re
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta

import icalendar
import requests

from .events import Event, calendar
from .meeting_views import address_of, key_of, lines, utc
from .process import REPOSITORY

ANNA, ROOM = "anna@example.com", "room@example.com"           # under sync
BEN, EVA, CAROL = "ben@example.com", "eva@example.com", "carol@example.com"
CHAIR = "chair@elsewhere.org"
WEEKLY = Event(uid="", rule="FREQ=WEEKLY;COUNT=5")
SECOND, OTHER = (WEEKLY.start + timedelta(days=days) for days in (7, 14))
_TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"


@dataclass(frozen=True)
class Row:
    """`done`, and whom Exchange tells, hold for one owner of scheduling after at()."""
    uid: str
    kind: str
    side: str
    change: str
    done: str
    mail: str

    @property
    def me(self):
        return ROOM if self.kind == "room" else ANNA

    @property
    def user(self):
        return self.me.split("@")[0]

    @property
    def guests(self):
        """Who is invited besides me and the organizer."""
        return {"own appointment": [], "I organize": [BEN, EVA], "foreign organizer": [BEN]}.get(self.kind, [EVA])

    @property
    def guest(self):
        """The one that the change is about."""
        return self.guests[0]

    @property
    def organizer(self):
        return {"own appointment": None, "I organize": ANNA, "foreign organizer": CHAIR}.get(self.kind, BEN)

    @property
    def own(self):
        return self.kind in ("own appointment", "I organize")

    def at(self, scheduling):
        """The row as it reads under that owner, on Exchange: what CalDAV's server mails is not Exchange's business."""
        done = dict(re.findall(r"(?:`(\w+)`: )?(.*?)(?:\. |$)", self.done)[:-1])
        mail = self.mail.removeprefix("`exchange`: ") if scheduling == "exchange" and "`exchange`" in self.mail else ""
        return replace(self, done=done.get(scheduling, done[""]), mail=mail)

    def __str__(self):
        return f"{self.uid} | {self.kind} | {self.side} | {self.change} | {self.done} | {self.mail} |"


def table():
    """The rows of the page."""
    section = (REPOSITORY / "docs" / "mapping.md").read_text().split("## Table of meetings")[1].split("\n## ")[0]
    cells = [[cell.strip() for cell in line[1:-1].split("|")] for line in section.splitlines() if line.startswith("| ")]
    return [Row(f"row-{number:03d}", *each) for number, each in enumerate(cells[1:], 1)]


# ---- iCalendar ---------------------------------------------------------------------------------------------------------
def invitation(row, answer="NEEDS-ACTION"):
    """The series that all rows are about, as the kind has it before anything is changed."""
    def line(address, partstat="NEEDS-ACTION"):
        kind = ";CUTYPE=ROOM" if address == ROOM else ""
        return f"ATTENDEE{kind};PARTSTAT={partstat};RSVP=TRUE:mailto:{address}"
    people = [line(guest) for guest in row.guests]
    if row.organizer == BEN:
        people.append(line(row.me, answer))
    if row.organizer:
        people.append(f"ORGANIZER:mailto:{row.organizer}")
    status = ["STATUS:CANCELLED"] if row.kind == "cancelled" else []
    return calendar([WEEKLY.with_(uid=row.uid, summary=row.uid, lines=(*people, *status))])


def parsed(text):
    return icalendar.Calendar.from_ical(text)


def master(ics):
    return next((event for event in ics.walk("VEVENT") if not key_of(event)), None)


def overrides(ics):
    return sorted((event for event in ics.walk("VEVENT") if key_of(event)), key=key_of)


def event_in(ics):
    return master(ics) or overrides(ics)[0]


def write_out(ics, start):
    """An override that says what the series says."""
    event = deepcopy(master(ics))
    length = event["DTEND"].dt - event["DTSTART"].dt
    first = event["DTSTART"].dt.tzinfo.localize(start)
    for name in ("RRULE", "EXDATE", "DTSTART", "DTEND"):
        event.pop(name, None)
    event.add("RECURRENCE-ID", first)
    event.add("DTSTART", first)
    event.add("DTEND", first + length)
    ics.add_component(event)
    return event


def occurrence_in(ics):
    return next((event for event in overrides(ics) if key_of(event) == utc_of(ics, SECOND)), None) or write_out(ics, SECOND)


def utc_of(ics, start):
    return utc(event_in(ics)["DTSTART"].dt.tzinfo.localize(start))


def line_of(event, address):
    return next(line for line in lines(event, "ATTENDEE") if address_of(line) == address)


def answer_all(ics, address, answer):
    for event in ics.walk("VEVENT"):
        line_of(event, address).params["PARTSTAT"] = answer


def invite_more(ics, row):
    event = event_in(ics)
    more = icalendar.vCalAddress(f"mailto:{CAROL}")
    more.params["PARTSTAT"], more.params["RSVP"] = "NEEDS-ACTION", "TRUE"
    event.add("ATTENDEE", more, encode=0)
    if "ORGANIZER" not in event:
        event.add("ORGANIZER", f"mailto:{row.me}")


def set_categories(ics, _):
    event = event_in(ics)
    event.pop("CATEGORIES", None)
    event.add("CATEGORIES", ["Mine"])


def rule_that_exchange_lacks(ics, row):
    """One that a pattern with a few exclusions contains; a meeting's, which would be held so too, is longer."""
    event = event_in(ics)
    event.pop("RRULE")
    event.add("RRULE", {"FREQ": "MONTHLY", "BYMONTHDAY": [1, 15], "COUNT": 60 if row.organizer else 3})


def move_occurrence(ics, _):
    event = occurrence_in(ics)
    for name in ("DTSTART", "DTEND"):
        time = event.pop(name).dt
        event.add(name, time + timedelta(days=1))


def remove_occurrence(ics, _):
    if master(ics):
        event = master(ics)
        event.add("EXDATE", event["DTSTART"].dt.tzinfo.localize(SECOND))
    else:
        ics.subcomponents.remove(overrides(ics)[0])


def call_off(events):
    for event in events:
        event.pop("STATUS", None)
        event.add("STATUS", "CANCELLED")


def set_title(ics, _):
    event_in(ics)["SUMMARY"] = icalendar.vText("Changed")


def remove_guest(ics, row):
    event = event_in(ics)
    event["ATTENDEE"] = [line for line in lines(event, "ATTENDEE") if address_of(line) != row.guest]


def orphaned(ics):
    """Two occurrences without their series."""
    for start in (SECOND, OTHER):
        write_out(ics, start)
    ics.subcomponents.remove(master(ics))


def of_occurrence(answer):
    def change(ics, row):
        line_of(occurrence_in(ics), row.me).params["PARTSTAT"] = answer
    return change


#: Change -> what it does to iCalendar text. On Exchange those of them that an organizer would mail are made so as well.
ON_TEXT = {
    "title": set_title,
    "category": set_categories,
    "a guest is added": invite_more,
    "a guest is removed": remove_guest,
    "a guest answers": lambda ics, row: answer_all(ics, row.guest, "ACCEPTED"),
    "a recurrence that Exchange lacks": rule_that_exchange_lacks,
    "I accept": lambda ics, row: answer_all(ics, row.me, "ACCEPTED"),
    "I accept after all": lambda ics, row: answer_all(ics, row.me, "ACCEPTED"),
    "I decline": lambda ics, row: answer_all(ics, row.me, "DECLINED"),
    "I take my answer back": lambda ics, row: answer_all(ics, row.me, "NEEDS-ACTION"),
    "I accept an occurrence": of_occurrence("ACCEPTED"),
    "I decline an occurrence": of_occurrence("DECLINED"),
    "an occurrence is moved": move_occurrence,
    "an occurrence is removed": remove_occurrence,
    "called off": lambda ics, row: call_off(ics.walk("VEVENT")),
    "an occurrence is called off": lambda ics, row: call_off([occurrence_in(ics)]),
}
#: What is on CalDAV alone, before anything else: text changes to the kind's series.
NEW = {
    "new": None,
    "new, accepted": ON_TEXT["I accept"],
    "new, declined": ON_TEXT["I decline"],
    "new, with a recurrence that Exchange lacks": rule_that_exchange_lacks,
}


# ---- CalDAV ------------------------------------------------------------------------------------------------------------
class CalDav:
    """The user's client. A row's resource is named for its UID, by us and by Caravan."""

    def __init__(self, server):
        self.server = server
        self.session = requests.Session()
        self.session.auth = (server.username, server.password)
        self.home = server.url.rstrip("/") + server.home

    def _request(self, method, row, **arguments):
        url = f"{self.home.format(local=row.user)}exchange/{row.uid}.ics"
        answer = self.session.request(method, url, timeout=60, **arguments)
        assert answer.status_code in (200, 201, 204), f"{method} {row}: {answer.status_code} {answer.text}"

    def put(self, row, ics):
        self._request("PUT", row, data=ics.to_ical(), headers={"Content-Type": "text/calendar; charset=utf-8"})

    def delete(self, row):
        self._request("DELETE", row)

    def text(self, row):
        return self.server.resources(row.user)[f"{row.uid}.ics"]

    def edit(self, row, change):
        ics = parsed(self.text(row))
        change(ics, row)
        self.put(row, ics)

    def change(self, row):
        if row.change in NEW:
            ics = parsed(invitation(row))
            if row.kind == "orphan occurrence":
                orphaned(ics)
            if NEW[row.change]:
                NEW[row.change](ics, row)
            self.put(row, ics)
        elif row.change == "deleted":
            self.delete(row)
        else:
            self.edit(row, ON_TEXT[row.change])


# ---- Exchange ----------------------------------------------------------------------------------------------------------
class Outlook:
    """What users do on Exchange: with EWS, telling nobody but where the meeting has to be delivered to them."""

    def __init__(self, source):
        self.source = source

    def ids(self, me, uid):
        """Id elements of the items, as often as the UID stands in the calendar, in the order of their making."""
        return [f'<t:ItemId Id="{row["item_id"]}" ChangeKey="{row["change_key"]}"/>'
                for row in self.source.items(me) if row["uid"] == uid]

    def occurrence(self, me, uid, index):
        """The id of an occurrence, with the change key that an answer to it has to name."""
        series = self.ids(me, uid)[0].split('"')[1]
        tree = self.source.call(me, f"""<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>
            <t:OccurrenceItemId RecurringMasterId="{series}" InstanceIndex="{index}"/></m:ItemIds></m:GetItem>""")
        found = next(tree.iter(f"{_TYPES}ItemId"))
        return f'<t:ItemId Id="{found.get("Id")}" ChangeKey="{found.get("ChangeKey")}"/>'

    def update(self, me, item, fields, send="SendToNone"):
        sets = "".join(f"<t:SetItemField>{path}<t:CalendarItem>{xml}</t:CalendarItem></t:SetItemField>" for path, xml in fields)
        self.source.call(me, f"""<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="{send}">
            <m:ItemChanges><t:ItemChange>{item}<t:Updates>{sets}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>""")

    def respond(self, me, item, kind, disposition="SaveOnly"):
        self.source.call(me, f"""<m:CreateItem MessageDisposition="{disposition}"><m:Items><t:{kind}>
            {item.replace("t:ItemId", "t:ReferenceItemId")}</t:{kind}></m:Items></m:CreateItem>""")

    def remove(self, me, item):
        self.source.call(me, f"""<m:DeleteItem DeleteType="MoveToDeletedItems" SendMeetingCancellations="SendToNone"><m:ItemIds>
            {item}</m:ItemIds></m:DeleteItem>""")

    def put(self, me, uid, ics):
        self.source.put_item(me, uid, ics if isinstance(ics, str) else ics.to_ical().decode())

    def put_own(self, row, ics):
        """The mailbox's copy. Where it is not invited nothing waits for its answer, as after an import."""
        self.put(row.me, row.uid, ics)
        if row.kind == "foreign organizer":
            path = '<t:ExtendedFieldURI DistinguishedPropertySetId="Appointment" PropertyId="33304" PropertyType="Integer"/>'
            self.update(row.me, self.ids(row.me, row.uid)[0],
                        [(path, f"<t:ExtendedProperty>{path}<t:Value>0</t:Value></t:ExtendedProperty>")])

    def make(self, row, answer="NEEDS-ACTION"):
        """The kind's situation."""
        if row.kind != "orphan occurrence":
            self.put_own(row, invitation(row, answer))
        if row.change == "the organizer updates what I declined":
            self.put(BEN, row.uid, invitation(row))
        if row.kind != "orphan occurrence":
            return
        series = parsed(invitation(row))
        event = master(series)
        event["ATTENDEE"] = [line_of(event, row.guest)]
        self.put(BEN, row.uid, series)
        for index in (2, 3):
            self.update(BEN, self.occurrence(BEN, row.uid, index), [people(row.guest, row.me)], "SendToAllAndSaveCopy")

    def change(self, row):
        first = None if row.change == "new" or row.change.startswith("the organizer") else self.ids(row.me, row.uid)[0]
        ON_EXCHANGE[row.change](self, row, first)

    def on_text(self, row, _):
        """What only the organizer's update brings to an attendee, or a guest's answer to the organizer."""
        ics = parsed(invitation(row))
        ON_TEXT[row.change](ics, row)
        self.put_own(row, ics)

    def all_answer(self, row, kind):
        for item in self.ids(row.me, row.uid):
            self.respond(row.me, item, kind)

    def move_second(self, row, _):
        later = SECOND + timedelta(days=1)
        zone = parsed(invitation(row))
        times = [(uri(f"calendar:{name}"), f"<t:{name}>{utc_of(zone, later + timedelta(hours=hours))}</t:{name}>")
                 for name, hours in (("Start", 0), ("End", 1))]
        self.update(row.me, self.occurrence(row.me, row.uid, 2), times)

    def remove_second(self, row, first):
        self.remove(row.me, first if row.kind == "orphan occurrence" else self.occurrence(row.me, row.uid, 2))

    def call_off(self, row, first):
        if row.kind != "orphan occurrence":
            self.on_text(row, first)
            return
        for index in (2, 3):
            self.respond(BEN, self.occurrence(BEN, row.uid, index), "CancelCalendarItem", "SendAndSaveCopy")

    def update_declined(self, row, _):
        self.update(BEN, self.ids(BEN, row.uid)[0], [subject("Changed")], "SendToAllAndSaveCopy")


def uri(name):
    return f'<t:FieldURI FieldURI="{name}"/>'


def people(*addresses):
    listed = "".join(f"<t:Attendee><t:Mailbox><t:EmailAddress>{one}</t:EmailAddress></t:Mailbox></t:Attendee>" for one in addresses)
    return uri("calendar:RequiredAttendees"), f"<t:RequiredAttendees>{listed}</t:RequiredAttendees>"


def subject(text):
    return uri("item:Subject"), f"<t:Subject>{text}</t:Subject>"


CATEGORY = (uri("item:Categories"), "<t:Categories><t:String>Mine</t:String></t:Categories>")
ON_EXCHANGE = {
    "new": lambda outlook, row, _: outlook.make(row),
    "title": lambda outlook, row, item: outlook.update(row.me, item, [subject("Changed")]),
    "category": lambda outlook, row, item: outlook.update(row.me, item, [CATEGORY]),
    "a guest is added": lambda outlook, row, item: outlook.update(row.me, item, [people(row.guest, CAROL)]),
    "a guest is removed": Outlook.on_text,
    "a guest answers": Outlook.on_text,
    "I accept": lambda outlook, row, _: outlook.all_answer(row, "AcceptItem"),
    "I decline": lambda outlook, row, _: outlook.all_answer(row, "DeclineItem"),
    "I accept an occurrence":
        lambda outlook, row, _: outlook.respond(row.me, outlook.occurrence(row.me, row.uid, 2), "AcceptItem"),
    "an occurrence is moved": Outlook.move_second,
    "an occurrence is removed": Outlook.remove_second,
    "called off": Outlook.call_off,
    "the organizer updates what I declined": Outlook.update_declined,
    "deleted": lambda outlook, row, _: [outlook.remove(row.me, item) for item in outlook.ids(row.me, row.uid)],
}


#: What is done before the change, once the situation is in step: change -> the side of the mailbox's own decline.
DECLINED_BEFORE = {"I accept after all": "CalDAV", "the organizer updates what I declined": "Exchange"}


def has_builder(row):
    known = ON_EXCHANGE if row.side == "Exchange" else {**ON_TEXT, **NEW, "deleted": None}
    return row.change in known
