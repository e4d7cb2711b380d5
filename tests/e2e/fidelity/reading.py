# SPDX-License-Identifier: GPL-3.0-or-later
"""iCalendar text -> series -> the fields that the figure compares. python3-icalendar parses; the raw content lines are used
only where version 4 of that library loses something (escaped commas in CATEGORIES, %2C in texts)."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import icalendar
import pytz

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Unreadable(Exception):
    """The file is outside the figure: python3-icalendar does not parse it, or a VEVENT lacks UID or DTSTART."""


# ---- raw content lines (RFC 5545 3.1) ---------------------------------------------------------------------------------

@dataclass
class Line:
    name: str
    parameters: dict
    value: str


def split_line(line):
    """NAME;PARAM=VALUE;PARAM="VALUE":VALUE -> Line, or None for what is none."""
    match = re.match(r'([^\s:;"]+)((?:;[^=:;]+=(?:"[^"]*"|[^":;]*)(?:,(?:"[^"]*"|[^":;]*))*)*):(.*)$', line, re.DOTALL)
    if not match:
        return None
    parameters = {}
    for part in re.findall(r';([^=:;]+)=((?:"[^"]*"|[^":;])*)', match.group(2)):
        parameters.setdefault(part[0].upper(), part[1].strip('"'))
    return Line(match.group(1).upper(), parameters, match.group(3))


def raw_events(text):
    """The content lines of each VEVENT, without those of its alarms, in the order of the text."""
    events, stack = [], []
    for raw in re.split(r"\r?\n", re.sub(r"\r?\n[ \t]", "", text)):
        line = split_line(raw)
        if line is None:
            continue
        if line.name == "BEGIN":
            stack.append(line.value.strip().upper())
            if stack[-1] == "VEVENT":
                events.append([])
        elif line.name == "END":
            if stack:
                stack.pop()
        elif stack and stack[-1] == "VEVENT":
            events[-1].append(line)
    return events


def unescape(value):
    """RFC 5545 3.3.11."""
    return re.sub(r"\\(.)", lambda m: "\n" if m.group(1) in "nN" else m.group(1), value, flags=re.DOTALL)


def split_list(value):
    """A comma-separated TEXT list, escaped commas kept inside their item."""
    return [unescape(item) for item in re.findall(r"(?:^|,)((?:[^\\,]|\\.)*)", value, re.DOTALL)]


# ---- times ------------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class When:
    """A DTSTART or the like: a date, an instant with its zone, or a floating wall time."""
    value: object

    @property
    def is_date(self):
        return not isinstance(self.value, datetime)

    @property
    def floating(self):
        return isinstance(self.value, datetime) and self.value.tzinfo is None

    @property
    def wall(self):
        return self.value if self.is_date else self.value.replace(tzinfo=None)

    @property
    def utc(self):
        """Naive UTC of an instant; the wall of a floating time; the date of a date."""
        if self.is_date or self.floating:
            return self.wall
        return self.value.astimezone(pytz.utc).replace(tzinfo=None)

    def plus(self, length):
        """Later by a duration: days by the calendar, the rest by the clock (RFC 5545 3.3.6)."""
        if self.is_date:
            return When(self.value + timedelta(days=length.days))
        days = When(attach(self.wall + timedelta(days=length.days), self.value.tzinfo))
        rest = timedelta(seconds=length.seconds)
        if not rest:
            return days
        if self.floating:
            return When(days.value + rest)
        return When((days.value.astimezone(pytz.utc) + rest).astimezone(self.value.tzinfo))


def attach(wall, zone):
    """The wall time in a zone; pytz wants localize()."""
    if zone is None:
        return wall
    named = getattr(zone, "zone", None)
    if named and hasattr(zone, "localize"):
        try:
            return pytz.timezone(named).localize(wall)
        except pytz.UnknownTimeZoneError:
            return zone.localize(wall)
    return zone.localize(wall) if hasattr(zone, "localize") else wall.replace(tzinfo=zone)


def offset_at(zone, wall):
    """Minutes east of UTC at a wall time."""
    return int(attach(wall, zone).utcoffset().total_seconds() // 60)


def when(event, name):
    value = event.get(name)
    if isinstance(value, list):
        value = value[0]
    if value is None:
        return None
    content = getattr(value, "dt", None)
    if isinstance(content, tuple):
        content = content[0]
    if not isinstance(content, date):
        raise Unreadable(f"{name} holds no date")
    if isinstance(content, datetime) and content.tzinfo is not None:
        content = attach(content.replace(tzinfo=None), content.tzinfo)
    return When(content)


# ---- one VEVENT -------------------------------------------------------------------------------------------------------

@dataclass
class Event:
    """The compared meaning of one VEVENT; `component` and `lines` are what it was read from."""
    component: object
    lines: list
    uid: str
    recurrence_id: When
    start: When
    end: When
    values: dict = field(default_factory=dict)
    attendees: dict = field(default_factory=dict)
    alarms: list = field(default_factory=list)

    @property
    def recurring(self):
        return "RRULE" in self.component or "RDATE" in self.component

    def has(self, name):
        return name in self.component


def text_of(event, name):
    value = event.get(name)
    if value is None:
        return ""
    return str(value[0] if isinstance(value, list) else value).replace("\r\n", "\n")


def first_line(lines, *names):
    for name in names:
        for line in lines:
            if line.name == name:
                return line
    return None


def raw_text(lines, *names):
    line = first_line(lines, *names)
    return unescape(line.value).replace("\r\n", "\n") if line else ""


def html_of(lines):
    html = ""
    for line in lines:
        kind = line.parameters.get("FMTTYPE", "text/html").lower()
        if line.name in ("X-ALT-DESC", "STYLED-DESCRIPTION") and kind == "text/html" and line.value.strip():
            html = unescape(line.value)
    shown = re.sub(r"(?s)<!--.*?-->|<(?:title|style|script)\b.*?</(?:title|style|script)>|<(?!img\b)[^>]*>|&nbsp;", "",
                   html, flags=re.IGNORECASE)
    return " ".join(html.split()) if shown.strip() else ""  # a page that shows nothing is no body


def address_of(line):
    """The mail address that a calendar address means, in lower case; empty where it means none."""
    value = line.value.strip()
    if value.lower().startswith("mailto:"):
        return value[7:].strip().lower()
    email = line.parameters.get("EMAIL", "")
    if email.lower().startswith("mailto:"):
        email = email[7:]
    if not email and "@" in value and ":" not in value:
        email = value
    return email.strip().lower()


def busy_of(lines):
    """Precedence of MS-OXCICAL: the explicit property, then TRANSP, then STATUS."""
    stated = raw_text(lines, "X-MICROSOFT-CDO-BUSYSTATUS").strip().upper()
    known = ("FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE")
    if stated not in known:
        stated = raw_text(lines, "X-MICROSOFT-MSNCALENDAR-BUSYSTATUS").strip().upper()
    if stated in known:
        return stated
    if raw_text(lines, "TRANSP").strip().upper() == "TRANSPARENT":
        return "FREE"
    return "TENTATIVE" if raw_text(lines, "STATUS").strip().upper() == "TENTATIVE" else "BUSY"


def importance_of(lines):
    stated = raw_text(lines, "X-MICROSOFT-CDO-IMPORTANCE").strip()
    if stated in ("0", "1", "2"):
        return ("low", "normal", "high")[int(stated)]
    try:
        priority = int(raw_text(lines, "PRIORITY") or 0)
    except ValueError:
        priority = 0
    return "high" if 1 <= priority <= 4 else "low" if priority >= 6 else "normal"


def attachments_of(lines):
    """Hashes of inline contents, and the addresses of the others."""
    hashes, links = [], []
    for line in lines:
        if line.name != "ATTACH":
            continue
        if line.parameters.get("VALUE", "").upper() == "BINARY" or line.parameters.get("ENCODING", "").upper() == "BASE64":
            try:
                hashes.append(hashlib.sha256(base64.b64decode("".join(line.value.split()), validate=True)).hexdigest())
            except (binascii.Error, ValueError):
                hashes.append("undecodable")
        elif line.value.strip():
            links.append(line.value.strip())
    return tuple(sorted(hashes)), links


def links_of(lines, attached):
    found = set(attached)
    for line in lines:
        if line.name in ("URL", "CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL") and line.value.strip():
            found.add(line.value.strip())
    return frozenset(found)


def alarms_of(component, start, end):
    """(action, seconds before the start) of each alarm that has a trigger."""
    found = []
    for alarm in component.subcomponents:
        if alarm.name != "VALARM" or "TRIGGER" not in alarm:
            continue
        action = str(alarm.get("ACTION", "DISPLAY")).upper()
        trigger = alarm["TRIGGER"]
        trigger = trigger[0] if isinstance(trigger, list) else trigger
        content = getattr(trigger, "dt", None)
        if action == "NONE" or content is None:
            continue
        if isinstance(content, timedelta):
            before = -int(content.total_seconds())
            if str(trigger.params.get("RELATED", "")).upper() == "END":
                before -= int((end.utc - start.utc).total_seconds())
        else:
            base = start.utc if not start.is_date else datetime(start.value.year, start.value.month, start.value.day)
            before = int((base - When(content).utc).total_seconds()) if isinstance(content, datetime) else 0
        found.append((action, before, isinstance(content, datetime)))
    return found


def read_attendees(lines):
    people = {}
    for line in lines:
        if line.name != "ATTENDEE":
            continue
        address = address_of(line)
        answer = line.parameters.get("PARTSTAT", "NEEDS-ACTION").upper()
        people.setdefault(address or line.value.strip(), {
            "role": line.parameters.get("ROLE", "REQ-PARTICIPANT").upper(),
            "kind": line.parameters.get("CUTYPE", "INDIVIDUAL").upper(), "answer": answer, "mail": bool(address)})
    return people


def read_event(component, lines):
    uid = str(component["UID"]).strip() if "UID" in component else ""
    if not uid or "DTSTART" not in component:
        raise Unreadable("a VEVENT without UID or DTSTART")
    start = when(component, "DTSTART")
    end = when(component, "DTEND")
    if end is None and "DURATION" in component:
        length = getattr(component["DURATION"], "dt", None)
        end = start.plus(length) if isinstance(length, timedelta) else None
    if end is not None and end.is_date != start.is_date:  # broken, and yet out there: take the kind of the start
        midnight = datetime(end.value.year, end.value.month, end.value.day) if end.is_date else None
        whole = When(end.value.date() + timedelta(days=1 if end.wall.time() > time.min else 0)) if not midnight else None
        end = whole or When(attach(midnight, start.value.tzinfo))
    if end is None or (start.is_date and end.value <= start.value):
        end = start.plus(timedelta(days=1)) if start.is_date else start
    event = Event(component, lines, uid, when(component, "RECURRENCE-ID"), start, end)
    event.attendees = read_attendees(lines)
    event.alarms = alarms_of(component, start, end)
    organizer = first_line(lines, "ORGANIZER")
    hashes, attached = attachments_of(lines)
    event.values = {
        # Blanks around a text mean nothing: the parsers of half the world drop them.
        "title": raw_text(lines, "SUMMARY").strip(), "text": raw_text(lines, "DESCRIPTION").strip(), "html": html_of(lines),
        "place": raw_text(lines, "LOCATION").strip(), "start": start.utc, "end": end.utc, "all_day": start.is_date,
        "busy": busy_of(lines), "class": raw_text(lines, "CLASS").strip().upper() or "PUBLIC",
        "importance": importance_of(lines),
        "categories": frozenset(name.strip() for line in lines if line.name == "CATEGORIES"
                                for name in split_list(line.value) if name.strip()),
        "reminder": tuple(sorted((action, before) for action, before, _ in event.alarms)),
        "organizer": address_of(organizer) if organizer else "", "attachments": hashes, "links": links_of(lines, attached),
        "cancelled": raw_text(lines, "STATUS").strip().upper() == "CANCELLED"}
    return event


# ---- series -----------------------------------------------------------------------------------------------------------

#: Where python3-icalendar notes an error in one of these, it does not know when the event is.
TIMES = {"DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}


@dataclass
class Series:
    """All VEVENTs of one UID: masters (more than one only in broken files) and overrides."""
    uid: str
    masters: list = field(default_factory=list)
    overrides: list = field(default_factory=list)

    @property
    def readable(self):
        return not any(name in TIMES for event in self.events for name, _ in event.component.errors)

    @property
    def events(self):
        return self.masters + self.overrides


def forget_zones():
    """python3-icalendar keeps definitions by TZID for the life of the process; files disagree about them."""
    for module in (icalendar.cal, icalendar.prop):
        cache = getattr(module, "_timezone_cache", None)
        if cache is not None:
            cache.clear()


def decode(data):
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_series(text):
    """UID -> Series of a file; raises Unreadable for a file outside the figure."""
    forget_zones()
    try:
        calendars = icalendar.Calendar.from_ical(text, multiple=True)
        components = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    except Exception as error:  # the library raises whatever its parts raise
        raise Unreadable(f"{type(error).__name__}: {str(error)[:100]}") from error
    raw = raw_events(text)
    if not components:
        raise Unreadable("no VEVENT")
    if len(raw) != len(components):
        raise Unreadable(f"{len(components)} VEVENTs for the library, {len(raw)} in the text")
    found = {}
    for component, lines in zip(components, raw):
        try:
            event = read_event(component, lines)
        except (ValueError, OverflowError, AttributeError, TypeError) as error:
            raise Unreadable(f"{type(error).__name__}: {str(error)[:100]}") from error
        series = found.setdefault(event.uid, Series(event.uid))
        (series.overrides if event.recurrence_id else series.masters).append(event)
    return found
