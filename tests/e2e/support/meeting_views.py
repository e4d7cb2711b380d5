# SPDX-License-Identifier: GPL-3.0-or-later
"""A meeting as both sides show it, in one form: what the table of meetings (docs/mapping.md) speaks of, read from Exchange
by EWS and from CalDAV's text by python3-icalendar, so that two copies, or one copy at two moments, can be compared."""

from collections import defaultdict
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timezone
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

import icalendar
from dateutil.rrule import rrulestr

_TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"
_FIELDS = """item:Subject item:Categories calendar:UID calendar:Start calendar:RecurrenceId calendar:IsCancelled
calendar:MyResponseType calendar:Organizer calendar:RequiredAttendees calendar:OptionalAttendees calendar:Resources
calendar:ModifiedOccurrences calendar:DeletedOccurrences""".split()
_SHAPE = ("<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
          + "".join(f'<t:FieldURI FieldURI="{name}"/>' for name in _FIELDS) + "</t:AdditionalProperties></m:ItemShape>")
_ANSWERS = {"Accept": "ACCEPTED", "Tentative": "TENTATIVE", "Decline": "DECLINED"}
#: Far around the meetings of these tests.
_RANGE = {"start": "2020-01-01T00:00:00Z", "end": "2040-01-01T00:00:00Z"}


@dataclass
class View:
    """`events`: what is said of the series (under "") and of each occurrence that is written out, under its original start;
    `starts`: of every occurrence that takes place. Times are UTC."""
    events: dict = field(default_factory=dict)
    excluded: set = field(default_factory=set)
    starts: list = field(default_factory=list)

    def of(self, key):
        """What holds for that occurrence; None where it does not take place."""
        if key in self.events:
            return self.events[key]
        if key in self.excluded or "" not in self.events:
            return None
        return {**self.events[""], "start": key}


def _event(me, title, start, categories, organizer, people, cancelled):
    """`people` are addresses with their answers; the organizer's own line says nothing, nor does the word that Exchange puts
    before the title of what is cancelled."""
    guests = {address: answer for address, answer in people.items() if address != organizer}
    return {"summary": title.removeprefix("Canceled: "), "schedule": start, "categories": sorted(categories),
            "status": "CANCELLED" if cancelled else "", "organizer": organizer if guests else None,
            "attendee": {"me" if address == me else address: answer for address, answer in guests.items()}}


# ---- Exchange ----------------------------------------------------------------------------------------------------------
def get_items(source, me, ids):
    """The items in the order of their ids."""
    if not ids:
        return []
    listed = "".join(f"<t:ItemId Id={quoteattr(one)}/>" for one in ids)
    tree = source.call(me, f"<m:GetItem>{_SHAPE}<m:ItemIds>{listed}</m:ItemIds></m:GetItem>")
    return list(tree.iter(f"{_TYPES}CalendarItem"))


def _exchange_event(item, me):
    def text(path):
        return item.findtext("/".join(_TYPES + name for name in path.split("/"))) or ""
    people = {}
    for line in item.iter(f"{_TYPES}Attendee"):
        address = line.findtext(f"{_TYPES}Mailbox/{_TYPES}EmailAddress")
        answer = text("MyResponseType") if address == me else line.findtext(f"{_TYPES}ResponseType")
        people[address] = _ANSWERS.get(answer, "NEEDS-ACTION")
    return _event(me, text("Subject"), text("Start"), [one.text for one in item.iterfind(f"{_TYPES}Categories/{_TYPES}String")],
                  text("Organizer/Mailbox/EmailAddress"), people, text("IsCancelled") == "true")


def exchange_views(source, me):
    """UID -> View of all that stands in the mailbox's calendar."""
    views, changed = defaultdict(View), []
    for item in get_items(source, me, [row["item_id"] for row in source.items(me)]):
        view = views[item.findtext(f"{_TYPES}UID")]
        view.events[item.findtext(f"{_TYPES}RecurrenceId") or ""] = _exchange_event(item, me)
        view.excluded |= {one.findtext(f"{_TYPES}Start") for one in item.iter(f"{_TYPES}DeletedOccurrence")}
        changed += [(view, one.findtext(f"{_TYPES}OriginalStart"), one.find(f"{_TYPES}ItemId").get("Id"))
                    for one in item.iterfind(f"{_TYPES}ModifiedOccurrences/{_TYPES}Occurrence")]
    for (view, key, _), item in zip(changed, get_items(source, me, [one[2] for one in changed]), strict=True):
        view.events[key] = _exchange_event(item, me)
    for row in source.control("GET", f"mailboxes/{quote(me)}/occurrences", params=_RANGE):
        if row["uid"] in views:
            views[row["uid"]].starts.append(row["start"])
    for view in views.values():
        view.starts.sort()
    return dict(views)


# ---- CalDAV ------------------------------------------------------------------------------------------------------------
def utc(time):
    return time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def lines(event, name):
    """Every line of a property."""
    found = event.get(name, [])
    return found if isinstance(found, list) else [found]


def address_of(line):
    return str(line).lower().removeprefix("mailto:")


def key_of(event):
    return utc(event["RECURRENCE-ID"].dt) if "RECURRENCE-ID" in event else ""


def _caldav_event(event, me):
    people = {address_of(line): line.params.get("PARTSTAT", "NEEDS-ACTION") for line in lines(event, "ATTENDEE")}
    return _event(me, str(event["SUMMARY"]), utc(event["DTSTART"].dt),
                  [str(one) for line in lines(event, "CATEGORIES") for one in line.cats],
                  address_of(event.get("ORGANIZER", "")), people, event.get("STATUS") == "CANCELLED")


def _expanded(event):
    if "RRULE" not in event:
        return {utc(event["DTSTART"].dt)}
    first = event["DTSTART"].dt
    wall = rrulestr(event["RRULE"].to_ical().decode(), dtstart=first.replace(tzinfo=None))
    return {utc(first.tzinfo.localize(each)) for each in wall}


def caldav_view(text, me):
    view, starts = View(), set()
    events = icalendar.Calendar.from_ical(text).walk("VEVENT")
    for event in events:
        view.events[key_of(event)] = _caldav_event(event, me)
        if "RECURRENCE-ID" not in event:
            view.excluded = {utc(one.dt) for line in lines(event, "EXDATE") for one in line.dts}
            starts = _expanded(event) - view.excluded
    for key, event in view.events.items():
        if key:
            starts = starts - {key} | {event["schedule"]}
    view.starts = sorted(starts)
    return view


# ---- comparing ---------------------------------------------------------------------------------------------------------
def across(exchange, caldav, kept):
    """What differs between the two sides; [] where they say the same. An occurrence that is cancelled or declined may have
    left Exchange (docs/mapping.md, What counts as equal). `kept` are units that Exchange does not show of this one."""
    if exchange is None or caldav is None:
        return [] if exchange is caldav else [f"only on {'CalDAV' if exchange is None else 'Exchange'}"]
    exchange, caldav = deepcopy(exchange), deepcopy(caldav)
    for key in exchange.excluded & set(caldav.events):
        event = caldav.events[key]
        if event["status"] or event["attendee"].get("me") == "DECLINED":
            del caldav.events[key]
            caldav.excluded.add(key)
            caldav.starts.remove(event["schedule"])
    out = [] if exchange.starts == caldav.starts else [f"starts {exchange.starts} != {caldav.starts}"]
    for key in sorted(set(exchange.events) | set(caldav.events)):
        there, here = exchange.of(key), caldav.of(key)
        for name in there if there and here else ():
            if there[name] != here[name] and name not in kept:
                out.append(f"{key} {name}: {there[name]!r} != {here[name]!r}")
        if (there is None) != (here is None):
            out.append(f"{key}: {there} != {here}")
    return out


def units(before, after, names):
    """The merge units that differ between two moments of one side, in the words of the table; `names` gives occurrences
    their names there."""
    out = set()
    for key in set(before.events) | set(after.events) | before.excluded | after.excluded:
        where = f"{names.get(key, key)} " if key else ""
        was, now = before.events.get(key), after.events.get(key)
        if (key in before.excluded) != (key in after.excluded):
            out.add("exclusion")
        elif was is None or now is None:
            out.add(f"{where}presence")
        else:
            out |= {f"{where}{name}" for name in was if name != "attendee" and was[name] != now[name]}
            guests = set(was["attendee"]) | set(now["attendee"])
            out |= {f"{where}attendee {'me' if one == 'me' else 'guest'}" for one in guests
                    if was["attendee"].get(one) != now["attendee"].get(one)}
    return out or ({"schedule"} if before.starts != after.starts else set())
